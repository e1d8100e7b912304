//! How many cards of fresh drawn scenes are found, and how exactly.

use common::corners::{diagonal, distance};
use common::model::{Locator, ModelError};
use common::{Card, Corners};
use rayon::prelude::*;
use renderer::scene::{Scene, SceneOptions, draw_scene, texture};

/// Most cards of a scene.
const MOST_CARDS: usize = 8;

/// Corners that are all nearer than this share of the card's diagonal are right.
pub const EXACT: f32 = 0.02;

/// A corner farther off than this share of the diagonal is another card's.
const FOUND: f32 = 0.15;

/// What was made of drawn scenes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LocatorScore {
    pub cards: usize,
    /// Cards with an answer near them.
    pub found: usize,
    /// Cards with an answer whose corners are all within [`EXACT`].
    pub exact: usize,
    /// Answers without a card.
    pub invented: usize,
}

/// One to eight cards on every table top there is, `rounds` times: as the locator finds
/// them at first, and after it has looked closely.
///
/// # Errors
/// A network can't be run.
pub fn measure(locator: &Locator, rounds: u64) -> Result<[LocatorScore; 2], ModelError> {
    let tables = (0..rounds).flat_map(|round| (0..texture::COUNT).map(move |table| (round, table)));
    let count = |(round, table): (u64, usize)| {
        let scene = scene(round, table);
        let cards: Vec<Corners> = scene.cards.iter().map(|card| card.corners_in_frame).collect();
        let at_first = locator.outlines(&scene.image)?;
        let closely = locator.locate(&scene.image)?;
        Ok([LocatorScore::count(&cards, &at_first), LocatorScore::count(&cards, &closely)])
    };
    let tables: Vec<_> = tables.collect();
    let counted = tables.into_par_iter().map(count).collect::<Result<Vec<_>, ModelError>>()?;
    Ok(counted.into_iter().fold(Default::default(), |[a, b], [c, d]| [a.and(c), b.and(d)]))
}

impl LocatorScore {
    fn count(cards: &[Corners], answers: &[Corners]) -> Self {
        let off = |card: &Corners| {
            answers.iter().map(|answer| farthest(card, answer)).fold(f32::MAX, f32::min)
                / diagonal(card)
        };
        let is_card = |answer: &&Corners| {
            cards.iter().any(|card| farthest(card, answer) < FOUND * diagonal(card))
        };
        Self {
            cards: cards.len(),
            found: cards.iter().filter(|card| off(card) < FOUND).count(),
            exact: cards.iter().filter(|card| off(card) < EXACT).count(),
            invented: answers.iter().filter(|answer| !is_card(answer)).count(),
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            cards: self.cards + other.cards,
            found: self.found + other.found,
            exact: self.exact + other.exact,
            invented: self.invented + other.invented,
        }
    }
}

/// A drawn scene: the same for the same numbers.
fn scene(round: u64, table: usize) -> Scene {
    let seed = 0x5ce_0000 + round * 1000 + table as u64;
    let count = 1 + (seed as usize * 7) % MOST_CARDS;
    let deck: Vec<Card> = Card::all().collect();
    let cards: Vec<Card> = (0..count).map(|i| deck[(seed as usize + 5 * i) % deck.len()]).collect();
    let card_height = if count > 4 { 0.2..0.3 } else { 0.3..0.42 };
    let options = SceneOptions { texture: Some(table), card_height, ..SceneOptions::default() };
    draw_scene(&cards, &options, seed)
}

/// The corner that is farthest off, by whichever end of the card is taken for its top.
fn farthest(a: &Corners, b: &Corners) -> f32 {
    [0, 2]
        .map(|turn| (0..4).map(|i| distance(&a[i], &b[(i + turn) % 4])).fold(0.0, f32::max))
        .into_iter()
        .fold(f32::MAX, f32::min)
}
