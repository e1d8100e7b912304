//! From what single frames show to what the device says.
//!
//! A card is *seen* after enough frames in a row agree on it, and stays seen while
//! frames support it. Two thresholds keep it from flickering: entering takes more
//! confidence than staying. Without support, or without frames, it goes.

use std::time::Duration;

use common::Card;

use crate::decide::types::{Observation, Policy, State};

/// The state over time. Pure: all it knows, it is told.
#[derive(Clone, Debug)]
pub struct SingleCardDecider {
    policy: Policy,
    state: State,
    /// The card that the last frames agree on, and how many they are.
    candidate: Option<(Card, u32)>,
    /// Frames in a row that do not support the seen card.
    misses: u32,
    /// Whether the last frames leave the table in doubt, and how many they are.
    doubt: (bool, u32),
    supported_at: Duration,
}

impl SingleCardDecider {
    /// Starts searching.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            state: State::Searching,
            candidate: None,
            misses: 0,
            doubt: (false, 0),
            supported_at: Duration::ZERO,
        }
    }

    /// What to say now.
    pub fn state(&self) -> State {
        self.state
    }

    /// Takes what a frame shows. `now` never goes back.
    pub fn observe(&mut self, seen: Observation, now: Duration) -> State {
        let Observation { card, confidence } = seen;
        self.candidate = match self.candidate {
            _ if confidence < self.policy.enter => None,
            Some((candidate, frames)) if candidate == card => Some((card, frames + 1)),
            _ => Some((card, 1)),
        };
        let supports = self.state.card() == Some(card) && confidence >= self.policy.leave;
        let agreed =
            self.candidate.is_some_and(|(_, frames)| frames >= self.policy.agreeing_frames);
        if supports || agreed {
            self.state = State::Seen { card, confidence };
            self.misses = 0;
            self.doubt = (false, 0);
            self.supported_at = now;
            return self.state;
        }
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
        self.pass(now)
    }

    /// Lets time pass without a frame: a card that nothing supports any more goes.
    pub fn pass(&mut self, now: Duration) -> State {
        let unsupported = now.saturating_sub(self.supported_at);
        if self.state.card().is_some() && unsupported > self.policy.expire {
            self.state = State::Searching;
            self.candidate = None;
        }
        self.state
    }

    /// There are no frames any more; the next one ends the fault.
    pub fn fail(&mut self) -> State {
        self.state = State::Fault;
        self.candidate = None;
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::{Rank, Suit};

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

    /// Feeds frames at that rate and returns the state after each.
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
            .map(|(&(card, confidence), i)| {
                decider.observe(Observation { card, confidence }, at(i))
            })
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
    fn frames_that_disagree_name_nothing() {
        let states = feed(&mut decider(), 0, 30, &[(ACE, 0.9), (TWO, 0.9), (ACE, 0.9), (TWO, 0.9)]);
        assert!(states.iter().all(|state| state.card().is_none()));
    }

    #[test]
    fn a_doubtful_card_is_unsure_and_an_empty_table_is_searching() {
        assert_eq!(feed(&mut decider(), 0, 30, &[(ACE, 0.6); 9])[8], State::Unsure);
        assert_eq!(feed(&mut decider(), 0, 30, &[(ACE, 0.1); 9])[8], State::Searching);
    }

    #[test]
    fn a_table_that_is_doubtful_now_and_then_does_not_flicker() {
        let frames = [(ACE, 0.1), (ACE, 0.6)].repeat(10);
        let states = feed(&mut decider(), 0, 30, &frames);
        assert!(states.iter().all(|state| *state == State::Searching));
    }

    #[test]
    fn staying_takes_less_confidence_than_entering() {
        let mut decider = decider();
        feed(&mut decider, 0, 30, &[(ACE, 0.9); 3]);
        let states = feed(&mut decider, 100, 30, &[(ACE, 0.55); 20]);
        assert!(states.iter().all(|state| state.card() == Some(ACE)));
    }

    #[test]
    fn one_bad_frame_does_not_put_the_light_out() {
        let mut decider = decider();
        feed(&mut decider, 0, 30, &[(ACE, 0.9); 3]);
        let states = feed(&mut decider, 100, 30, &[(TWO, 0.3), (ACE, 0.9), (TWO, 0.3), (ACE, 0.9)]);
        assert!(states.iter().all(|state| state.card() == Some(ACE)));
    }

    #[test]
    fn a_card_that_is_taken_away_goes_after_enough_frames() {
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
        assert_eq!(decider.pass(Duration::from_millis(1000)).card(), Some(ACE));
        assert_eq!(decider.pass(Duration::from_millis(1100)), State::Searching);
    }

    #[test]
    fn at_one_frame_in_two_seconds_a_lost_card_expires_with_the_first_miss() {
        let mut decider = decider();
        let at = Duration::from_secs;
        for frame in 0..3 {
            decider.observe(Observation { card: ACE, confidence: 0.9 }, at(2 * frame));
        }
        let state = decider.observe(Observation { card: TWO, confidence: 0.1 }, at(6));
        assert_eq!(state, State::Searching);
    }

    #[test]
    fn a_fault_puts_the_card_out_and_the_next_frames_end_it() {
        let mut decider = decider();
        feed(&mut decider, 0, 30, &[(ACE, 0.9); 3]);
        assert_eq!(decider.fail(), State::Fault);
        let states = feed(&mut decider, 200, 30, &[(ACE, 0.9); 3]);
        assert_eq!(states[0], State::Unsure);
        assert_eq!(states[2].card(), Some(ACE));
    }
}
