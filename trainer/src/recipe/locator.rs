//! The recipes of the locator: the detector, which sees the frame, and the refiner, which sees
//! one card.

use serde::{Deserialize, Serialize};

use crate::recipe::optimization::{Optimization, Optimizer, Precision, Schedule};

/// Every number of a locator's training run. The numbers of scene composition itself are in
/// `locator::scene`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocatorRecipe {
    pub stock: StockRecipe,
    pub detector: DetectorRecipe,
    pub refiner: RefinerRecipe,
    /// Score of the detector, 0..1, below which a place does not count as a card.
    pub threshold: f32,
    /// Confidence, 0..1, that the classifier must have in the name of a card that was found.
    pub accept_threshold: f32,
    pub seed: u64,
}

/// What training scenes are made of, besides real images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockRecipe {
    /// Cards that are drawn.
    pub drawn_cards: usize,
    /// Width and height of each card, in pixels.
    pub card_side: u32,
    /// How often each kind of table top is drawn.
    pub texture_rounds: usize,
}

/// How often each kind of card is laid, 0..1 together at most; the rest are images of real cards.
/// A kind without cards leaves its share to the others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CardShares {
    pub drawn: f64,
    /// Printed faces of other decks.
    pub faces: f64,
}

/// How the detector is trained.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetectorRecipe {
    pub steps: usize,
    pub optimization: Optimization,
    /// Scenes have as many pixels as a square of this side.
    pub side: u32,
    pub cards: CardShares,
    /// Share of the scenes, 0..1, that show cards in play: dense rows, fans and piles.
    pub played_share: f64,
    /// Logit of a card being at any place, before the first step.
    pub initial_logit: f32,
    /// Weight of the corners' loss against a weight of 1 for the heat's.
    pub corner_weight: f64,
    pub target: TargetRecipe,
}

/// How the truth about a scene becomes the answer that the detector should give.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetRecipe {
    /// Visible share of a card, 0..1, from which on the detector must find it.
    pub least_visible: f32,
    /// Standard deviation of the heat around a card's centre, over the card's diagonal.
    pub heat_spread: f32,
    /// Smallest and largest standard deviation, in cells.
    pub heat_spread_cells: [f32; 2],
    /// Heat, 0..1, above which a cell must know the corners.
    pub heat_for_corners: f32,
    /// Heat, 0..1, above which a card's surroundings overrule that a place is unknown.
    pub heat_over_unknown: f32,
}

/// How the refiner is trained.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefinerRecipe {
    pub steps: usize,
    pub optimization: Optimization,
    /// Examples from one scene: composing a scene costs more than cutting cards out of it.
    pub examples_per_scene: usize,
    /// Scenes have as many pixels as squares of these sides: the smallest, and the first that
    /// is too large.
    pub scene_sides: [u32; 2],
    /// Visible share of a card, 0..1, from which on its corners are worth learning.
    pub least_visible: f32,
    /// The share of real cards is small, because their images often have a rim around the card,
    /// which blurs where its edge is.
    pub cards: CardShares,
    /// Share of the examples, 0..1, that are second and third passes.
    pub later_pass_share: f64,
    /// Smallest and largest error of the corners that a first pass is given, and a later one,
    /// as shares of `largest_error`.
    pub first_pass_error: [f32; 2],
    pub later_pass_error: [f32; 2],
    pub largest_error: CornerError,
}

/// How far given corners may be from the right ones. Shares are of the card's own width (first
/// value) and height (second value).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CornerError {
    /// Shift of all corners together.
    pub shift: [f32; 2],
    /// Change of size.
    pub scale: [f32; 2],
    pub rotation_degrees: f32,
    /// Shift of each corner alone.
    pub corner_shift: [f32; 2],
}

/// What both networks of the locator have in common by default.
const OPTIMIZATION: Optimization = Optimization {
    batch_size: 32,
    optimizer: Optimizer::ADAM_W,
    learning_rate: 2e-3,
    schedule: Schedule::ONE_CYCLE,
    average_decay: 0.0,
    clip_gradients: 5.0,
    precision: Precision::Auto,
};

impl LocatorRecipe {
    /// The recipe of the locator that ships.
    pub const DEFAULT: Self = Self {
        stock: StockRecipe { drawn_cards: 1500, card_side: 128, texture_rounds: 12 },
        detector: DetectorRecipe {
            steps: 8000,
            optimization: OPTIMIZATION,
            side: 160,
            cards: CardShares { drawn: 0.35, faces: 0.2 },
            played_share: 0.4,
            initial_logit: -4.0,
            corner_weight: 20.0,
            target: TargetRecipe {
                least_visible: 0.12,
                heat_spread: 0.07,
                heat_spread_cells: [0.6, 1.5],
                heat_for_corners: 0.5,
                heat_over_unknown: 0.1,
            },
        },
        refiner: RefinerRecipe {
            steps: 5500,
            optimization: Optimization { batch_size: 128, ..OPTIMIZATION },
            examples_per_scene: 12,
            scene_sides: [160, 320],
            least_visible: 0.25,
            cards: CardShares { drawn: 0.6, faces: 0.25 },
            later_pass_share: 0.5,
            first_pass_error: [0.3, 1.0],
            later_pass_error: [0.02, 0.3],
            largest_error: CornerError {
                shift: [0.13, 0.1],
                scale: [0.18, 0.15],
                rotation_degrees: 11.0,
                corner_shift: [0.06, 0.05],
            },
        },
        threshold: 0.3,
        accept_threshold: 0.7,
        seed: 0,
    };
}
