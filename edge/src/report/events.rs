//! One JSON line per change of state.

use jiff::Timestamp;
use serde::Serialize;

use crate::decide::State;

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

/// Rounds to three places: more would be noise.
pub fn thousandths(value: f32) -> f32 {
    (value * 1000.0).round() / 1000.0
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
    fn without_a_card_there_is_none_in_the_line() {
        let wanted = r#"{"time":"1970-01-01T00:00:01.500Z","state":"searching"}"#;
        assert_eq!(json(&State::Searching), wanted);
    }
}
