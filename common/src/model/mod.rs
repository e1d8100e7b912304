//! The model file: one ONNX file that carries everything the device needs to run a network.
//!
//! - [`info`]: the metadata of a classifier; `props` reads the keys and values
//! - [`mod@format`]: the version of all that follows
//! - [`mod@file`]: from bytes to a graph whose tensors agree with its metadata
//! - `dequantize`: int8 weights become f32 once, when the file is loaded
//! - `stored_weights`: the weights, for whoever trains the network further
//! - [`self_test`]: whether the file answers here as it did where it was exported
//! - [`classifier`], [`locator`]: the networks, ready to classify and to locate cards
//! - `network`: how they run in tract
//! - [`engine`]: which operators tract runs

pub mod classifier;
mod dequantize;
pub mod engine;
pub mod error;
pub mod file;
pub mod format;
pub mod info;
pub mod locator;
mod network;
mod props;
pub mod self_test;
mod stored_weights;

pub use classifier::{Classification, Classifier};
pub use engine::Engine;
pub use error::{ModelError, ModelErrorKind};
pub use format::FORMAT_VERSION;
pub use info::ModelInfo;
pub use locator::{Locator, LocatorInfo};
pub use props::Props;
pub use self_test::{SelfTest, SelfTestOutcome};
pub use stored_weights::{StoredTensor, stored_weights};
