//! What decisions are made of, in either mode.

use std::time::Duration;

use common::Card;

/// What one frame shows: the likeliest card and its calibrated probability, 0..1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    pub card: Card,
    pub confidence: f32,
}

/// When to believe what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// Confidence from which on a frame names a card.
    pub enter: f32,
    /// Confidence below which a frame no longer supports the card that is seen.
    pub leave: f32,
    /// Frames in a row that must agree before anything changes; at least 1.
    pub agreeing_frames: u32,
    /// A card is no longer seen when no frame has supported it for that long.
    pub expire: Duration,
}

/// What the device says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum State {
    /// There is no card.
    Searching,
    /// There may be a card, but not surely enough to name it.
    Unsure,
    /// This card is there.
    Seen { card: Card, confidence: f32 },
    /// There are no frames to look at.
    Fault,
}

impl State {
    /// The word in events and status files.
    pub fn name(&self) -> &'static str {
        match self {
            State::Searching => "searching",
            State::Unsure => "unsure",
            State::Seen { .. } => "seen",
            State::Fault => "fault",
        }
    }

    /// The card that is seen.
    pub fn card(&self) -> Option<Card> {
        match self {
            State::Seen { card, .. } => Some(*card),
            _ => None,
        }
    }

    /// How sure it is, 0..1.
    pub fn confidence(&self) -> Option<f32> {
        match self {
            State::Seen { confidence, .. } => Some(*confidence),
            _ => None,
        }
    }

    /// Whether a person would call it the same: confidence may differ.
    pub fn is_same_as(&self, other: &State) -> bool {
        self.name() == other.name() && self.card() == other.card()
    }
}
