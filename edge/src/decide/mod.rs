//! Decisions over time: from the observations of single frames to what the device reports.
//!
//! This is the only place that decides which card is seen. It knows neither networks nor
//! cameras nor outputs, and it has no clock: the time is passed in.
//!
//! - [`types`]: the data that decisions are made from and made of
//! - [`single`]: full-frame mode, one card in the middle
//! - [`tracker`]: auto mode, any number of cards anywhere

pub(crate) mod single;
pub(crate) mod tracker;
pub(crate) mod types;

use std::time::Duration;

use crate::decide::single::SingleCardDecider;
use crate::decide::tracker::Tracker;
pub use crate::decide::types::{
    CardChange, Decision, Evidence, KnownCards, Mode, Observation, Outline, OutlineContent, Policy,
    ReusedReading, State, TrackedCard,
};

/// Turns observations into decisions, in either mode.
#[derive(Clone, Debug)]
pub enum Decider {
    /// One card in the middle of the frame.
    Full(SingleCardDecider),
    /// Any number of cards anywhere.
    Auto(Tracker),
}

impl Decider {
    /// Creates a decider that has seen nothing yet.
    pub fn new(mode: Mode, policy: Policy) -> Self {
        match mode {
            Mode::Full => Decider::Full(SingleCardDecider::new(policy)),
            Mode::Auto => Decider::Auto(Tracker::new(policy)),
        }
    }

    /// Returns the current decision, without changes and outlines of a frame.
    pub(crate) fn decision(&self) -> Decision {
        match self {
            Decider::Full(decider) => single_card_decision(decider.state(), &[]),
            Decider::Auto(tracker) => tracker_decision(tracker, Vec::new()),
        }
    }

    /// Takes what a frame says. `now` never decreases.
    pub(crate) fn observe(&mut self, evidence: &Evidence<'_>, now: Duration) -> Decision {
        match self {
            Decider::Full(decider) => {
                let state = decider.observe_evidence(evidence, now);
                let reused = evidence.reused.iter().map(|reused| reused.observation);
                let read = evidence.observations.iter().copied();
                single_card_decision(state, &read.chain(reused).collect::<Vec<_>>())
            }
            Decider::Auto(tracker) => {
                let changes = tracker.observe_evidence(evidence, now);
                tracker_decision(tracker, changes)
            }
        }
    }

    /// Returns the cards that are there.
    pub(crate) fn known_cards(&self) -> KnownCards {
        match self {
            Decider::Full(decider) => decider.known_cards(),
            Decider::Auto(tracker) => tracker.known_cards(),
        }
    }

    /// Lets time pass without a frame: cards that nothing supports any more expire.
    pub(crate) fn pass_time(&mut self, now: Duration) -> Decision {
        match self {
            Decider::Full(decider) => single_card_decision(decider.pass_time(now), &[]),
            Decider::Auto(tracker) => {
                let changes = tracker.pass_time(now);
                tracker_decision(tracker, changes)
            }
        }
    }

    /// Records that the source failed. The next frame ends the fault.
    pub(crate) fn fail(&mut self, now: Duration) -> Decision {
        match self {
            Decider::Full(decider) => single_card_decision(decider.fail(), &[]),
            Decider::Auto(tracker) => {
                let changes = tracker.fail(now);
                tracker_decision(tracker, changes)
            }
        }
    }
}

/// In full-frame mode the state is the complete decision. The outlines are the regions that
/// were read.
fn single_card_decision(state: State, observations: &[Observation]) -> Decision {
    let content =
        if state.card().is_some() { OutlineContent::CardOfState } else { OutlineContent::Unknown };
    let outline = |observation: &Observation| Outline {
        corners_in_frame: observation.corners_in_frame,
        content,
    };
    Decision {
        state,
        cards: state.card().into_iter().collect(),
        changes: Vec::new(),
        outlines: observations.iter().map(outline).collect(),
    }
}

fn tracker_decision(tracker: &Tracker, changes: Vec<CardChange>) -> Decision {
    let confirmed = tracker.confirmed_cards().map(|tracked| Outline {
        corners_in_frame: tracked.corners_in_frame,
        content: OutlineContent::Card { card: tracked.card, confidence: tracked.confidence },
    });
    let unknown = tracker
        .unknown_outlines()
        .map(|corners_in_frame| Outline { corners_in_frame, content: OutlineContent::Unknown });
    Decision {
        state: tracker.state(),
        cards: tracker.confirmed_cards().map(|tracked| tracked.card).collect(),
        changes,
        outlines: confirmed.chain(unknown).collect(),
    }
}
