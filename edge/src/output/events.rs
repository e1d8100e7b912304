//! The JSON lines of `cardsight run`: one for each change of the state, and in auto mode one
//! for each change of a card.

use feed::{CardEvent, Event, StateEvent};
use jiff::Timestamp;

use crate::decide::{CardChange, State, TrackedCard};
use crate::output::round_corners;
use crate::util::round::to_thousandths;

/// Returns the event of a state that begins at this time.
pub(crate) fn state_event(state: &State, time: Timestamp) -> Event {
    Event::State(StateEvent {
        time: format!("{time:.3}"),
        state: state.name().to_owned(),
        card: state.card().map(|card| card.to_string()),
        confidence: state.confidence().map(to_thousandths),
    })
}

/// Returns the event of a card that appears or goes at this time.
pub(crate) fn card_event(change: &CardChange, time: Timestamp) -> Event {
    let time = format!("{time:.3}");
    Event::Card(match change {
        CardChange::Appeared(TrackedCard { card, confidence, corners_in_frame, .. }) => CardEvent {
            time,
            event: "appeared".to_owned(),
            card: card.to_string(),
            confidence: Some(to_thousandths(*confidence)),
            corners: Some(round_corners(*corners_in_frame).to_arrays()),
        },
        CardChange::Gone(card) => CardEvent {
            time,
            event: "gone".to_owned(),
            card: card.to_string(),
            confidence: None,
            corners: None,
        },
    })
}

#[cfg(test)]
mod tests {
    use common::Quad;

    use super::*;

    fn json(state: &State) -> String {
        let time = Timestamp::from_millisecond(1_500).unwrap();
        serde_json::to_string(&state_event(state, time)).unwrap()
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
            serde_json::to_string(&card_event(&change, time)).unwrap()
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
