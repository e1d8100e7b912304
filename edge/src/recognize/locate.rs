//! Where in a frame to read cards.

use std::fmt;

use common::model::{Locator, ModelError};
use common::prepare::centred_square;
use common::{Quad, Rect, Size};
use image::RgbImage;

use crate::source::FirstLook;

/// Finds cards in a frame. The product uses [`Locator`]; tests use a script.
///
/// All outlines are convex and clockwise, in pixels of the complete frame. They begin with the
/// card's own top left corner as far as that is known.
pub(crate) trait Locate: fmt::Debug + Send + Sync {
    /// Returns what of every frame is looked at, whether there are cards in it or not.
    fn first_look(&self) -> FirstLook {
        FirstLook::Full
    }

    /// Returns the size of the detector's input for a frame of this size.
    fn input_size(&self, frame: Size) -> Size;

    /// Returns the outlines of the cards, the most certain one first, before they are refined.
    ///
    /// `input` is a frame of this size, shrunk to [`Locate::input_size`].
    ///
    /// # Errors
    /// The network fails.
    fn detect(&self, input: &RgbImage, frame: Size) -> Result<Vec<Quad>, ModelError>;

    /// Returns an outline with its corners where the complete frame shows them.
    ///
    /// # Errors
    /// The network fails.
    fn refine(&self, frame: &RgbImage, outline_in_frame: Quad) -> Result<Quad, ModelError>;
}

impl Locate for Locator {
    fn first_look(&self) -> FirstLook {
        FirstLook::Detector { side: self.info().side }
    }

    fn input_size(&self, frame: Size) -> Size {
        Locator::input_size(self, frame)
    }

    fn detect(&self, input: &RgbImage, frame: Size) -> Result<Vec<Quad>, ModelError> {
        self.detect_in_input(input, frame)
    }

    fn refine(&self, frame: &RgbImage, outline_in_frame: Quad) -> Result<Quad, ModelError> {
        Locator::refine(self, frame, outline_in_frame)
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
