//! Crops: cards of composed scenes as the device cuts them out of a frame. The locator outlines
//! them, with its errors, and what covers a card in the scene covers it in the crop.

use common::model::{Locator, ModelError};
use common::rectify::{FrameFromUnit, rectify};
use common::{Card, Point, Quad, Rect};
use image::RgbImage;
use rand::RngExt;
use rand_pcg::Pcg64;

use crate::locator::scene::{SceneCard, TrainingScene};

/// An outline belongs to the card that it overlaps most if the overlap, as intersection over
/// union, is at least this large.
const SAME_CARD_OVERLAP: f32 = 0.6;

/// An outline shows no card if it overlaps every card less than this.
const NO_CARD_OVERLAP: f32 = 0.3;

/// An outline that overlaps a place where there may be unlabelled cards more than this is not
/// used.
const UNKNOWN_OVERLAP: f32 = 0.05;

/// Visible share of an index from which on it can be read.
const LEGIBLE_INDEX: f32 = 0.85;

/// Visible share of a card from which on it can be read without an index.
const LEGIBLE_CARD: f32 = 0.8;

/// Visible shares of an index and of the card up to which nobody can read the card.
const ILLEGIBLE_INDEX: f32 = 0.4;
const ILLEGIBLE_CARD: f32 = 0.35;

/// Cards with a short side below this number of pixels are not used.
const LEAST_SHORT_SIDE: f32 = 22.0;

/// The chance that a legible card without an outline is cut out by its true corners.
const MISSED_CHANCE: f64 = 0.5;

/// How far the corners of such a crop are moved at random, over the card's diagonal.
const MISSED_CORNER_ERROR: f32 = 0.02;

/// A rectified outline.
#[derive(Clone, Debug)]
pub struct Crop {
    /// A square.
    pub image: RgbImage,
    /// The card, or `None` where nobody could name one.
    pub label: Option<Card>,
}

/// The crops of a scene, each of `side`×`side` pixels. Outlines of which it is doubtful what they
/// show are left out.
///
/// # Errors
/// A network fails.
pub fn crops_of_scene(
    locator: &Locator,
    scene: &TrainingScene,
    side: u32,
    rng: &mut Pcg64,
) -> Result<Vec<Crop>, ModelError> {
    let outlines = locator.locate(&scene.image)?;
    let mut is_found = vec![false; scene.cards.len()];
    let mut crops = Vec::new();
    for outline in outlines {
        let shown = shown_in(scene, outline);
        if let Shown::Card(number) = shown {
            is_found[number] = true;
        }
        if let Some(label) = shown.label(scene) {
            crops.push(Crop { image: rectify(&scene.image, outline, side), label });
        }
    }
    for (card, is_found) in scene.cards.iter().zip(is_found) {
        if !is_found
            && card.is_exact
            && rng.random_bool(MISSED_CHANCE)
            && let Some(Some(name)) = label_of(card)
        {
            let outline = moved_at_random(card.corners, rng);
            crops.push(Crop { image: rectify(&scene.image, outline, side), label: Some(name) });
        }
    }
    Ok(crops)
}

/// What an outline shows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shown {
    /// The card of this number in the scene.
    Card(usize),
    NoCard,
    Doubtful,
}

impl Shown {
    /// The label of a crop; `None` where it is doubtful.
    fn label(self, scene: &TrainingScene) -> Option<Option<Card>> {
        match self {
            Shown::Card(number) => label_of(&scene.cards[number]),
            Shown::NoCard => Some(None),
            Shown::Doubtful => None,
        }
    }
}

fn shown_in(scene: &TrainingScene, outline: Quad) -> Shown {
    let overlaps = scene.cards.iter().map(|card| card.corners.intersection_over_union(outline));
    let best = overlaps.enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
    match best {
        Some((number, overlap)) if overlap >= SAME_CARD_OVERLAP => Shown::Card(number),
        Some((_, overlap)) if overlap >= NO_CARD_OVERLAP => Shown::Doubtful,
        _ if scene.unknown.iter().any(|place| is_near(*place, outline)) => Shown::Doubtful,
        _ => Shown::NoCard,
    }
}

fn is_near(place: Rect, outline: Quad) -> bool {
    place.to_quad().intersection_over_union(outline) > UNKNOWN_OVERLAP
}

/// The label of a card: its name where it is legible, no card where it is not, and `None` where
/// that is doubtful.
fn label_of(card: &SceneCard) -> Option<Option<Card>> {
    let [a, b, _, d] = card.corners.corners;
    if a.distance(b).min(a.distance(d)) < LEAST_SHORT_SIDE {
        return None;
    }
    if card.index_visible >= LEGIBLE_INDEX || card.visible >= LEGIBLE_CARD {
        return card.card.map(Some);
    }
    let is_illegible = card.index_visible <= ILLEGIBLE_INDEX && card.visible <= ILLEGIBLE_CARD;
    is_illegible.then_some(None)
}

/// A card's outline with small errors, and with either end of the card as its top.
fn moved_at_random(corners: Quad, rng: &mut Pcg64) -> Quad {
    let frame_from_unit = FrameFromUnit::new(corners);
    let mut error = || rng.random_range(-MISSED_CORNER_ERROR..MISSED_CORNER_ERROR);
    let moved = Quad::UNIT
        .map(|corner| frame_from_unit.map(Point::new(corner.x + error(), corner.y + error())));
    if rng.random_bool(0.5) { moved } else { moved.half_turned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(left: f32, visible: f32, index_visible: f32) -> SceneCard {
        let corners = Rect::new(left, 10.0, 63.0, 88.0).to_quad();
        SceneCard {
            corners,
            centre: Point::new(left, 50.0),
            visible,
            is_exact: true,
            index_visible,
            card: Some(Card::Joker),
        }
    }

    fn scene(cards: Vec<SceneCard>, unknown: Vec<Rect>) -> TrainingScene {
        TrainingScene { image: RgbImage::new(400, 120), cards, unknown }
    }

    #[test]
    fn a_card_is_named_where_its_index_or_most_of_it_is_visible() {
        assert_eq!(label_of(&card(0.0, 0.2, 0.95)), Some(Some(Card::Joker)));
        assert_eq!(label_of(&card(0.0, 0.9, 0.0)), Some(Some(Card::Joker)));
        assert_eq!(label_of(&card(0.0, 0.2, 0.1)), Some(None));
        assert_eq!(label_of(&card(0.0, 0.6, 0.6)), None);
    }

    #[test]
    fn an_outline_shows_the_card_that_it_overlaps_most() {
        let scene = scene(
            vec![card(0.0, 1.0, 1.0), card(12.0, 1.0, 1.0)],
            vec![Rect::new(300.0, 10.0, 63.0, 88.0)],
        );
        let at = |left: f32| shown_in(&scene, Rect::new(left, 10.0, 63.0, 88.0).to_quad());
        assert_eq!(at(11.0), Shown::Card(1));
        assert_eq!(at(1.0), Shown::Card(0));
        assert_eq!(at(45.0), Shown::Doubtful);
        assert_eq!(at(150.0), Shown::NoCard);
        assert_eq!(at(310.0), Shown::Doubtful);
    }
}
