//! From a folder of images to a model file: data set, augmentation, training,
//! export.

pub mod arch;
pub mod atomic;
pub mod calibrate;
pub mod checkpoint;
pub mod cli;
pub mod command;
pub mod data;
pub mod device;
pub mod diagnosis;
pub mod export;
pub mod fit;
pub mod history;
pub mod input;
pub mod loader;
pub mod locator;
pub mod measure;
pub mod memory;
pub mod network;
pub mod objective;
pub mod optimizer;
pub mod progress;
pub mod recipe;
pub mod report;
pub mod schedule;
pub mod state;
pub mod tensor_file;
pub mod training_state;
pub mod weights;
