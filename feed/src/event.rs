//! Events: what has changed. `cardsight run --json` prints the same lines.

use serde::{Deserialize, Serialize};

/// A change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Event {
    State(StateEvent),
    Card(CardEvent),
}

/// A change of the state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateEvent {
    /// RFC 3339, UTC.
    pub time: String,
    /// `searching`, `unsure`, `seen` or `fault`.
    pub state: String,
    /// The card that is seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// The calibrated probability of the card, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
}

/// A card that has appeared or is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CardEvent {
    /// RFC 3339, UTC.
    pub time: String,
    /// `appeared` or `gone`.
    pub event: String,
    pub card: String,
    /// The calibrated probability, 0 to 1, of a card that has appeared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// The corners of a card that has appeared, clockwise in pixels of the frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corners: Option<[[f32; 2]; 4]>,
}

impl Event {
    /// Returns the time of the change, RFC 3339, UTC.
    pub fn time(&self) -> &str {
        match self {
            Event::State(event) => &event.time,
            Event::Card(event) => &event.time,
        }
    }
}
