//! Recognition: one frame to the cards in it, with the time of each stage.
//!
//! - [`recognizer`]: the networks, loaded from their files
//! - [`reader`]: the networks at work on one frame
//! - [`reuse`]: what need not be read again in the next frame of a video
//! - [`locate`]: where in a frame to read cards
//! - [`classify`]: the name of a card
//! - [`directions`]: the name of a card that may lie sideways or upside down
//! - [`repeats`]: which readings are of the same card
//! - [`pixels`]: the sizes in which a frame is looked at
//! - [`visible`]: the part of a card that is visible

mod classify;
mod directions;
#[cfg(test)]
mod fake;
mod locate;
mod pixels;
mod reader;
mod recognizer;
mod repeats;
mod reuse;
mod visible;

use std::ops::Add;
use std::path::PathBuf;
use std::time::Duration;

use common::card::UnknownCard;
use common::model::{Engine, ModelError};
use common::prepare::PrepareError;
use serde::Serialize;

use crate::decide::{Evidence, Mode, Observation, ReusedReading};
pub use crate::recognize::recognizer::Recognizer;
pub(crate) use crate::recognize::reuse::memory::FrameMemory;
use crate::util::elapsed::Elapsed;

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
    #[error("can't start the threads that read cards; lower threads in the configuration")]
    Threads(#[from] rayon::ThreadPoolBuildError),
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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recognition {
    /// One for each outline that was read, whatever its confidence.
    pub observations: Vec<Observation>,
    /// In a video, one for each outline that looks as it did when it was read.
    pub reused: Vec<ReusedReading>,
    /// In a video, the cards whose earlier reading was not confirmed though they look the same;
    /// see [`Evidence::refuted`].
    pub refuted: Vec<u64>,
    pub work: Work,
    pub durations: StageDurations,
}

/// How often each network ran for a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    pub detections: usize,
    pub refinements: usize,
    pub readings: usize,
}

impl Recognition {
    /// Returns what a decider needs to know.
    pub(crate) fn evidence(&self) -> Evidence<'_> {
        let Self { observations, reused, refuted, .. } = self;
        Evidence { observations, reused, refuted }
    }
}

/// The time of each stage, summed over all cards of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageDurations {
    /// Finding the outlines.
    pub(crate) locate: Elapsed,
    /// Making the input of the classifier.
    pub(crate) prepare: Elapsed,
    /// Running the classifier.
    pub(crate) classify: Elapsed,
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
    /// Returns the sum of all stages on the wall clock.
    pub(crate) fn total(&self) -> Duration {
        (self.locate + self.prepare + self.classify).wall
    }
}
