//! Locating cards in a frame with two networks: what goes into them, and what their output means.
//!
//! - [`detector_input`]: a frame of any shape as the detector's input
//! - [`detector_grid`]: the detector's output as outlines
//! - [`second_look`]: the part of a frame that the detector sees again, with more pixels
//! - [`refiner`]: each outline as the refiner's input, and the refiner's output as exact corners

pub mod detector_grid;
pub mod detector_input;
pub mod refiner;
pub mod second_look;

use crate::geometry::{Point, Quad};

/// A card that the detector sees, before its outline is refined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DetectedCard {
    /// Convex and clockwise, in pixels of the frame; corners may lie outside.
    pub corners_in_frame: Quad,
    /// The middle of what is visible of the card, in pixels of the frame.
    pub visible_middle_in_frame: Point,
    /// The probability of a card there, 0 to 1; at least
    /// [`LocatorInfo::threshold`](crate::model::LocatorInfo::threshold).
    pub score: f32,
}
