//! Training the two networks that find cards in a frame.
//!
//! - [`sources`]: real images and photographs become the stock of scenes
//! - [`model_files`]: the trained networks become model files, which are measured
//!
//! With the feature `torch`:
//! - `data`: what both networks learn from
//! - `grid_loss`: how far the detector's answers are from the truth
//! - `detector`, `refiner`: the two tasks of the engine
//! - `train`: both runs, one after the other

#[cfg(feature = "torch")]
pub mod data;
#[cfg(feature = "torch")]
mod detector;
#[cfg(feature = "torch")]
mod grid_loss;
pub mod model_files;
#[cfg(feature = "torch")]
mod refiner;
pub mod sources;
#[cfg(feature = "torch")]
pub mod train;

use std::path::Path;

use crate::run::files::RunFiles;

/// The files of the locator's two runs in their common folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatorRunFiles {
    pub detector: RunFiles,
    pub refiner: RunFiles,
}

impl LocatorRunFiles {
    /// The files in a folder.
    pub fn new(folder: &Path) -> Self {
        Self { detector: run_files(folder, "detector"), refiner: run_files(folder, "refiner") }
    }

    /// Both runs, in the order in which they are trained.
    pub fn both(&self) -> [&RunFiles; 2] {
        [&self.detector, &self.refiner]
    }
}

fn run_files(folder: &Path, network: &str) -> RunFiles {
    RunFiles {
        weights: folder.join(format!("{network}.safetensors")),
        resume: folder.join(format!("{network}-resume.safetensors")),
        history: folder.join(format!("{network}_history.json")),
    }
}
