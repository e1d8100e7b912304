//! Where in a frame to read cards.

use std::fmt;

use common::locate::DetectedCard;
use common::model::{Locator, ModelError};
use common::prepare::{ImagePart, centred_square};
use common::{Point, Quad, Rect, Size};
use image::RgbImage;

use crate::source::FirstLook;

/// The detector is in doubt about an outline whose score is below this.
const DOUBTFUL_SCORE: f32 = 0.4;

/// A place where a card may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Located {
    /// In pixels of the complete frame; parts may lie outside.
    pub(crate) outline: Quad,
    /// The middle of what is visible of the card, in pixels of the complete frame.
    pub(crate) visible_middle: Point,
    /// Whether the detector sees hardly a sign of a card there.
    pub(crate) is_doubtful: bool,
}

impl From<Quad> for Located {
    /// A place that is read whatever the detector sees.
    fn from(outline: Quad) -> Self {
        Self { outline, visible_middle: outline.centre(), is_doubtful: false }
    }
}

impl From<DetectedCard> for Located {
    fn from(card: DetectedCard) -> Self {
        Self {
            outline: card.corners_in_frame,
            visible_middle: card.visible_middle_in_frame,
            is_doubtful: card.score < DOUBTFUL_SCORE,
        }
    }
}

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

    /// Returns the cards, the most certain one first, before their outlines are refined.
    ///
    /// `input` is a frame of this size, shrunk to [`Locate::input_size`].
    ///
    /// # Errors
    /// The network fails.
    fn detect(&self, input: &RgbImage, frame: Size) -> Result<Vec<DetectedCard>, ModelError>;

    /// Returns the cards in a part of the complete frame, which is seen with more pixels than in
    /// [`Locate::detect`], the most certain one first.
    ///
    /// # Errors
    /// The network fails.
    fn detect_in_part(
        &self,
        frame: &RgbImage,
        part: ImagePart,
    ) -> Result<Vec<DetectedCard>, ModelError>;

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

    fn detect(&self, input: &RgbImage, frame: Size) -> Result<Vec<DetectedCard>, ModelError> {
        self.detect_in_input(input, frame)
    }

    fn detect_in_part(
        &self,
        frame: &RgbImage,
        part: ImagePart,
    ) -> Result<Vec<DetectedCard>, ModelError> {
        Locator::detect_in_part(self, frame, part)
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
