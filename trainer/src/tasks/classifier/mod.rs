//! Training the network that names a card.
//!
//! - [`data`]: the decoded data set
//! - [`images`]: the batches of an epoch
//! - `objective`: the loss (feature `torch`)
//! - `task`: both for the engine, and the run from start to end (feature `torch`)

pub mod data;
pub mod images;
#[cfg(feature = "torch")]
mod objective;
#[cfg(feature = "torch")]
pub mod task;

use std::path::Path;

use crate::checkpoint::Checkpoint;
use crate::run::files::RunFiles;
use crate::run::progress::RunOutcome;

/// A training run of a classifier that has ended.
#[derive(Clone, Debug)]
pub struct TrainingOutcome {
    /// The weights of the best epoch on held-out images.
    pub best: Checkpoint,
    pub run: RunOutcome,
}

/// The files of a classifier's run in its folder.
pub fn run_files(folder: &Path) -> RunFiles {
    RunFiles {
        weights: folder.join("best.safetensors"),
        resume: folder.join("resume.safetensors"),
        history: folder.join("training_history.json"),
    }
}
