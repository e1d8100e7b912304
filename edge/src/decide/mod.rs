//! Deciding over time, in either mode.

pub mod single;
pub mod tracker;
pub mod types;

use std::time::Duration;

use common::Card;

use crate::config::Mode;
use crate::decide::single::SingleCardDecider;
use crate::decide::tracker::{CardChange, Tracker};
pub use crate::decide::types::{Observation, Policy, State};
use crate::output::draw::Mark;
use crate::recognize::Sighting;

/// Turns what frames show into what is said of them.
#[derive(Clone, Debug)]
pub enum Decider {
    /// One card in the middle.
    Full(SingleCardDecider),
    /// Any number of cards anywhere.
    Auto(Tracker),
}

/// What to say now.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub state: State,
    /// All cards that are seen; a name is there as often as cards bear it.
    pub cards: Vec<Card>,
    /// In auto mode, what has become of cards since the last verdict.
    pub changes: Vec<CardChange>,
    /// What to draw on the frame, if there is one.
    pub marks: Vec<Mark>,
}

impl Decider {
    /// Starts with nothing seen.
    pub fn new(mode: Mode, policy: Policy) -> Self {
        match mode {
            Mode::Full => Decider::Full(SingleCardDecider::new(policy)),
            Mode::Auto => Decider::Auto(Tracker::new(policy)),
        }
    }

    /// What it says before anything new is known.
    pub fn decision(&self) -> Decision {
        match self {
            Decider::Full(decider) => of_state(decider.state(), &[]),
            Decider::Auto(tracker) => of_tracker(tracker, Vec::new()),
        }
    }

    /// Takes what a frame shows. `now` never goes back.
    pub fn observe(&mut self, sightings: &[Sighting], now: Duration) -> Decision {
        match self {
            Decider::Full(decider) => {
                for sighting in sightings {
                    decider.observe(sighting.observation(), now);
                }
                of_state(decider.state(), sightings)
            }
            Decider::Auto(tracker) => {
                let changes = tracker.observe(sightings, now);
                of_tracker(tracker, changes)
            }
        }
    }

    /// Lets time pass without a frame.
    pub fn pass(&mut self, now: Duration) -> Decision {
        match self {
            Decider::Full(decider) => of_state(decider.pass(now), &[]),
            Decider::Auto(tracker) => {
                let changes = tracker.pass(now);
                of_tracker(tracker, changes)
            }
        }
    }

    /// There are no frames any more; the next one ends the fault.
    pub fn fail(&mut self, now: Duration) -> Decision {
        match self {
            Decider::Full(decider) => of_state(decider.fail(), &[]),
            Decider::Auto(tracker) => {
                let changes = tracker.fail(now);
                of_tracker(tracker, changes)
            }
        }
    }
}

/// In full-frame mode the state says it all; the outline is where was looked.
fn of_state(state: State, sightings: &[Sighting]) -> Decision {
    let is_named = state.card().is_some();
    let mark = |sighting: &Sighting| Mark {
        corners_in_frame: sighting.corners_in_frame,
        text: String::new(),
        is_named,
    };
    Decision {
        state,
        cards: state.card().into_iter().collect(),
        changes: Vec::new(),
        marks: sightings.iter().map(mark).collect(),
    }
}

fn of_tracker(tracker: &Tracker, changes: Vec<CardChange>) -> Decision {
    let named = tracker
        .steady()
        .map(|steady| Mark::named(steady.card, steady.confidence, steady.corners_in_frame));
    Decision {
        state: tracker.state(),
        cards: tracker.steady().map(|steady| steady.card).collect(),
        changes,
        marks: named.chain(tracker.doubtful().map(Mark::doubtful)).collect(),
    }
}
