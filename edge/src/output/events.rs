//! The JSON lines of `cardsight run`: one for each change of the state, and in auto mode one
//! for each change of a card.

use common::Quad;
use jiff::Timestamp;
use serde::Serialize;

use crate::decide::{CardChange, State, TrackedCard};
use crate::output::round_corners;
use crate::util::round::to_thousandths;

/// A change of the state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct StateEvent {
    /// RFC 3339, UTC.
    pub(crate) time: String,
    /// `searching`, `unsure`, `seen` or `fault`.
    pub(crate) state: &'static str,
    /// The card that is seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) card: Option<String>,
    /// The calibrated probability of the card, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confidence: Option<f32>,
}

impl StateEvent {
    /// Creates the event of a state that begins at this time.
    pub(crate) fn new(state: &State, time: Timestamp) -> Self {
        let confidence = state.confidence().map(to_thousandths);
        let card = state.card().map(|card| card.to_string());
        Self { time: format!("{time:.3}"), state: state.name(), card, confidence }
    }
}

/// A card that has appeared or is gone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct CardEvent {
    /// RFC 3339, UTC.
    pub(crate) time: String,
    /// `appeared` or `gone`.
    pub(crate) event: &'static str,
    pub(crate) card: String,
    /// The calibrated probability, 0 to 1, of a card that has appeared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confidence: Option<f32>,
    /// The corners of a card that has appeared, clockwise in pixels of the frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) corners: Option<Quad>,
}

impl CardEvent {
    /// Creates the event of a change at this time.
    pub(crate) fn new(change: &CardChange, time: Timestamp) -> Self {
        let time = format!("{time:.3}");
        match change {
            CardChange::Appeared(TrackedCard { card, confidence, corners_in_frame, .. }) => Self {
                time,
                event: "appeared",
                card: card.to_string(),
                confidence: Some(to_thousandths(*confidence)),
                corners: Some(round_corners(*corners_in_frame)),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn json(state: &State) -> String {
        let time = Timestamp::from_millisecond(1_500).unwrap();
        serde_json::to_string(&StateEvent::new(state, time)).unwrap()
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
    fn a_card_appears_with_its_corners_and_goes() {
        let card = "ace of spades".parse().unwrap();
        let corners_in_frame = Quad::from([[1.0, 2.04], [3.0, 2.0], [3.0, 5.0], [1.0, 5.0]]);
        let tracked = TrackedCard { id: 7, card, confidence: 0.98765, corners_in_frame };
        let json = |change| {
            let time = Timestamp::from_millisecond(1_500).unwrap();
            serde_json::to_string(&CardEvent::new(&change, time)).unwrap()
        };
        assert_eq!(
            json(CardChange::Appeared(tracked)),
            r#"{"time":"1970-01-01T00:00:01.500Z","event":"appeared","card":"ace of spades","confidence":0.988,"corners":[[1.0,2.0],[3.0,2.0],[3.0,5.0],[1.0,5.0]]}"#
        );
        assert_eq!(
            json(CardChange::Gone(card)),
            r#"{"time":"1970-01-01T00:00:01.500Z","event":"gone","card":"ace of spades"}"#
        );
    }

    #[test]
    fn a_state_without_a_card_has_no_card_in_its_line() {
        let expected = r#"{"time":"1970-01-01T00:00:01.500Z","state":"searching"}"#;
        assert_eq!(json(&State::Searching), expected);
    }
}
