//! From a folder of images to a model file: data set, augmentation, training, export.
//!
//! The layers of modules, from the lowest to the highest:
//!
//! 1. tools: [`environment`], `progress`, [`seed`], [`weights`], `tensor_file`
//! 2. what a network is: [`arch`], [`cost`], [`checkpoint`]
//! 3. images: [`data`]
//! 4. every number of a training run: [`recipe`], and what its network costs: [`summary`]
//! 5. libtorch: `torch`
//! 6. what the locator learns from: [`locator`]
//! 7. figures and model files: [`measure`], [`export`]
//! 8. the training engine and what it records: [`run`]
//! 9. what is trained: [`tasks`]
//! 10. a run on one page: [`report`]
//! 11. the program: [`cli`], [`command`]
//!
//! A module imports only from those that stand before it in this list; `cargo xtask check` tests
//! this.
//!
//! The feature `torch`, which is on by default, adds everything that needs libtorch: `torch`, the
//! engine in `run`, and the parts of `measure`, `tasks` and `command` that train a network or run
//! a checkpoint. Without it, the program checks and draws data sets, exports checkpoints, and
//! measures model files.

pub mod arch;
pub mod checkpoint;
pub mod cli;
pub mod command;
pub mod cost;
pub mod data;
pub mod environment;
pub mod export;
pub mod locator;
pub mod measure;
pub(crate) mod progress;
pub mod recipe;
pub mod report;
pub mod run;
pub mod seed;
pub mod summary;
pub mod tasks;
pub(crate) mod tensor_file;
#[cfg(feature = "torch")]
pub mod torch;
pub mod weights;
