//! The data that decisions are made from and made of, the same in both modes.

use std::time::Duration;

use common::{Card, Quad};
use serde::{Deserialize, Serialize};

/// How cards are found in a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Any number of cards anywhere
    #[default]
    Auto,
    /// One card that fills the middle of the frame, as in a fixed card slot
    Full,
}

impl Mode {
    /// Returns the name in configurations, on the command line and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Auto => "auto",
            Mode::Full => "full",
        }
    }
}

/// The most probable card at one place of one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    pub card: Card,
    /// Calibrated probability, 0 to 1. For a card that the edge of the frame cuts, it is
    /// multiplied by the share of the card that is visible.
    pub confidence: f32,
    /// Clockwise from the card's own top left corner, in pixels of the frame: the whole card, or
    /// roughly what is visible of a card that another one or the frame's edge covers in part.
    pub corners_in_frame: Quad,
}

/// The thresholds and waiting times of all decisions.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct Policy {
    /// Least confidence, 0 to 1, at which a frame names a card.
    pub enter: f32,
    /// Least confidence, 0 to 1, at which a frame supports a card that is already named.
    pub leave: f32,
    /// Consecutive frames that must agree before anything changes; at least 1.
    pub agreeing_frames: u32,
    /// A card is dropped when no frame has supported it for longer than this.
    pub expire: Duration,
}

impl Policy {
    /// Returns [`Policy::leave`] for an `enter` threshold where the configuration does not
    /// set it: 0.7 of `enter`.
    pub fn default_leave(enter: f32) -> f32 {
        0.7 * enter
    }
}

/// What the device shows.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase", tag = "name")]
pub enum State {
    /// There is no card.
    Searching,
    /// There may be a card, but it cannot be named with enough confidence.
    Unsure,
    /// This card is there.
    Seen { card: Card, confidence: f32 },
    /// The source delivers no frames.
    Fault,
}

impl State {
    /// Returns the name in events and status files.
    pub fn name(&self) -> &'static str {
        match self {
            State::Searching => "searching",
            State::Unsure => "unsure",
            State::Seen { .. } => "seen",
            State::Fault => "fault",
        }
    }

    /// Returns the card that is seen.
    pub fn card(&self) -> Option<Card> {
        match self {
            State::Seen { card, .. } => Some(*card),
            _ => None,
        }
    }

    /// Returns the confidence, 0 to 1, of the card that is seen.
    pub fn confidence(&self) -> Option<f32> {
        match self {
            State::Seen { confidence, .. } => Some(*confidence),
            _ => None,
        }
    }

    /// Returns whether both are the same state with the same card. The confidence may differ.
    pub fn is_same_as(&self, other: &State) -> bool {
        self.name() == other.name() && self.card() == other.card()
    }
}

/// A confirmed card of auto mode.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TrackedCard {
    /// The identity of the card. It stays the same as long as the card is tracked and is never
    /// used again.
    pub id: u64,
    pub card: Card,
    /// Confidence, 0 to 1, in the last frame that supports the card.
    pub confidence: f32,
    /// Position in that frame.
    pub corners_in_frame: Quad,
}

/// The cards that a decider holds to be there. A recognizer of videos may reuse what it read
/// of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KnownCards {
    /// Those that the last frame supports, at their places in that frame. In full-frame mode
    /// there is at most one.
    pub supported: Vec<TrackedCard>,
    /// The number of those that the last frame does not support.
    pub missing: usize,
}

/// A card whose look in a frame is the one that was read before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReusedReading {
    /// The identity of the card in [`KnownCards`], or nothing where it was read several times
    /// that there is no card.
    pub id: Option<u64>,
    /// What was read before, at its place in this frame.
    pub observation: Observation,
}

/// What a frame of a video says. Only what was read in this frame is evidence for a new card.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence<'a> {
    /// What was read in this frame.
    pub observations: &'a [Observation],
    /// What looks as it did when it was read.
    pub reused: &'a [ReusedReading],
    /// The identities of the cards that looked as before when they were read again, but whose
    /// name was not read again. What was reused since the last reading is void.
    pub refuted: &'a [u64],
}

/// A card of auto mode that was confirmed or dropped.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CardChange {
    /// The card was confirmed.
    Appeared(TrackedCard),
    /// The card expired.
    Gone(Card),
}

/// An outline in the last frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Outline {
    /// In pixels of the frame.
    pub corners_in_frame: Quad,
    pub content: OutlineContent,
}

/// What is known of the inside of an outline.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OutlineContent {
    /// There may be a card, but it cannot be named with enough confidence.
    Unknown,
    /// The card that [`Decision::state`] names. Full-frame mode always reads the same region,
    /// so the outline says nothing about where the card is.
    CardOfState,
    /// This card. The confidence is from 0 to 1.
    Card { card: Card, confidence: f32 },
}

/// What the device reports after a frame, or after a time without one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    pub state: State,
    /// All cards that are seen. A name occurs once for each card that bears it.
    pub cards: Vec<Card>,
    /// In auto mode, what changed since the last decision. Cards that are gone come first.
    pub changes: Vec<CardChange>,
    /// The outlines that were read in the last frame; empty without a frame.
    pub outlines: Vec<Outline>,
}
