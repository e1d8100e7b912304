//! The recipe of crops: cards of composed scenes, cut out as the device does.

use serde::{Deserialize, Serialize};

use crate::recipe::locator::{CardShares, StockRecipe};

/// Every number of the crops. The numbers of scene composition itself are in `locator::scene`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CropsRecipe {
    pub scenes: u64,
    pub stock: StockRecipe,
    pub cards: CardShares,
    /// Scenes have as many pixels as squares of these sides: the smallest, and the first that
    /// is too large.
    pub scene_sides: [u32; 2],
    /// Width and height of a crop, in pixels.
    pub side: u32,
    /// Share of the data set that is held out and therefore not used.
    pub valid_share: f64,
    pub seed: u64,
}

impl CropsRecipe {
    /// The recipe of the crops that the shipped classifier was trained with.
    pub const DEFAULT: Self = Self {
        scenes: 8000,
        stock: StockRecipe { drawn_cards: 3000, card_side: 224, texture_rounds: 12 },
        cards: CardShares { drawn: 0.3, faces: 0.3 },
        scene_sides: [200, 520],
        side: 160,
        valid_share: 0.2,
        seed: 0,
    };
}
