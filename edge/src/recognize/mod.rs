//! Recognition: one frame to the cards in it, with the time of each stage.
//!
//! - [`recognizer`]: the networks at work
//! - [`locate`]: where in a frame to read cards
//! - [`visible`]: the part of a card that lies in the frame

#[cfg(test)]
mod fake;
mod locate;
mod recognizer;
mod visible;

use std::ops::Add;
use std::path::PathBuf;
use std::time::Duration;

use common::card::UnknownCard;
use common::model::{Engine, ModelError};
use common::prepare::PrepareError;
use serde::Serialize;

use crate::decide::{Mode, Observation};
pub use crate::recognize::recognizer::Recognizer;

/// A frame that cannot be recognised, or a model that cannot do it.
#[derive(Debug, thiserror::Error)]
pub enum RecognizeError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    #[error(
        "the model {path} has a class that is not a card: {reason}; cardsight names cards only"
    )]
    NotACard { path: String, reason: UnknownCard },
}

/// The networks to load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ModelFiles {
    /// The locator is loaded in auto mode only.
    pub(crate) mode: Mode,
    /// Path of the classifier; without one the classifier that is compiled in is used.
    pub(crate) classifier: Option<PathBuf>,
    /// Path of the locator; without one the locator that is compiled in is used.
    pub(crate) locator: Option<PathBuf>,
    /// Which operators compute the networks.
    pub(crate) engine: Engine,
}

/// The identity of a classifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelId {
    /// The path of the file, or "(compiled in)".
    pub(crate) name: String,
    /// SHA-256 of the file in hexadecimal digits.
    pub(crate) sha256: String,
}

/// What a frame shows, and the time that it took to find out.
#[derive(Clone, Debug, PartialEq)]
pub struct Recognition {
    /// One for each outline that was read, whatever its confidence.
    pub observations: Vec<Observation>,
    pub durations: StageDurations,
}

/// The time of each stage, summed over all cards of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageDurations {
    /// Finding the outlines.
    pub(crate) locate: Duration,
    /// Making the input of the classifier.
    pub(crate) prepare: Duration,
    /// Running the classifier.
    pub(crate) classify: Duration,
}

impl Add for StageDurations {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            locate: self.locate + other.locate,
            prepare: self.prepare + other.prepare,
            classify: self.classify + other.classify,
        }
    }
}

impl StageDurations {
    /// Returns the sum of all stages.
    pub(crate) fn total(&self) -> Duration {
        self.locate + self.prepare + self.classify
    }
}
