//! Where in a frame to read cards.

use std::fmt;

use common::model::{Locator, ModelError};
use common::prepare::centred_square;
use common::{Quad, Rect, Size};
use image::RgbImage;

/// Finds cards in a frame. The product uses [`Locator`]; tests use a script.
pub(crate) trait Locate: fmt::Debug {
    /// Returns the outlines of the cards, the most certain one first. Each is convex and
    /// clockwise, in pixels of the frame, and begins with the card's own top left corner as
    /// far as that is known.
    ///
    /// # Errors
    /// The network fails.
    fn locate(&self, frame: &RgbImage) -> Result<Vec<Quad>, ModelError>;
}

impl Locate for Locator {
    fn locate(&self, frame: &RgbImage) -> Result<Vec<Quad>, ModelError> {
        Locator::locate(self, frame)
    }
}

/// Returns the region that full-frame mode reads: the square in the middle of the frame that
/// [`prepare`](common::prepare::prepare) cuts out.
pub(crate) fn full_frame(frame: Size) -> Quad {
    let crop = centred_square(frame);
    let side = crop.side as f32;
    Rect::new(crop.left as f32, crop.top as f32, side, side).to_quad()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_frame_is_the_centred_square() {
        let expected = [[80.0, 0.0], [560.0, 0.0], [560.0, 480.0], [80.0, 480.0]];
        assert_eq!(full_frame(Size::new(640, 480)).to_arrays(), expected);
    }
}
