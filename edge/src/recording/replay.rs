//! The repetition of a recording: its frames as a source, and the comparison of the decisions.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use common::error::chain;

use super::{Seen, Step, StepEvent, Witness, decision_text};
use crate::decide::{Decider, Decision};
use crate::source::{FirstLook, Frame, FrameImage, FrameSource, Next, SourceError};

/// Gives the frames of a recording at their times, and where no frame came then, none.
#[derive(Debug)]
pub(crate) struct ReplaySource {
    steps: std::vec::IntoIter<Step>,
    look: FirstLook,
    at: Duration,
    frames: u64,
}

impl ReplaySource {
    /// A source of these steps.
    pub(crate) fn new(steps: Vec<Step>, look: FirstLook) -> Self {
        Self { steps: steps.into_iter(), look, at: Duration::ZERO, frames: 0 }
    }
}

impl FrameSource for ReplaySource {
    fn next(&mut self) -> Result<Next, SourceError> {
        let Some(step) = self.steps.next() else { return Ok(Next::End) };
        self.at = step.at;
        match step.event {
            StepEvent::Nothing => Ok(Next::Nothing),
            StepEvent::Failure(text) => Err(SourceError::Recorded(text)),
            StepEvent::Frame(sent) => {
                self.frames += 1;
                let name = format!("recorded-{}", self.frames);
                let image = FrameImage::of_camera(sent.format, &sent.bytes, self.look)
                    .map_err(|error| SourceError::Recorded(format!("{name}: {}", chain(&error))))?;
                Ok(Next::Frame(Frame { image, name, decode: Duration::ZERO }))
            }
        }
    }

    fn time(&self) -> Option<Duration> {
        Some(self.at)
    }
}

/// A step whose decision is not the recorded one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Since the beginning of the recording.
    pub(crate) at: Duration,
    /// The number of the frame, from 1; 0 before the first one.
    pub(crate) frame: u64,
    pub(crate) recorded: String,
    pub(crate) now: String,
}

/// What the comparison has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Comparison {
    pub(crate) frames: u64,
    pub(crate) steps: u64,
    pub(crate) differences: Vec<Difference>,
}

/// Compares each decision of a pipeline with the recorded one.
#[derive(Debug)]
pub(crate) struct Comparer {
    /// The steps that are still to come: time, whether a group begins, and decision.
    expected: std::vec::IntoIter<Expected>,
    begins_at: Duration,
    found: Rc<RefCell<Comparison>>,
}

#[derive(Debug)]
struct Expected {
    begins_group: bool,
    decision: String,
}

impl Comparer {
    /// Compares with these steps. The result is there when the pipeline has ended.
    pub(crate) fn new(steps: &[Step]) -> (Self, Rc<RefCell<Comparison>>) {
        let expected = |step: &Step| {
            let Step { begins_group, decision, .. } = step;
            Expected { begins_group: *begins_group, decision: decision.clone() }
        };
        let expected: Vec<Expected> = steps.iter().map(expected).collect();
        let found = Rc::default();
        let begins_at = steps.first().map_or(Duration::ZERO, |step| step.at);
        (Self { expected: expected.into_iter(), begins_at, found: Rc::clone(&found) }, found)
    }
}

impl Witness for Comparer {
    fn begins_group(&mut self, _decider: &Decider, _now: Duration) -> bool {
        self.expected.as_slice().first().is_some_and(|expected| expected.begins_group)
    }

    fn decided(&mut self, now: Duration, seen: Seen<'_>, decision: &Decision) {
        let mut found = self.found.borrow_mut();
        found.steps += 1;
        found.frames += u64::from(matches!(seen, Seen::Frame(_)));
        let Some(Expected { decision: recorded, .. }) = self.expected.next() else { return };
        let decided = decision_text(decision);
        if decided != recorded {
            let (at, frame) = (now.saturating_sub(self.begins_at), found.frames);
            found.differences.push(Difference { at, frame, recorded, now: decided });
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, frame) = (self.at.as_secs_f64(), self.frame);
        let (recorded, now) = (summary(&self.recorded), summary(&self.now));
        write!(f, "{seconds:7.3} s, frame {frame}: ")?;
        if recorded == now {
            write!(f, "{now}, as recorded, but confidences or corners differ")
        } else {
            write!(f, "recorded {recorded}; now {now}")
        }
    }
}

/// The state and the cards of a decision in words.
fn summary(decision: &str) -> String {
    let Ok(decision) = serde_json::from_str::<serde_json::Value>(decision) else {
        return "a decision that can't be read".into();
    };
    let state = &decision["state"];
    let cards: Vec<&str> = decision["cards"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|card| card.as_str())
        .collect();
    let mut text = state["name"].as_str().unwrap_or("unknown").to_owned();
    if let Some(confidence) = state["confidence"].as_f64() {
        text += &format!(" with {confidence:.3}");
    }
    if !cards.is_empty() {
        text += &format!(": {}", cards.join(", "));
    }
    text
}
