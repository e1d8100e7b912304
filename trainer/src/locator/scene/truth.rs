//! A training scene and what is known about its cards.

use common::{Card, Point, Quad, Rect};
use image::RgbImage;

/// How much a card counts in training of which nothing is visible, against a card that is
/// completely visible.
const LEAST_WEIGHT: f32 = 0.3;

/// An image that a network is trained on. All coordinates are in pixels of the image.
#[derive(Clone, Debug)]
pub struct TrainingScene {
    pub image: RgbImage,
    pub cards: Vec<SceneCard>,
    /// Places where there may be cards whose corners are not known.
    pub unknown: Vec<Rect>,
}

/// A card of a training scene.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SceneCard {
    /// The corners, including covered ones; the first two are at a short side.
    pub corners: Quad,
    /// The centre of the visible part.
    pub centre: Point,
    /// The visible share of the card's area, 0..1.
    pub visible: f32,
    /// Whether the corners are exact. The corners in photographs are those of a rectangle around
    /// the card.
    pub is_exact: bool,
    /// The visible share of the corner index of which more is visible, 0..1.
    pub index_visible: f32,
    /// Which card it is, where that is known.
    pub card: Option<Card>,
}

impl SceneCard {
    /// How much the card counts in training: 1 if it is completely visible, and less the more of
    /// it is covered.
    pub(crate) fn loss_weight(&self) -> f32 {
        LEAST_WEIGHT + (1.0 - LEAST_WEIGHT) * self.visible
    }
}
