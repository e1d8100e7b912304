//! One card's evidence over time.

use std::time::Duration;

use common::corners::overlap_over_union;
use common::{Card, Corners};

use crate::decide::Policy;
use crate::recognize::Sighting;

/// Outlines that overlap this much, over their union, are in the same place: two cards
/// side by side do not overlap, and one laid on another seldom lies straight on it.
const SAME_PLACE_OVERLAP: f32 = 0.3;

/// A card that may be there, or that is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Track {
    pub id: u64,
    /// What the last sighting showed; once confirmed, what it is.
    pub card: Card,
    /// Of the last sighting, 0..1.
    pub confidence: f32,
    /// Of the last sighting.
    pub corners_in_frame: Corners,
    /// Whether the last frame had a sighting of it.
    pub is_in_frame: bool,
    /// It was announced.
    pub is_confirmed: bool,
    /// Sightings of it in a row, whatever they showed.
    pub frames: u32,
    /// Sightings in a row that surely showed this card.
    pub agreeing_frames: u32,
    /// When it was last sighted.
    pub supported_at: Duration,
}

impl Track {
    /// Begins with its first sighting.
    pub fn new(id: u64, sighting: &Sighting, policy: &Policy, now: Duration) -> Self {
        let Sighting { card, confidence, corners_in_frame } = *sighting;
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
        }
    }

    /// Takes what a frame shows of it.
    pub fn observe(&mut self, sighting: Option<&Sighting>, policy: &Policy, now: Duration) {
        self.is_in_frame = sighting.is_some();
        let Some(&Sighting { card, confidence, corners_in_frame }) = sighting else { return };
        self.frames = self.frames.saturating_add(1);
        self.agreeing_frames = match confidence >= policy.enter {
            true if card == self.card => self.agreeing_frames.saturating_add(1),
            true => 1,
            false => 0,
        };
        self.card = card;
        self.confidence = confidence;
        self.corners_in_frame = corners_in_frame;
        self.supported_at = now;
    }

    /// Whether something else that lies there lies in its place.
    pub fn is_in_place_of(&self, corners_in_frame: &Corners) -> bool {
        overlap_over_union(&self.corners_in_frame, corners_in_frame) >= SAME_PLACE_OVERLAP
    }
}
