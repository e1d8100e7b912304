//! The lines of `cardsight classify`: JSON for programs, text for people.

use std::time::Duration;

use common::Quad;
use serde::Serialize;

use crate::decide::{Mode, Observation, Policy};
use crate::output::round_corners;
use crate::recognize::Recognition;
use crate::util::round::to_thousandths;

/// The line about an image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ImageLine<'a> {
    pub(crate) file: &'a str,
    /// `full` or `auto`.
    pub(crate) mode: &'static str,
    /// The cards that are named, the largest first.
    pub(crate) cards: Vec<CardLine>,
    /// The cards whose confidence is too low for that, as far as it is not very low: the largest
    /// first, each with its likeliest name.
    pub(crate) unsure: Vec<CardLine>,
    pub(crate) millis: StageMillis,
}

/// A card in an image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct CardLine {
    pub(crate) card: String,
    /// Calibrated probability, 0 to 1.
    pub(crate) confidence: f32,
    /// Clockwise, in pixels of the image.
    pub(crate) corners: Quad,
}

/// Milliseconds of each stage.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct StageMillis {
    decode: f64,
    locate: f64,
    prepare: f64,
    classify: f64,
}

/// The line about an image that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ErrorLine<'a> {
    pub(crate) file: &'a str,
    pub(crate) error: String,
}

impl<'a> ImageLine<'a> {
    /// Names the cards whose confidence is at least `policy.enter`; those below, down to
    /// `policy.leave`, are unsure. `decode` is the time that reading the image took.
    pub(crate) fn new(
        file: &'a str,
        mode: Mode,
        recognition: &Recognition,
        decode: Duration,
        policy: &Policy,
    ) -> Self {
        let mut observations: Vec<&Observation> = recognition.observations.iter().collect();
        observations.retain(|observation| observation.confidence >= policy.leave);
        observations
            .sort_by(|a, b| b.corners_in_frame.area().total_cmp(&a.corners_in_frame.area()));
        let (named, unsure): (Vec<&Observation>, Vec<&Observation>) = observations
            .into_iter()
            .partition(|observation| observation.confidence >= policy.enter);
        let stages = recognition.durations;
        Self {
            file,
            mode: mode.name(),
            cards: named.into_iter().map(CardLine::from).collect(),
            unsure: unsure.into_iter().map(CardLine::from).collect(),
            millis: StageMillis {
                decode: millis(decode),
                locate: millis(stages.locate.wall),
                prepare: millis(stages.prepare.wall),
                classify: millis(stages.classify.wall),
            },
        }
    }

    /// Returns the line for people.
    pub(crate) fn to_text(&self) -> String {
        let answer = match (self.cards.as_slice(), self.unsure.as_slice()) {
            ([], []) => format!("{:<18}        ", "no card"),
            ([], unsure) => format!("unsure: {}", names_and_percents(unsure)),
            (cards, []) => names_and_percents(cards),
            (cards, unsure) => {
                format!("{}, unsure: {}", names_and_percents(cards), names_and_percents(unsure))
            }
        };
        format!("{answer}  {:6.1} ms  {}", self.millis.total(), self.file)
    }
}

/// Returns the names, and after them the confidences in percent.
fn names_and_percents(cards: &[CardLine]) -> String {
    let names = join(cards, |card| card.card.clone());
    let percents = join(cards, |card| format!("{:.1}", card.confidence * 100.0));
    format!("{names:<18} {percents:>5} %")
}

fn join(cards: &[CardLine], text: fn(&CardLine) -> String) -> String {
    cards.iter().map(text).collect::<Vec<_>>().join(", ")
}

impl From<&Observation> for CardLine {
    fn from(observation: &Observation) -> Self {
        Self {
            card: observation.card.to_string(),
            confidence: to_thousandths(observation.confidence),
            corners: round_corners(observation.corners_in_frame),
        }
    }
}

impl StageMillis {
    fn total(&self) -> f64 {
        self.decode + self.recognition()
    }

    /// Returns the time without reading the image.
    pub(crate) fn recognition(&self) -> f64 {
        self.locate + self.prepare + self.classify
    }
}

/// Rounds to microseconds.
fn millis(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use common::{Point, Rect};

    use super::*;
    use crate::recognize::StageDurations;
    use crate::util::elapsed::Elapsed;

    fn line(enter: f32, leave: f32) -> ImageLine<'static> {
        let square = |side: f32| Rect::new(0.0, 0.0, side, side).to_quad();
        let observation = |card: &str, confidence, edge| Observation {
            card: card.parse().unwrap(),
            confidence,
            corners_in_frame: square(edge),
        };
        let recognition = Recognition {
            observations: vec![
                observation("ace of spades", 0.5, 2.06),
                observation("two of clubs", 0.75, 4.0),
            ],
            durations: StageDurations {
                classify: Elapsed { wall: Duration::from_micros(5250), ..Elapsed::default() },
                ..StageDurations::default()
            },
            ..Recognition::default()
        };
        let policy = Policy { enter, leave, agreeing_frames: 1, expire: Duration::ZERO };
        ImageLine::new("a.jpg", Mode::Auto, &recognition, Duration::from_millis(2), &policy)
    }

    #[test]
    fn named_cards_have_their_confidence_corners_and_times() {
        let line = line(0.6, 0.55);
        assert_eq!(
            serde_json::to_string(&line).unwrap(),
            r#"{"file":"a.jpg","mode":"auto","cards":[{"card":"two of clubs","confidence":0.75,"corners":[[0.0,0.0],[4.0,0.0],[4.0,4.0],[0.0,4.0]]}],"unsure":[],"millis":{"decode":2.0,"locate":0.0,"prepare":0.0,"classify":5.25}}"#
        );
        assert_eq!(line.to_text(), "two of clubs        75.0 %     7.2 ms  a.jpg");
    }

    #[test]
    fn the_largest_card_comes_first() {
        let line = line(0.5, 0.4);
        assert_eq!(line.cards[1].corners.corners[2], Point::new(2.1, 2.1));
        let expected = "two of clubs, ace of spades 75.0, 50.0 %     7.2 ms  a.jpg";
        assert_eq!(line.to_text(), expected);
    }

    #[test]
    fn a_card_between_the_thresholds_is_unsure() {
        let line = line(0.6, 0.4);
        assert_eq!(line.unsure[0].card, "ace of spades");
        let expected =
            "two of clubs        75.0 %, unsure: ace of spades       50.0 %     7.2 ms  a.jpg";
        assert_eq!(line.to_text(), expected);
    }

    #[test]
    fn below_both_thresholds_there_is_no_card() {
        let line = line(0.9, 0.8);
        assert!(line.cards.is_empty() && line.unsure.is_empty());
        assert!(line.to_text().starts_with("no card"));
    }
}
