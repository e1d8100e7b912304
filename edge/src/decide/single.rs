//! The decider of full-frame mode: from the observations of single frames to one state.
//!
//! A card is *seen* after enough consecutive frames agree on it, and it stays seen while
//! frames support it. Two thresholds prevent flicker: a new card needs more confidence than
//! a card that is seen already. A card is dropped when enough frames do not support it, or
//! when no frame has supported it for the time that the policy allows.

use std::time::Duration;

use common::{Card, Quad};

use crate::decide::types::{Evidence, KnownCards, Observation, Policy, State, TrackedCard};

/// The identity of the one card, for recognizers of videos.
const ONLY_ID: u64 = 0;

/// The state over time. It depends on nothing but the observations and times that are
/// passed in.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
pub struct SingleCardDecider {
    policy: Policy,
    state: State,
    /// The card that the last frames agree on, and the number of these frames.
    candidate: Option<(Card, u32)>,
    /// Consecutive frames that do not support the seen card.
    misses: u32,
    /// Whether the last frames show something that may be a card, and the number of
    /// consecutive frames that agree on this.
    doubt: (bool, u32),
    supported_at: Duration,
    /// Time of the last reading that supports the seen card.
    read_at: Duration,
    /// The region of the last observation.
    corners_in_frame: Quad,
}

impl SingleCardDecider {
    /// Creates a decider that is searching.
    pub(crate) fn new(policy: Policy) -> Self {
        Self {
            policy,
            state: State::Searching,
            candidate: None,
            misses: 0,
            doubt: (false, 0),
            supported_at: Duration::ZERO,
            read_at: Duration::ZERO,
            corners_in_frame: Quad::default(),
        }
    }

    /// Changes the time after which a card that nothing supports is gone.
    pub(crate) fn set_expire(&mut self, expire: Duration) {
        self.policy.expire = expire;
    }

    /// Returns the current state.
    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// Returns the card that is seen. It is missing when the last frame did not support it.
    pub(crate) fn known_cards(&self) -> KnownCards {
        let State::Seen { card, confidence } = self.state else { return KnownCards::default() };
        let corners_in_frame = self.corners_in_frame;
        let card = TrackedCard { id: ONLY_ID, card, confidence, corners_in_frame };
        if self.misses == 0 {
            KnownCards { supported: vec![card], missing: 0 }
        } else {
            KnownCards { supported: Vec::new(), missing: 1 }
        }
    }

    /// Takes what a frame of a video says. `now` never decreases.
    pub(crate) fn observe_evidence(&mut self, evidence: &Evidence<'_>, now: Duration) -> State {
        if evidence.refuted.contains(&ONLY_ID) {
            self.supported_at = self.supported_at.min(self.read_at);
        }
        for reused in evidence.reused {
            // What was reused neither confirms a card nor ends one.
            if reused.id.is_some() && self.state.card() == Some(reused.observation.card) {
                self.supported_at = now;
            }
        }
        for observation in evidence.observations {
            self.observe(observation, now);
        }
        self.pass_time(now)
    }

    /// Takes the observation of a frame. `now` never decreases.
    pub(crate) fn observe(&mut self, observation: &Observation, now: Duration) -> State {
        let &Observation { card, confidence, corners_in_frame } = observation;
        self.corners_in_frame = corners_in_frame;
        self.update_candidate(card, confidence);
        let supports = self.state.card() == Some(card) && confidence >= self.policy.leave;
        let agreed =
            self.candidate.is_some_and(|(_, frames)| frames >= self.policy.agreeing_frames);
        if supports || agreed {
            self.state = State::Seen { card, confidence };
            self.misses = 0;
            self.doubt = (false, 0);
            self.supported_at = now;
            self.read_at = now;
            return self.state;
        }
        self.observe_miss(confidence);
        self.pass_time(now)
    }

    fn update_candidate(&mut self, card: Card, confidence: f32) {
        self.candidate = match self.candidate {
            _ if confidence < self.policy.enter => None,
            Some((candidate, frames)) if candidate == card => Some((card, frames + 1)),
            _ => Some((card, 1)),
        };
    }

    /// Takes a frame that neither supports the seen card nor confirms another one.
    fn observe_miss(&mut self, confidence: f32) {
        self.misses += 1;
        let is_maybe = confidence >= self.policy.leave;
        let (was_maybe, frames) = self.doubt;
        self.doubt = (is_maybe, if is_maybe == was_maybe { frames + 1 } else { 1 });
        let changes = match self.state {
            State::Seen { .. } => self.misses >= self.policy.agreeing_frames,
            State::Searching | State::Unsure => self.doubt.1 >= self.policy.agreeing_frames,
            State::Fault => true,
        };
        if changes {
            self.state = if is_maybe { State::Unsure } else { State::Searching };
        }
    }

    /// Lets time pass without a frame: a card that nothing supports any more expires.
    pub(crate) fn pass_time(&mut self, now: Duration) -> State {
        let unsupported = now.saturating_sub(self.supported_at);
        if self.state.card().is_some() && unsupported > self.policy.expire {
            self.state = State::Searching;
            self.candidate = None;
        }
        self.state
    }

    /// Records that the source failed. The next frame ends the fault.
    pub(crate) fn fail(&mut self) -> State {
        self.state = State::Fault;
        self.candidate = None;
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::{Quad, Rank, Suit};

    const ACE: Card = Card::Suited(Rank::Ace, Suit::Spades);
    const TWO: Card = Card::Suited(Rank::Two, Suit::Hearts);

    fn decider() -> SingleCardDecider {
        SingleCardDecider::new(Policy {
            enter: 0.8,
            leave: 0.5,
            agreeing_frames: 3,
            expire: Duration::from_millis(1000),
        })
    }

    fn observation(card: Card, confidence: f32) -> Observation {
        Observation { card, confidence, corners_in_frame: Quad::default() }
    }

    /// Feeds frames at this rate and returns the state after each.
    fn feed(
        decider: &mut SingleCardDecider,
        start_millis: u64,
        fps: u64,
        frames: &[(Card, f32)],
    ) -> Vec<State> {
        let at = |i: u64| Duration::from_millis(start_millis + i * 1000 / fps);
        frames
            .iter()
            .zip(0..)
            .map(|(&(card, confidence), i)| decider.observe(&observation(card, confidence), at(i)))
            .collect()
    }

    #[test]
    fn a_card_is_seen_after_enough_agreeing_frames_at_any_rate() {
        for fps in [5, 30] {
            let states = feed(&mut decider(), 0, fps, &[(ACE, 0.9); 3]);
            assert_eq!(states[1].card(), None);
            assert_eq!(states[2].card(), Some(ACE));
        }
    }

    #[test]
    fn frames_that_disagree_name_no_card() {
        let states = feed(&mut decider(), 0, 30, &[(ACE, 0.9), (TWO, 0.9), (ACE, 0.9), (TWO, 0.9)]);
        assert!(states.iter().all(|state| state.card().is_none()));
    }

    #[test]
    fn a_doubtful_card_is_unsure_and_an_empty_table_is_searching() {
        assert_eq!(feed(&mut decider(), 0, 30, &[(ACE, 0.6); 9])[8], State::Unsure);
        assert_eq!(feed(&mut decider(), 0, 30, &[(ACE, 0.1); 9])[8], State::Searching);
    }

    #[test]
    fn a_table_that_is_doubtful_in_every_other_frame_does_not_flicker() {
        let frames = [(ACE, 0.1), (ACE, 0.6)].repeat(10);
        let states = feed(&mut decider(), 0, 30, &frames);
        assert!(states.iter().all(|state| *state == State::Searching));
    }

    #[test]
    fn a_seen_card_needs_less_confidence_than_a_new_one() {
        let mut decider = decider();
        feed(&mut decider, 0, 30, &[(ACE, 0.9); 3]);
        let states = feed(&mut decider, 100, 30, &[(ACE, 0.55); 20]);
        assert!(states.iter().all(|state| state.card() == Some(ACE)));
    }

    #[test]
    fn one_bad_frame_does_not_drop_the_card() {
        let mut decider = decider();
        feed(&mut decider, 0, 30, &[(ACE, 0.9); 3]);
        let states = feed(&mut decider, 100, 30, &[(TWO, 0.3), (ACE, 0.9), (TWO, 0.3), (ACE, 0.9)]);
        assert!(states.iter().all(|state| state.card() == Some(ACE)));
    }

    #[test]
    fn a_card_that_is_taken_away_is_dropped_after_enough_frames() {
        let mut decider = decider();
        feed(&mut decider, 0, 30, &[(ACE, 0.9); 3]);
        let states = feed(&mut decider, 100, 30, &[(TWO, 0.1); 3]);
        assert_eq!(states[1].card(), Some(ACE));
        assert_eq!(states[2], State::Searching);
    }

    #[test]
    fn a_swapped_card_takes_over_without_a_gap() {
        let mut decider = decider();
        feed(&mut decider, 0, 30, &[(ACE, 0.9); 3]);
        let states = feed(&mut decider, 100, 30, &[(TWO, 0.9); 3]);
        assert_eq!(states[1].card(), Some(ACE));
        assert_eq!(states[2].card(), Some(TWO));
    }

    #[test]
    fn without_frames_a_card_expires() {
        let mut decider = decider();
        feed(&mut decider, 0, 30, &[(ACE, 0.9); 3]);
        assert_eq!(decider.pass_time(Duration::from_millis(1000)).card(), Some(ACE));
        assert_eq!(decider.pass_time(Duration::from_millis(1100)), State::Searching);
    }

    #[test]
    fn at_one_frame_every_two_seconds_a_lost_card_expires_with_the_first_miss() {
        let mut decider = decider();
        let at = Duration::from_secs;
        for frame in 0..3 {
            decider.observe(&observation(ACE, 0.9), at(2 * frame));
        }
        let state = decider.observe(&observation(TWO, 0.1), at(6));
        assert_eq!(state, State::Searching);
    }

    #[test]
    fn a_fault_drops_the_card_and_the_next_frames_end_the_fault() {
        let mut decider = decider();
        feed(&mut decider, 0, 30, &[(ACE, 0.9); 3]);
        assert_eq!(decider.fail(), State::Fault);
        let states = feed(&mut decider, 200, 30, &[(ACE, 0.9); 3]);
        assert_eq!(states[0], State::Unsure);
        assert_eq!(states[2].card(), Some(ACE));
    }
}
