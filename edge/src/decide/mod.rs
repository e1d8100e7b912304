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
use crate::util::interval::Interval;

/// A card stays for at least this many frame intervals without a frame that supports it: with fewer,
/// it would be gone before the next frame arrives.
const LEAST_INTERVALS: u32 = 2;

/// Turns observations into decisions, in either mode.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
pub struct Decider {
    mode: ModeDecider,
    /// The time of expiry that the policy asks for.
    expire: Duration,
    frames: Interval,
}

#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
enum ModeDecider {
    /// One card in the middle of the frame.
    Full(SingleCardDecider),
    /// Any number of cards anywhere.
    Auto(Tracker),
}

impl Decider {
    /// Creates a decider that has seen nothing yet.
    pub fn new(mode: Mode, policy: Policy) -> Self {
        let expire = policy.expire;
        let mode = match mode {
            Mode::Full => ModeDecider::Full(SingleCardDecider::new(policy)),
            Mode::Auto => ModeDecider::Auto(Tracker::new(policy)),
        };
        Self { mode, expire, frames: Interval::default() }
    }

    /// Returns the current decision, without changes and outlines of a frame.
    pub(crate) fn decision(&self) -> Decision {
        match &self.mode {
            ModeDecider::Full(decider) => single_card_decision(decider.state(), &[]),
            ModeDecider::Auto(tracker) => tracker_decision(tracker, Vec::new()),
        }
    }

    /// Takes what a frame says. `now` never decreases.
    pub(crate) fn observe(&mut self, evidence: &Evidence<'_>, now: Duration) -> Decision {
        self.frames.happened(now);
        let expire = self.longer_expiry().unwrap_or(self.expire);
        match &mut self.mode {
            ModeDecider::Full(decider) => decider.set_expire(expire),
            ModeDecider::Auto(tracker) => tracker.set_expire(expire),
        }
        match &mut self.mode {
            ModeDecider::Full(decider) => {
                let state = decider.observe_evidence(evidence, now);
                let reused = evidence.reused.iter().map(|reused| reused.observation);
                let read = evidence.observations.iter().copied();
                single_card_decision(state, &read.chain(reused).collect::<Vec<_>>())
            }
            ModeDecider::Auto(tracker) => {
                let changes = tracker.observe_evidence(evidence, now);
                tracker_decision(tracker, changes)
            }
        }
    }

    /// Returns the time of expiry, if frames are so slow that it is longer than the policy asks for.
    pub(crate) fn longer_expiry(&self) -> Option<Duration> {
        let least = LEAST_INTERVALS * self.frames.get()?;
        (least > self.expire).then_some(least)
    }

    /// Returns the cards that are there.
    pub(crate) fn known_cards(&self) -> KnownCards {
        match &self.mode {
            ModeDecider::Full(decider) => decider.known_cards(),
            ModeDecider::Auto(tracker) => tracker.known_cards(),
        }
    }

    /// Lets time pass without a frame: cards that nothing supports any more expire.
    pub(crate) fn pass_time(&mut self, now: Duration) -> Decision {
        match &mut self.mode {
            ModeDecider::Full(decider) => single_card_decision(decider.pass_time(now), &[]),
            ModeDecider::Auto(tracker) => {
                let changes = tracker.pass_time(now);
                tracker_decision(tracker, changes)
            }
        }
    }

    /// Records that the source failed. The next frame ends the fault.
    pub(crate) fn fail(&mut self, now: Duration) -> Decision {
        // The time without frames is not an interval between frames.
        self.frames = Interval::default();
        match &mut self.mode {
            ModeDecider::Full(decider) => single_card_decision(decider.fail(), &[]),
            ModeDecider::Auto(tracker) => {
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

#[cfg(test)]
mod tests {
    use common::Quad;

    use super::*;

    /// The states of a decider that gets the same card at this interval, ten times a second.
    fn states(mode: Mode, interval_millis: u64) -> Vec<&'static str> {
        let policy = Policy {
            enter: 0.7,
            leave: 0.5,
            agreeing_frames: 3,
            expire: Duration::from_millis(1000),
        };
        let mut decider = Decider::new(mode, policy);
        let corners_in_frame = Quad::from([[0.0, 0.0], [60.0, 0.0], [60.0, 90.0], [0.0, 90.0]]);
        let card = "ace of spades".parse().unwrap();
        let observations = [Observation { card, confidence: 0.99, corners_in_frame }];
        let evidence = Evidence { observations: &observations, ..Evidence::default() };
        let mut states = Vec::new();
        for millis in (0..20_000).step_by(100) {
            let now = Duration::from_millis(millis);
            let decision = if millis % interval_millis == 0 {
                decider.observe(&evidence, now)
            } else {
                decider.pass_time(now)
            };
            states.push(decision.state.name());
        }
        assert_eq!(decider.longer_expiry().is_some(), 2 * interval_millis > 1000);
        states.dedup();
        states
    }

    #[test]
    fn a_card_in_slow_frames_stays() {
        for mode in [Mode::Full, Mode::Auto] {
            for interval_millis in [100, 500, 900, 1100, 2000, 4000] {
                let states = states(mode, interval_millis);
                let end = states.iter().position(|state| *state == "seen").unwrap();
                assert_eq!(end, states.len() - 1, "{interval_millis} ms: {states:?}");
            }
        }
    }
}
