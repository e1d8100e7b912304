//! One training run, whatever it trains: the engine and what it records.
//!
//! Independent of libtorch:
//! - [`plan`]: the length of a run and how its weights are changed
//! - [`files`]: where a run stores its results, and the guard of an earlier run
//! - [`schedule`]: the learning rate of each step
//! - [`history`]: what each epoch achieved
//! - [`problem`]: what can be wrong with a run, and which option remedies it
//! - [`diagnosis`]: recognises the problems of a run
//! - [`progress`]: how far a run has come, as one file to resume from
//! - [`producer`]: the thread that makes batches ahead of the training
//!
//! With the feature `torch`:
//! - `display`: what a person sees of a run
//! - `task`: what a network is trained on
//! - `epoch`: what the steps of an epoch add up to
//! - `engine`: the run itself

pub mod diagnosis;
#[cfg(feature = "torch")]
mod display;
#[cfg(feature = "torch")]
pub mod engine;
#[cfg(feature = "torch")]
mod epoch;
pub mod files;
pub mod history;
pub mod plan;
pub mod problem;
pub mod producer;
pub mod progress;
pub mod schedule;
#[cfg(feature = "torch")]
pub mod task;
