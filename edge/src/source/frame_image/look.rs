//! What recognition looks at in every frame. A source decodes this much itself, so that damaged
//! frames are found there.

use common::Size;
use common::locate::detector_input::input_size;

/// The factors by which images can be reduced.
pub(super) const FACTORS: [u32; 4] = [1, 2, 4, 8];

/// The part of a frame that is looked at first, and how many pixels this needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstLook {
    /// The full image.
    #[default]
    Full,
    /// The centred square.
    Square { least_side: u32 },
    /// The whole frame, for a detector with an input of as many pixels as a square of this side.
    Detector { side: u32 },
}

impl FirstLook {
    /// The largest factor by which a frame of this size may be reduced.
    pub(super) fn factor(self, frame: Size) -> u32 {
        match self {
            FirstLook::Full => 1,
            FirstLook::Square { least_side } => {
                let side = frame.width.min(frame.height);
                factor_for(Size::square(side), Size::square(least_side))
            }
            FirstLook::Detector { side } => {
                factor_for(frame, least_detector_frame(input_size(frame, side)))
            }
        }
    }
}

/// The least size of a frame from which a detector's input of this size is made: twice as wide
/// and as high. From smaller ones the input differs so much from that of the full frame that other
/// cards are found.
pub fn least_detector_frame(input: Size) -> Size {
    Size::new(2 * input.width, 2 * input.height)
}

/// The largest factor with which a frame still has this width and height; 1 if it is smaller.
pub(super) fn factor_for(frame: Size, at_least: Size) -> u32 {
    let is_enough = |factor: &&u32| {
        frame.width / **factor >= at_least.width && frame.height / **factor >= at_least.height
    };
    FACTORS.iter().rev().find(is_enough).copied().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_gets_at_least_the_pixels_that_it_needs() {
        let square = FirstLook::Square { least_side: 160 };
        let detector = FirstLook::Detector { side: 160 };
        for (width, height, of_square, of_detector) in [
            (1280, 720, 4, 2),
            (640, 480, 2, 1),
            (320, 240, 1, 1),
            (4000, 3000, 8, 8),
            (159, 4000, 1, 1),
            (0, 0, 1, 1),
        ] {
            let frame = Size::new(width, height);
            assert_eq!(square.factor(frame), of_square, "{frame}");
            assert_eq!(detector.factor(frame), of_detector, "{frame}");
            assert_eq!(FirstLook::Full.factor(frame), 1);
        }
    }
}
