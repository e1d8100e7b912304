//! Many cards over time: which sighting is which card, and when a card counts.
//!
//! A *track* is a card that keeps its identity while it moves. It is *tentative* until
//! enough frames in a row name it; then it is *confirmed*: it is announced, and lives as
//! long as frames support it, or without support until it expires. All waiting is by the
//! clock, so that 5 and 30 frames a second behave alike.
//!
//! - [`track`]: one card's evidence
//! - [`matching`]: which sighting belongs to which track
//! - [`primary`]: the card that LEDs and captions show

pub mod matching;
pub mod primary;
#[cfg(test)]
mod tests;
pub mod track;

use std::time::Duration;

use common::{Card, Corners};

use crate::decide::{Policy, State};
use crate::recognize::Sighting;
use matching::assign;
use primary::PrimaryCard;
use track::Track;

/// A card that is surely there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackedCard {
    /// The same as long as it is the same card; never used again.
    pub id: u64,
    pub card: Card,
    /// Of the last frame that supports it, 0..1.
    pub confidence: f32,
    /// Where that frame shows it.
    pub corners_in_frame: Corners,
}

/// What has become of a card.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CardChange {
    Appeared(TrackedCard),
    Gone(Card),
}

/// All cards over time. Pure: all it knows, it is told.
#[derive(Clone, Debug)]
pub struct Tracker {
    policy: Policy,
    tracks: Vec<Track>,
    next_id: u64,
    primary: PrimaryCard,
    doubt: Doubt,
    is_fault: bool,
}

/// Whether there may be a card that nobody can name. It takes as many frames to end as to
/// begin, so that it does not flicker.
#[derive(Clone, Copy, Debug, Default)]
struct Doubt {
    is_there: bool,
    /// Frames in a row without it.
    calm_frames: u32,
}

impl Tracker {
    /// Starts with an empty table.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            tracks: Vec::new(),
            next_id: 0,
            primary: PrimaryCard::default(),
            doubt: Doubt::default(),
            is_fault: false,
        }
    }

    /// What to say now.
    pub fn state(&self) -> State {
        if self.is_fault {
            return State::Fault;
        }
        match self.primary.of(confirmed(&self.tracks)) {
            Some(track) => State::Seen { card: track.card, confidence: track.confidence },
            None if self.doubt.is_there => State::Unsure,
            None => State::Searching,
        }
    }

    /// The confirmed cards, those that are covered at present included, in the order in
    /// which they came.
    pub fn steady(&self) -> impl Iterator<Item = TrackedCard> {
        confirmed(&self.tracks).map(TrackedCard::from)
    }

    /// Outlines of the last frame that may be cards, but not surely enough to name them.
    pub fn doubtful(&self) -> impl Iterator<Item = Corners> {
        let tentative = self.tracks.iter().filter(|track| !track.is_confirmed);
        tentative.filter(|track| !self.is_held(track)).map(|track| track.corners_in_frame)
    }

    /// Takes what a frame shows. `now` never goes back. Returns what has changed, cards
    /// that are gone first.
    pub fn observe(&mut self, sightings: &[Sighting], now: Duration) -> Vec<CardChange> {
        self.is_fault = false;
        // Below that, a sighting is no sign of a card, as in full-frame mode.
        let is_maybe = |sighting: &&Sighting| sighting.confidence >= self.policy.leave;
        let sightings: Vec<Sighting> = sightings.iter().filter(is_maybe).copied().collect();
        let assigned = assign(&self.tracks, &sightings, self.policy.enter);
        for (track, sighting) in self.tracks.iter_mut().zip(&assigned) {
            track.observe(sighting.map(|i| &sightings[i]), &self.policy, now);
        }
        // Until it is confirmed, a card has to be there in every frame.
        self.tracks.retain(|track| track.is_confirmed || track.is_in_frame);
        for (i, sighting) in sightings.iter().enumerate() {
            if !assigned.contains(&Some(i)) {
                self.tracks.push(Track::new(self.next_id, sighting, &self.policy, now));
                self.next_id += 1;
            }
        }
        let mut changes = self.expire(now);
        changes.extend(self.confirm());
        self.primary.update(confirmed(&self.tracks));
        let is_doubtful =
            |track: &Track| !track.is_confirmed && track.frames >= self.policy.agreeing_frames;
        self.doubt.observe(self.tracks.iter().any(is_doubtful), self.policy.agreeing_frames);
        changes
    }

    /// Lets time pass without a frame. Returns the cards that are gone.
    pub fn pass(&mut self, now: Duration) -> Vec<CardChange> {
        let changes = self.expire(now);
        self.primary.update(confirmed(&self.tracks));
        changes
    }

    /// There are no frames any more; the next one ends the fault. Cards stay what they are
    /// until they expire.
    pub fn fail(&mut self, now: Duration) -> Vec<CardChange> {
        self.is_fault = true;
        self.doubt = Doubt::default();
        self.tracks.retain(|track| track.is_confirmed);
        self.pass(now)
    }

    fn expire(&mut self, now: Duration) -> Vec<CardChange> {
        let expire = self.policy.expire;
        let is_gone = |track: &mut Track| {
            track.is_confirmed && now.saturating_sub(track.supported_at) > expire
        };
        self.tracks.extract_if(.., is_gone).map(|track| CardChange::Gone(track.card)).collect()
    }

    /// Announces tentative tracks that enough frames agree on, each in a place of its own.
    fn confirm(&mut self) -> Vec<CardChange> {
        let mut changes = Vec::new();
        for i in 0..self.tracks.len() {
            let track = &self.tracks[i];
            let is_agreed = track.agreeing_frames >= self.policy.agreeing_frames;
            if !track.is_confirmed && is_agreed && !self.is_held(track) {
                self.tracks[i].is_confirmed = true;
                changes.push(CardChange::Appeared(TrackedCard::from(&self.tracks[i])));
            }
        }
        changes
    }

    /// Whether the place of a tentative track is still that of a confirmed card: one that
    /// this frame does not show, and that is more likely misread or covered than swapped
    /// until it expires; or one of the same name, found twice.
    fn is_held(&self, newcomer: &Track) -> bool {
        confirmed(&self.tracks).any(|card| {
            (!card.is_in_frame || card.card == newcomer.card)
                && card.is_in_place_of(&newcomer.corners_in_frame)
        })
    }
}

fn confirmed(tracks: &[Track]) -> impl Iterator<Item = &Track> + Clone {
    tracks.iter().filter(|track| track.is_confirmed)
}

impl Doubt {
    fn observe(&mut self, is_doubtful: bool, frames_to_end: u32) {
        self.calm_frames = if is_doubtful { 0 } else { self.calm_frames.saturating_add(1) };
        self.is_there = is_doubtful || self.is_there && self.calm_frames < frames_to_end;
    }
}

impl From<&Track> for TrackedCard {
    fn from(track: &Track) -> Self {
        let &Track { id, card, confidence, corners_in_frame, .. } = track;
        Self { id, card, confidence, corners_in_frame }
    }
}
