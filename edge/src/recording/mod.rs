//! Recordings: the last frames of a camera as they were sent, with what was decided, in one file. A user
//! reports a misreading with it, and `cardsight replay` repeats it.
//!
//! What is decided depends on the frames, on their times and on what earlier frames have left behind. A
//! recording therefore consists of *groups*: before the first frame of each, the pipeline forgets
//! what it has read, and the state of its decider is written down. A recording begins with a group,
//! so that its repetition on the same processor gives the same decisions, bit for bit.
//!
//! - [`ring`]: the last groups in bounded memory
//! - [`recorder`]: fills the ring, and writes it into a file on request
//! - [`file`]: the format of the file
//! - [`replay`]: the frames of a file, and the comparison of decisions

pub(crate) mod file;
pub(crate) mod recorder;
pub(crate) mod replay;
mod ring;

use std::sync::Arc;
use std::time::Duration;

use crate::decide::{Decider, Decision};
use crate::source::{FrameImage, SentFrame};

/// What came from the source in a step of the pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen<'a> {
    Frame(&'a FrameImage),
    /// No frame arrived in time.
    Nothing,
    /// The source failed for this reason.
    Failure(&'a str),
}

/// Sees the steps of a pipeline.
pub(crate) trait Witness {
    /// Called before each frame. Returns whether a group begins with it: then the pipeline must forget
    /// what it has read in earlier frames.
    fn begins_group(&mut self, decider: &Decider, now: Duration) -> bool;

    /// Called after each decision. `now` is the time that the decision was made with.
    fn decided(&mut self, now: Duration, seen: Seen<'_>, decision: &Decision);

    /// Saves what was seen last.
    fn save(&mut self) {}
}

/// A step of the pipeline as it is recorded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) at: Duration,
    pub(crate) event: StepEvent,
    /// Whether a group begins with it.
    pub(crate) begins_group: bool,
    /// As JSON.
    pub(crate) decision: String,
}

/// As [`Seen`], but kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum StepEvent {
    Frame(Arc<SentFrame>),
    Nothing,
    Failure(String),
}

/// A decision as it is recorded and compared.
fn decision_text(decision: &Decision) -> String {
    serde_json::to_string(decision).expect("every value of a decision is JSON")
}
