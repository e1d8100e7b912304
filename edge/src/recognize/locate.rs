//! Where in the frame to look.
//!
//! - [`Locate`]: the boundary to whatever finds cards anywhere

use std::fmt;

use common::Corners;
use common::model::ModelError;
use common::prepare::centred_square;
use image::RgbImage;

/// Finds cards in a frame.
pub trait Locate: fmt::Debug {
    /// The cards' outlines, surest first: convex, clockwise, the card's own top left corner
    /// first as far as that is known, in pixels of the frame.
    ///
    /// # Errors
    /// The frame can't be searched.
    fn locate(&self, frame: &RgbImage) -> Result<Vec<Corners>, ModelError>;
}

/// Full-frame mode: the card is in the middle, in the square that
/// [`prepare`](common::prepare::prepare) cuts out.
pub fn full_frame(width: u32, height: u32) -> Corners {
    let [left, top, edge] = centred_square(width, height).map(|pixels| pixels as f32);
    let (right, bottom) = (left + edge, top + edge);
    [[left, top], [right, top], [right, bottom], [left, bottom]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_frame_is_the_centred_square() {
        let wanted = [[80.0, 0.0], [560.0, 0.0], [560.0, 480.0], [80.0, 480.0]];
        assert_eq!(full_frame(640, 480), wanted);
    }
}
