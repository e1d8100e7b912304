//! The evidence for one card over time.

use std::time::Duration;

use common::{Card, Quad};

use crate::decide::types::{Observation, Policy, TrackedCard};

/// Outlines whose intersection over union is at least this are in the same place. Two cards side
/// by side do not overlap, and a card laid on another one seldom lies exactly on it.
const SAME_PLACE_INTERSECTION: f32 = 0.3;

/// A card that may be there (tentative) or is there (confirmed).
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
pub(crate) struct Track {
    pub(crate) id: u64,
    /// The card in the last observation. It does not change any more once the track is
    /// confirmed.
    pub(crate) card: Card,
    /// Confidence of the last observation, 0 to 1.
    pub(crate) confidence: f32,
    /// Position of the last observation.
    pub(crate) corners_in_frame: Quad,
    /// Whether the last frame contains an observation of it.
    pub(crate) is_in_frame: bool,
    /// Whether it was announced.
    pub(crate) is_confirmed: bool,
    /// Consecutive observations of it, whatever card they show.
    pub(crate) frames: u32,
    /// Consecutive observations that reliably show this card.
    pub(crate) agreeing_frames: u32,
    /// Time of the last frame that supports it, by an observation or by its unchanged look.
    pub(crate) supported_at: Duration,
    /// Time of the last observation.
    pub(crate) read_at: Duration,
}

impl Track {
    /// Creates a tentative track from its first observation.
    pub(crate) fn new(id: u64, observation: &Observation, policy: &Policy, now: Duration) -> Self {
        let &Observation { card, confidence, corners_in_frame } = observation;
        Self {
            id,
            card,
            confidence,
            corners_in_frame,
            is_in_frame: true,
            is_confirmed: false,
            frames: 1,
            agreeing_frames: u32::from(confidence >= policy.enter),
            supported_at: now,
            read_at: now,
        }
    }

    /// Takes the observation of it in a frame, or the fact that there is none.
    pub(crate) fn observe(
        &mut self,
        observation: Option<&Observation>,
        policy: &Policy,
        now: Duration,
    ) {
        self.is_in_frame = observation.is_some();
        let Some(&Observation { card, confidence, corners_in_frame }) = observation else { return };
        self.frames = self.frames.saturating_add(1);
        self.agreeing_frames = if confidence < policy.enter {
            0
        } else if card == self.card {
            self.agreeing_frames.saturating_add(1)
        } else {
            1
        };
        self.card = card;
        self.confidence = confidence;
        self.corners_in_frame = corners_in_frame;
        self.supported_at = now;
        self.read_at = now;
    }

    /// Takes a frame in which it looks as it did when it was read. This is not evidence for a
    /// name, so it supports a confirmed card only.
    pub(crate) fn support(&mut self, corners_in_frame: Quad, now: Duration) {
        if self.is_confirmed {
            self.is_in_frame = true;
            self.corners_in_frame = corners_in_frame;
            self.supported_at = now;
        }
    }

    /// Takes back the support by its look since it was read.
    pub(crate) fn withdraw_support(&mut self) {
        self.supported_at = self.supported_at.min(self.read_at);
    }

    /// Returns whether an outline lies in the place of this card.
    pub(crate) fn is_in_place_of(&self, corners_in_frame: Quad) -> bool {
        self.corners_in_frame.intersection_over_union(corners_in_frame) >= SAME_PLACE_INTERSECTION
    }
}

impl From<&Track> for TrackedCard {
    fn from(track: &Track) -> Self {
        let &Track { id, card, confidence, corners_in_frame, .. } = track;
        Self { id, card, confidence, corners_in_frame }
    }
}
