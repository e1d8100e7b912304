//! Which of the cards that were read in a frame are the same card, read twice.
//!
//! The complete outlines of neighbours in a dense row or in a fan overlap, so only the names show
//! whether two outlines are one card. The constants were chosen on photographs.

use common::{Card, Point, Quad};

use crate::decide::Observation;
use crate::recognize::locate::Located;

/// Two outlines with the same name that overlap more than this, as intersection over union, are
/// one card: two equal cards hardly ever lie on each other.
const SAME_NAME_OVERLAP: f32 = 0.1;

/// Of two outlines with different names that overlap more than this, the second one is a misreading
/// of the first card unless it is sure, or the detector sees both cards in different places.
const OTHER_NAME_OVERLAP: f32 = 0.5;

/// What is visible of two cards is in different places if its middles are farther apart than this, over
/// the square root of a card's area: the least step of a dense row or a fan.
const OTHER_PLACE: f32 = 0.125;

/// Neighbours in a row or a fan have nearly the same size: the least area of one over that of the other.
const LIKE_AREA: f32 = 0.8;

/// The least confidence of a sure reading.
const SURE: f32 = 0.95;

/// An outline is a part of another one that has at least this many times its area, and in which at
/// least this share of it lies: a pip or an index of a card.
const WHOLE_AREA: f32 = 3.0;
const PART_INSIDE: f32 = 0.7;

/// What was read in an outline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct NamedOutline {
    /// In pixels of the complete frame; parts may lie outside.
    pub(crate) outline: Quad,
    /// The middle of what is visible of the card.
    pub(crate) visible_middle: Point,
    pub(crate) card: Card,
    /// Calibrated probability, 0 to 1.
    pub(crate) confidence: f32,
    /// Whether it is known from earlier frames.
    pub(crate) is_known: bool,
}

impl NamedOutline {
    /// Takes the card and the confidence of an observation at this place.
    pub(crate) fn new(located: Located, observation: &Observation, is_known: bool) -> Self {
        let Located { outline, visible_middle, .. } = located;
        let &Observation { card, confidence, .. } = observation;
        Self { outline, visible_middle, card, confidence, is_known }
    }

    /// Returns whether this one is of the card that a better one names.
    fn repeats(&self, better: &Self) -> bool {
        let overlap = self.outline.intersection_over_union(better.outline);
        if self.card == better.card {
            overlap > SAME_NAME_OVERLAP
        } else {
            let is_misread = overlap > OTHER_NAME_OVERLAP && self.confidence < SURE;
            is_misread && !self.is_seen_apart_from(better)
        }
    }

    /// Returns whether this one and the other one look like neighbours, which the detector sees in
    /// different places.
    fn is_seen_apart_from(&self, other: &Self) -> bool {
        let apart = self.visible_middle.distance(other.visible_middle);
        let (a, b) = (self.outline.area(), other.outline.area());
        apart > OTHER_PLACE * a.max(0.0).sqrt() && a.min(b) > LIKE_AREA * a.max(b)
    }

    /// Returns whether this one is a part of a card that is larger.
    fn is_part_of(&self, whole: &Self) -> bool {
        let area = self.outline.area();
        whole.outline.area() >= WHOLE_AREA * area
            && whole.outline.intersection_area(self.outline) > PART_INSIDE * area
    }
}

/// Returns for each outline whether it is of a card that another outline names better: one that is
/// known, or else one with more confidence. A reading that is not sure also repeats a larger card,
/// of which it is a part, if the detector is more certain of that one.
///
/// `outlines`: those of a frame, the most certain one for the detector first.
pub(crate) fn find_repeats(outlines: &[NamedOutline]) -> Vec<bool> {
    let is_part = |at: usize| {
        let part = &outlines[at];
        let is_sure = part.is_known || part.confidence >= SURE;
        !is_sure && outlines[..at].iter().any(|whole| part.is_part_of(whole))
    };
    let mut best_first: Vec<usize> = (0..outlines.len()).filter(|&at| !is_part(at)).collect();
    best_first.sort_by(|&a, &b| {
        let (a, b) = (&outlines[a], &outlines[b]);
        b.is_known.cmp(&a.is_known).then(b.confidence.total_cmp(&a.confidence))
    });
    let mut kept: Vec<usize> = Vec::with_capacity(outlines.len());
    for at in best_first {
        if !kept.iter().any(|&better| outlines[at].repeats(&outlines[better])) {
            kept.push(at);
        }
    }
    (0..outlines.len()).map(|at| !kept.contains(&at)).collect()
}

#[cfg(test)]
mod tests {
    use common::Rect;

    use super::*;

    /// A card of 50×70 pixels.
    fn named(left: f32, name: &str, confidence: f32) -> NamedOutline {
        let outline = Rect::new(left, 0.0, 50.0, 70.0).to_quad();
        NamedOutline {
            outline,
            visible_middle: outline.centre(),
            card: name.parse().unwrap(),
            confidence,
            is_known: false,
        }
    }

    #[test]
    fn a_shifted_outline_with_the_same_name_is_the_same_card() {
        let cards = [named(30.0, "ace of spades", 0.8), named(0.0, "ace of spades", 0.9)];
        assert_eq!(find_repeats(&cards), [true, false]);
        let apart = [named(60.0, "ace of spades", 0.8), named(0.0, "ace of spades", 0.9)];
        assert_eq!(find_repeats(&apart), [false, false]);
    }

    #[test]
    fn neighbours_in_a_fan_are_kept_if_both_are_sure_or_seen_apart() {
        let fan = |step, confidence| {
            find_repeats(&[
                named(0.0, "ace of spades", 0.97),
                named(step, "two of spades", confidence),
                named(60.0, "three of spades", 0.7),
            ])
        };
        assert_eq!(fan(6.0, 0.96), [false, false, false]);
        assert_eq!(fan(6.0, 0.8), [false, true, false]);
        assert_eq!(fan(9.0, 0.8), [false, false, false]);
    }

    #[test]
    fn a_part_of_an_outline_that_the_detector_sees_elsewhere_is_a_misreading() {
        let upper = Rect::new(0.0, 0.0, 50.0, 50.0).to_quad();
        let upper = NamedOutline {
            outline: upper,
            visible_middle: upper.centre(),
            ..named(0.0, "four of clubs", 0.91)
        };
        assert_eq!(find_repeats(&[named(0.0, "six of clubs", 0.99), upper]), [false, true]);
    }

    #[test]
    fn a_pip_of_a_card_is_no_card_unless_it_is_sure() {
        let card = named(0.0, "ten of clubs", 0.4);
        let pip = |confidence| NamedOutline {
            outline: Rect::new(20.0, 20.0, 10.0, 14.0).to_quad(),
            ..named(0.0, "joker", confidence)
        };
        assert_eq!(find_repeats(&[card, pip(0.9)]), [false, true]);
        assert_eq!(find_repeats(&[card, pip(0.97)]), [false, false]);
        assert_eq!(find_repeats(&[pip(0.9), card]), [false, false], "the detector prefers it");
    }

    #[test]
    fn a_known_card_comes_before_a_new_name() {
        let known = NamedOutline { is_known: true, ..named(0.0, "ace of spades", 0.7) };
        assert_eq!(find_repeats(&[named(5.0, "two of spades", 0.8), known]), [true, false]);
    }
}
