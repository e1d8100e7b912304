//! The decider of auto mode: any number of cards over time.
//!
//! A *track* is a card that keeps its identity while it moves. It is *tentative* until
//! enough consecutive frames name it. Then it is *confirmed*: it is announced, and it stays
//! as long as frames support it, or without support until it expires. Expiry follows the
//! clock, so the tracker behaves alike at 5 and at 30 frames a second.
//!
//! - [`track`]: the evidence for one card
//! - [`matching`]: which observation belongs to which track
//! - [`primary`]: the card that the LEDs and the caption show

mod matching;
mod primary;
#[cfg(test)]
mod tests;
mod track;

use std::time::Duration;

use common::Quad;

use crate::decide::types::{
    CardChange, Evidence, KnownCards, Observation, Policy, ReusedReading, State, TrackedCard,
};
use matching::assign;
use primary::PrimaryCard;
use track::Track;

/// All cards over time. It depends on nothing but the observations and times that are passed
/// in.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
pub struct Tracker {
    policy: Policy,
    tracks: Vec<Track>,
    next_id: u64,
    primary: PrimaryCard,
    doubt: Doubt,
    is_fault: bool,
}

/// Whether there may be a card that cannot be named. Ending the doubt takes as many frames as
/// beginning it, so that the state does not flicker.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize, serde::Serialize)]
struct Doubt {
    is_present: bool,
    /// Consecutive frames without doubt.
    calm_frames: u32,
}

impl Tracker {
    /// Creates a tracker with an empty table.
    pub(crate) fn new(policy: Policy) -> Self {
        Self {
            policy,
            tracks: Vec::new(),
            next_id: 0,
            primary: PrimaryCard::default(),
            doubt: Doubt::default(),
            is_fault: false,
        }
    }

    /// Changes the time after which a card that nothing supports is gone.
    pub(crate) fn set_expire(&mut self, expire: Duration) {
        self.policy.expire = expire;
    }

    /// Returns the current state, which names the primary card.
    pub(crate) fn state(&self) -> State {
        if self.is_fault {
            return State::Fault;
        }
        match self.primary.find(confirmed(&self.tracks)) {
            Some(track) => State::Seen { card: track.card, confidence: track.confidence },
            None if self.doubt.is_present => State::Unsure,
            None => State::Searching,
        }
    }

    /// Returns the confirmed cards in the order in which they appeared. Cards that are covered
    /// at present are included.
    pub(crate) fn confirmed_cards(&self) -> impl Iterator<Item = TrackedCard> {
        confirmed(&self.tracks).map(TrackedCard::from)
    }

    /// Returns the outlines in the last frame that may be cards but cannot be named with
    /// enough confidence.
    pub(crate) fn unknown_outlines(&self) -> impl Iterator<Item = Quad> {
        let tentative = self.tracks.iter().filter(|track| !track.is_confirmed);
        tentative.filter(|track| !self.is_occupied(track)).map(|track| track.corners_in_frame)
    }

    /// Returns the confirmed cards for a recognizer of videos.
    pub(crate) fn known_cards(&self) -> KnownCards {
        let supported: Vec<TrackedCard> = confirmed(&self.tracks)
            .filter(|track| track.is_in_frame)
            .map(TrackedCard::from)
            .collect();
        let missing = confirmed(&self.tracks).count() - supported.len();
        KnownCards { supported, missing }
    }

    /// Takes the observations of a frame in which everything was read. `now` never decreases.
    /// Returns the changes, with the cards that are gone first.
    #[cfg(test)]
    pub(crate) fn observe(
        &mut self,
        observations: &[Observation],
        now: Duration,
    ) -> Vec<CardChange> {
        self.observe_evidence(&Evidence { observations, ..Evidence::default() }, now)
    }

    /// Takes what a frame says. `now` never decreases. Returns the changes, with the cards that
    /// are gone first.
    pub(crate) fn observe_evidence(
        &mut self,
        evidence: &Evidence<'_>,
        now: Duration,
    ) -> Vec<CardChange> {
        self.is_fault = false;
        self.withdraw_support(evidence.refuted);
        // As in full-frame mode, an observation below this threshold is not a sign of a card.
        let is_maybe = |observation: &&Observation| observation.confidence >= self.policy.leave;
        let observations: Vec<Observation> =
            evidence.observations.iter().filter(is_maybe).copied().collect();
        // A card that its look supports needs no observation, and must not take one.
        let needs_observation = |track: &&Track| reused_reading(track, evidence).is_none();
        let observed: Vec<Track> = self.tracks.iter().filter(needs_observation).copied().collect();
        let assigned = assign(&observed, &observations, self.policy.enter);
        let mut assigned_in_order = assigned.iter();
        for track in &mut self.tracks {
            if let Some(reused) = reused_reading(track, evidence) {
                track.support(reused.observation.corners_in_frame, now);
            } else {
                let observation = assigned_in_order.next().copied().flatten();
                track.observe(observation.map(|o| &observations[o]), &self.policy, now);
            }
        }
        // A tentative card must be in every frame.
        self.tracks.retain(|track| track.is_confirmed || track.is_in_frame);
        for (o, observation) in observations.iter().enumerate() {
            if !assigned.contains(&Some(o)) {
                self.tracks.push(Track::new(self.next_id, observation, &self.policy, now));
                self.next_id += 1;
            }
        }
        let mut changes = self.expire(now);
        changes.extend(self.confirm());
        self.primary.update(confirmed(&self.tracks));
        self.update_doubt();
        changes
    }

    /// Lets time pass without a frame. Returns the cards that are gone.
    pub(crate) fn pass_time(&mut self, now: Duration) -> Vec<CardChange> {
        let changes = self.expire(now);
        self.primary.update(confirmed(&self.tracks));
        changes
    }

    /// Records that the source failed. The next frame ends the fault. Confirmed cards stay
    /// until they expire.
    pub(crate) fn fail(&mut self, now: Duration) -> Vec<CardChange> {
        self.is_fault = true;
        self.doubt = Doubt::default();
        self.tracks.retain(|track| track.is_confirmed);
        self.pass_time(now)
    }

    fn withdraw_support(&mut self, refuted: &[u64]) {
        for track in self.tracks.iter_mut().filter(|track| refuted.contains(&track.id)) {
            track.withdraw_support();
        }
    }

    fn expire(&mut self, now: Duration) -> Vec<CardChange> {
        let expire = self.policy.expire;
        let is_gone = |track: &mut Track| {
            track.is_confirmed && now.saturating_sub(track.supported_at) > expire
        };
        self.tracks.extract_if(.., is_gone).map(|track| CardChange::Gone(track.card)).collect()
    }

    /// Confirms the tentative tracks that enough frames agree on and whose place is free.
    fn confirm(&mut self) -> Vec<CardChange> {
        let mut changes = Vec::new();
        for i in 0..self.tracks.len() {
            let track = &self.tracks[i];
            let is_agreed = track.agreeing_frames >= self.policy.agreeing_frames;
            if !track.is_confirmed && is_agreed && !self.is_occupied(track) {
                self.tracks[i].is_confirmed = true;
                changes.push(CardChange::Appeared(TrackedCard::from(&self.tracks[i])));
            }
        }
        changes
    }

    /// Returns whether the place of a tentative track still belongs to a confirmed card. This
    /// is so for a confirmed card that the frame does not show: until it expires, it is more
    /// likely misread or covered than replaced. It is also so for a confirmed card of the same
    /// name: then the locator found one card twice.
    fn is_occupied(&self, newcomer: &Track) -> bool {
        confirmed(&self.tracks).any(|track| {
            (!track.is_in_frame || track.card == newcomer.card)
                && track.is_in_place_of(newcomer.corners_in_frame)
        })
    }

    fn update_doubt(&mut self) {
        let needed = self.policy.agreeing_frames;
        let is_doubtful = |track: &Track| !track.is_confirmed && track.frames >= needed;
        self.doubt.observe(self.tracks.iter().any(is_doubtful), needed);
    }
}

/// Returns the reading that supports a confirmed card because its look has not changed.
fn reused_reading<'a>(track: &Track, evidence: &Evidence<'a>) -> Option<&'a ReusedReading> {
    let is_its = |reused: &&ReusedReading| {
        track.is_confirmed && reused.id == Some(track.id) && reused.observation.card == track.card
    };
    evidence.reused.iter().find(is_its)
}

fn confirmed(tracks: &[Track]) -> impl Iterator<Item = &Track> + Clone {
    tracks.iter().filter(|track| track.is_confirmed)
}

impl Doubt {
    fn observe(&mut self, is_doubtful: bool, frames_to_end: u32) {
        self.calm_frames = if is_doubtful { 0 } else { self.calm_frames.saturating_add(1) };
        self.is_present = is_doubtful || self.is_present && self.calm_frames < frames_to_end;
    }
}
