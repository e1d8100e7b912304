//! The pixels of a frame, in the sizes that recognition needs.

use common::Size;
use common::locate::detector_input::shrink;
use common::prepare::{PrepareError, prepare};
use image::RgbImage;

use crate::source::{FrameImage, least_detector_frame};

/// The pixels of a frame. The complete image is asked for only where a card is cut out of it:
/// it may cost more than everything else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FramePixels<'a> {
    image: &'a FrameImage,
}

impl<'a> FramePixels<'a> {
    /// Takes the pixels of a frame's image.
    pub(crate) fn of_image(image: &'a FrameImage) -> Self {
        Self { image }
    }

    /// Returns the size of the complete image.
    pub(crate) fn size(self) -> Size {
        self.image.size()
    }

    /// Returns the whole frame in the size of the detector's input.
    ///
    /// # Errors
    /// One of both has no pixels.
    pub(crate) fn shrunk(self, size: Size) -> Result<RgbImage, PrepareError> {
        shrink(self.image.reduced(least_detector_frame(size)), size)
    }

    /// Returns the middle of the frame as the classifier's input.
    ///
    /// # Errors
    /// The frame has no pixels.
    pub(crate) fn middle(self, side: u32) -> Result<RgbImage, PrepareError> {
        prepare(self.image.square(side), side)
    }

    /// Returns the complete image.
    pub(crate) fn complete(self) -> &'a RgbImage {
        self.image.full()
    }
}
