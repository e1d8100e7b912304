//! One line about one image: JSON for programs, text for people.

use std::time::Duration;

use common::Corners;
use common::corners::area;
use serde::Serialize;

use crate::config::Mode;
use crate::output::events::{tenths, thousandths};
use crate::recognize::{Recognition, Sighting};

/// What `cardsight classify --json` prints for an image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImageLine<'a> {
    pub file: &'a str,
    /// `full` or `auto`.
    pub mode: &'static str,
    /// Largest first; empty when no card is worth naming.
    pub cards: Vec<CardLine>,
    pub millis: Millis,
}

/// One card in an image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CardLine {
    pub card: String,
    /// Calibrated probability, 0..1.
    pub confidence: f32,
    /// In pixels of the image, clockwise.
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

/// What `cardsight classify --json` prints for an image that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorLine<'a> {
    pub file: &'a str,
    pub error: String,
}

impl<'a> ImageLine<'a> {
    /// Names the cards whose confidence reaches the threshold.
    pub fn new(
        file: &'a str,
        mode: Mode,
        seen: &Recognition,
        decode: Duration,
        threshold: f32,
    ) -> Self {
        let is_named = |sighting: &&Sighting| sighting.confidence >= threshold;
        let mut named: Vec<&Sighting> = seen.sightings.iter().filter(is_named).collect();
        named.sort_by(|a, b| area(&b.corners_in_frame).total_cmp(&area(&a.corners_in_frame)));
        let card = |sighting: &Sighting| CardLine {
            card: sighting.card.to_string(),
            confidence: thousandths(sighting.confidence),
            corners: tenths(&sighting.corners_in_frame),
        };
        Self {
            file,
            mode: mode.name(),
            cards: named.into_iter().map(card).collect(),
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
        let joined = |text: fn(&CardLine) -> String| {
            self.cards.iter().map(text).collect::<Vec<_>>().join(", ")
        };
        let names = joined(|card| card.card.clone());
        let shares = joined(|card| format!("{:.1}", card.confidence * 100.0));
        let answer = match self.cards.is_empty() {
            true => format!("{:<18}        ", "no card"),
            false => format!("{names:<18} {shares:>5} %"),
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
    use crate::recognize::Times;

    fn line(threshold: f32) -> ImageLine<'static> {
        let square = |edge: f32| [[0.0, 0.0], [edge, 0.0], [edge, edge], [0.0, edge]];
        let sighting = |card: &str, confidence, edge| Sighting {
            card: card.parse().unwrap(),
            confidence,
            corners_in_frame: square(edge),
        };
        let seen = Recognition {
            sightings: vec![
                sighting("ace of spades", 0.5, 2.06),
                sighting("two of clubs", 0.75, 4.0),
            ],
            times: Times { classify: Duration::from_micros(5250), ..Times::default() },
        };
        ImageLine::new("a.jpg", Mode::Auto, &seen, Duration::from_millis(2), threshold)
    }

    #[test]
    fn named_cards_have_their_confidence_corners_and_times() {
        assert_eq!(
            serde_json::to_string(&line(0.6)).unwrap(),
            r#"{"file":"a.jpg","mode":"auto","cards":[{"card":"two of clubs","confidence":0.75,"corners":[[0.0,0.0],[4.0,0.0],[4.0,4.0],[0.0,4.0]]}],"millis":{"decode":2.0,"locate":0.0,"prepare":0.0,"classify":5.25}}"#
        );
        assert_eq!(line(0.6).to_text(), "two of clubs        75.0 %     7.2 ms  a.jpg");
    }

    #[test]
    fn the_largest_card_comes_first() {
        let line = line(0.5);
        assert_eq!(line.cards[1].corners[2], [2.1, 2.1]);
        let wanted = "two of clubs, ace of spades 75.0, 50.0 %     7.2 ms  a.jpg";
        assert_eq!(line.to_text(), wanted);
    }

    #[test]
    fn below_the_threshold_nothing_is_named() {
        assert!(line(0.8).cards.is_empty());
        assert!(line(0.8).to_text().starts_with("no card"));
    }
}
