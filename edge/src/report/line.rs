//! One line about one picture: JSON for programs, text for people.

use std::time::Duration;

use common::Corners;
use serde::Serialize;

use crate::recognize::Recognition;
use crate::report::events::thousandths;

/// What `edge classify --json` prints for a picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PictureLine<'a> {
    pub file: &'a str,
    pub mode: &'static str,
    /// Empty when no card is worth naming.
    pub cards: Vec<CardLine>,
    pub millis: Millis,
}

/// One card in a picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CardLine {
    pub card: String,
    /// Calibrated probability, 0..1.
    pub confidence: f32,
    /// In pixels of the picture, clockwise.
    pub corners: Corners,
}

/// Milliseconds spent in each step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Millis {
    pub decode: f64,
    pub locate: f64,
    pub prepare: f64,
    pub classify: f64,
}

/// What `edge classify --json` prints for a picture that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorLine<'a> {
    pub file: &'a str,
    pub error: String,
}

impl<'a> PictureLine<'a> {
    /// Names the card if its confidence reaches the threshold.
    pub fn new(file: &'a str, seen: &Recognition, decode: Duration, threshold: f32) -> Self {
        let card = CardLine {
            card: seen.observation.card.to_string(),
            confidence: thousandths(seen.observation.confidence),
            corners: seen.corners_in_frame,
        };
        let is_named = seen.observation.confidence >= threshold;
        Self {
            file,
            mode: "full",
            cards: is_named.then_some(card).into_iter().collect(),
            millis: Millis {
                decode: millis(decode),
                locate: millis(seen.times.locate),
                prepare: millis(seen.times.prepare),
                classify: millis(seen.times.classify),
            },
        }
    }

    /// The same for people.
    pub fn to_text(&self) -> String {
        let answer = match self.cards.first() {
            Some(card) => format!("{:<18} {:5.1} %", card.card, card.confidence * 100.0),
            None => format!("{:<18}        ", "no card"),
        };
        let Millis { decode, locate, prepare, classify } = self.millis;
        format!("{answer}  {:6.1} ms  {}", decode + locate + prepare + classify, self.file)
    }
}

/// To microseconds: the clock is not finer than that.
fn millis(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::Observation;
    use crate::recognize::Times;

    fn line(threshold: f32) -> PictureLine<'static> {
        let seen = Recognition {
            observation: Observation { card: "two of clubs".parse().unwrap(), confidence: 0.75 },
            corners_in_frame: [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]],
            times: Times { classify: Duration::from_micros(5250), ..Times::default() },
        };
        PictureLine::new("a.jpg", &seen, Duration::from_millis(2), threshold)
    }

    #[test]
    fn a_named_card_has_its_confidence_corners_and_times() {
        assert_eq!(
            serde_json::to_string(&line(0.5)).unwrap(),
            r#"{"file":"a.jpg","mode":"full","cards":[{"card":"two of clubs","confidence":0.75,"corners":[[0.0,0.0],[4.0,0.0],[4.0,4.0],[0.0,4.0]]}],"millis":{"decode":2.0,"locate":0.0,"prepare":0.0,"classify":5.25}}"#
        );
    }

    #[test]
    fn below_the_threshold_nothing_is_named() {
        assert!(line(0.8).cards.is_empty());
        assert!(line(0.8).to_text().starts_with("no card"));
    }
}
