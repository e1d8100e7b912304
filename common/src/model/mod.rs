//! The model file: one ONNX file that carries all that the device needs.
//!
//! - [`info`]: what its metadata says, and how that is written and read (`props`)
//! - [`mod@file`]: from bytes to a graph whose tensors agree with that metadata
//! - `dequantize`: int8 weights back to f32, once, when the file is loaded
//! - [`self_test`]: whether it answers here as where it was exported
//! - [`classifier`], [`locator`]: the networks, ready to name and to find cards
//! - `network`: what they run in tract

pub mod classifier;
mod dequantize;
pub mod error;
pub mod file;
pub mod info;
pub mod locator;
mod network;
mod props;
pub mod self_test;

pub use classifier::{Answer, Classifier};
pub use error::ModelError;
pub use info::{FORMAT_VERSION, ModelInfo};
pub use locator::{Locator, LocatorInfo};
pub use self_test::SelfTest;
