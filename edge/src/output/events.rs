//! One JSON line per change: of the state, and in auto mode of a card.

use common::Corners;
use jiff::Timestamp;
use serde::Serialize;

use crate::decide::State;
use crate::decide::tracker::{CardChange, TrackedCard};

/// A change of state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// RFC 3339, UTC.
    pub time: String,
    /// `searching`, `unsure`, `seen` or `fault`.
    pub state: &'static str,
    /// The card that is seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// Its calibrated probability, 0..1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
}

impl Event {
    /// The state began at this time.
    pub fn new(state: &State, time: Timestamp) -> Self {
        let confidence = state.confidence().map(thousandths);
        let card = state.card().map(|card| card.to_string());
        Self { time: format!("{time:.3}"), state: state.name(), card, confidence }
    }
}

/// A card that has appeared or is gone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CardEvent {
    /// RFC 3339, UTC.
    pub time: String,
    /// `appeared` or `gone`.
    pub event: &'static str,
    pub card: String,
    /// Its calibrated probability, 0..1, when it has appeared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// Where it has appeared, in pixels of the frame, clockwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corners: Option<Corners>,
}

impl CardEvent {
    /// The change came at this time.
    pub fn new(change: &CardChange, time: Timestamp) -> Self {
        let time = format!("{time:.3}");
        match change {
            CardChange::Appeared(TrackedCard { card, confidence, corners_in_frame, .. }) => Self {
                time,
                event: "appeared",
                card: card.to_string(),
                confidence: Some(thousandths(*confidence)),
                corners: Some(tenths(corners_in_frame)),
            },
            CardChange::Gone(card) => Self {
                time,
                event: "gone",
                card: card.to_string(),
                confidence: None,
                corners: None,
            },
        }
    }
}

/// Rounds to three places: more would be noise.
pub fn thousandths(value: f32) -> f32 {
    (value * 1000.0).round() / 1000.0
}

/// Rounds pixels to tenths: a card's edge is not known better.
pub fn tenths(corners: &Corners) -> Corners {
    corners.map(|corner| corner.map(|at| (at * 10.0).round() / 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(state: &State) -> String {
        let time = Timestamp::from_millisecond(1_500).unwrap();
        serde_json::to_string(&Event::new(state, time)).unwrap()
    }

    #[test]
    fn a_seen_card_is_named_with_its_confidence() {
        let state = State::Seen { card: "ace of spades".parse().unwrap(), confidence: 0.98765 };
        assert_eq!(
            json(&state),
            r#"{"time":"1970-01-01T00:00:01.500Z","state":"seen","card":"ace of spades","confidence":0.988}"#
        );
    }

    #[test]
    fn cards_appear_somewhere_and_go() {
        let card = "ace of spades".parse().unwrap();
        let corners_in_frame = [[1.0, 2.04], [3.0, 2.0], [3.0, 5.0], [1.0, 5.0]];
        let steady = TrackedCard { id: 7, card, confidence: 0.98765, corners_in_frame };
        let json = |change| {
            let time = Timestamp::from_millisecond(1_500).unwrap();
            serde_json::to_string(&CardEvent::new(&change, time)).unwrap()
        };
        assert_eq!(
            json(CardChange::Appeared(steady)),
            r#"{"time":"1970-01-01T00:00:01.500Z","event":"appeared","card":"ace of spades","confidence":0.988,"corners":[[1.0,2.0],[3.0,2.0],[3.0,5.0],[1.0,5.0]]}"#
        );
        assert_eq!(
            json(CardChange::Gone(card)),
            r#"{"time":"1970-01-01T00:00:01.500Z","event":"gone","card":"ace of spades"}"#
        );
    }

    #[test]
    fn without_a_card_there_is_none_in_the_line() {
        let wanted = r#"{"time":"1970-01-01T00:00:01.500Z","state":"searching"}"#;
        assert_eq!(json(&State::Searching), wanted);
    }
}
