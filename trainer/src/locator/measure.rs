//! Measures how many cards of freshly drawn scenes a locator finds, and how exactly.

use common::model::{Locator, ModelError};
use common::{Card, Quad};
use rayon::prelude::*;
use renderer::scene::{Scene, SceneOptions, draw_scene, texture};

/// The largest number of cards in a measured scene.
const MOST_MEASURED_CARDS: usize = 8;

/// An answer is exact when each of its corners is nearer to the right one than this share of the
/// card's diagonal.
const EXACT_SHARE: f32 = 0.02;

/// An answer belongs to a card when each of its corners is nearer than this share of the card's
/// diagonal.
const FOUND_SHARE: f32 = 0.15;

/// What a locator found in drawn scenes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LocatorScore {
    pub cards: usize,
    /// Cards with an answer that belongs to them.
    pub found: usize,
    /// Cards with an answer whose corners are all within 2 % of the card's diagonal.
    pub exact: usize,
    /// Answers that belong to no card.
    pub invented: usize,
}

/// Measures a locator on scenes with one to eight cards on every kind of table top, each `rounds`
/// times: the score of the detector alone, and that with the refiner.
///
/// # Errors
/// A network can't be run.
pub fn measure(locator: &Locator, rounds: u64) -> Result<[LocatorScore; 2], ModelError> {
    let tables: Vec<(u64, usize)> = (0..rounds)
        .flat_map(|round| (0..texture::COUNT).map(move |table| (round, table)))
        .collect();
    tables
        .into_par_iter()
        .map(|(round, table)| measure_scene(locator, &scene(round, table)))
        .try_reduce(Default::default, |[a, b], [c, d]| Ok([a.plus(c), b.plus(d)]))
}

fn measure_scene(locator: &Locator, scene: &Scene) -> Result<[LocatorScore; 2], ModelError> {
    let cards: Vec<Quad> = scene.cards.iter().map(|card| card.corners_in_frame).collect();
    let detected = locator.detect(&scene.image)?;
    let refined = locator.locate(&scene.image)?;
    Ok([LocatorScore::count(&cards, &detected), LocatorScore::count(&cards, &refined)])
}

impl LocatorScore {
    fn count(cards: &[Quad], answers: &[Quad]) -> Self {
        let count_within = |share: f32| {
            cards.iter().filter(|card| answers.iter().any(|a| is_within(share, **card, *a))).count()
        };
        Self {
            cards: cards.len(),
            found: count_within(FOUND_SHARE),
            exact: count_within(EXACT_SHARE),
            invented: answers
                .iter()
                .filter(|answer| !cards.iter().any(|card| is_within(FOUND_SHARE, *card, **answer)))
                .count(),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            cards: self.cards + other.cards,
            found: self.found + other.found,
            exact: self.exact + other.exact,
            invented: self.invented + other.invented,
        }
    }
}

/// A drawn scene, which follows from the two numbers alone.
fn scene(round: u64, table: usize) -> Scene {
    let seed = 0x5ce_0000 + round * 1000 + table as u64;
    let count = 1 + (seed as usize * 7) % MOST_MEASURED_CARDS;
    let deck: Vec<Card> = Card::all().collect();
    let cards: Vec<Card> = (0..count).map(|i| deck[(seed as usize + 5 * i) % deck.len()]).collect();
    let card_height = if count > 4 { 0.2..0.3 } else { 0.3..0.42 };
    let options = SceneOptions { texture: Some(table), card_height, ..SceneOptions::default() };
    draw_scene(&cards, &options, seed)
}

/// Whether each corner of an answer is nearer to the card's than a share of the card's diagonal,
/// with either end of the card as its top.
fn is_within(share: f32, card: Quad, answer: Quad) -> bool {
    let distance = card
        .largest_corner_distance(answer)
        .min(card.largest_corner_distance(answer.half_turned()));
    distance < share * card.diagonal()
}
