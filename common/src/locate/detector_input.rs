//! A frame of any shape as the detector's input.

use image::RgbImage;

use super::detector_grid::STRIDE;
use crate::geometry::Size;
use crate::prepare::{ImagePart, PrepareError, resize, resize_whole};

/// The name in model files of the way in which [`shrink`] fits a frame to the network.
pub const SHRINK_RULE: &str = "whole frame, bilinear antialiased";

/// The longest side of an input over its shortest side; longer frames are squeezed.
const LONGEST_ASPECT: f32 = 4.0;

/// The size of the input for a frame: multiples of [`STRIDE`], nearly of the frame's shape, with
/// about as many pixels as a square with sides of `side` pixels.
pub fn input_size(frame: Size, side: u32) -> Size {
    let aspect = frame.width.max(1) as f32 / frame.height.max(1) as f32;
    let stretch = aspect.clamp(1.0 / LONGEST_ASPECT, LONGEST_ASPECT).sqrt();
    let length = |stretch: f32| {
        let stride = STRIDE as f32;
        ((side as f32 * stretch / stride).round() * stride).max(stride) as u32
    };
    Size::new(length(stretch), length(1.0 / stretch))
}

/// Shrinks or enlarges the frame to `input`.
///
/// # Errors
/// The frame or the input has no pixels.
pub fn shrink(frame: &RgbImage, input: Size) -> Result<RgbImage, PrepareError> {
    resize_whole(frame, input)
}

/// As [`shrink`], for a part of the frame.
///
/// # Errors
/// The frame or the input has no pixels.
pub fn shrink_part(
    frame: &RgbImage,
    part: ImagePart,
    input: Size,
) -> Result<RgbImage, PrepareError> {
    resize(frame, part, input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn inputs_have_the_frames_shape_and_as_many_pixels() {
        assert_eq!(input_size(Size::new(640, 480), 160), Size::new(192, 144));
        assert_eq!(input_size(Size::new(378, 504), 160), Size::new(144, 192));
        assert_eq!(input_size(Size::new(1920, 1080), 160), Size::new(208, 128));
        assert_eq!(input_size(Size::new(10, 10), 160), Size::new(160, 160));
        assert_eq!(input_size(Size::new(4000, 1), 160), Size::new(320, 80));
        assert_eq!(input_size(Size::new(0, 0), 16), Size::new(16, 16));
    }

    #[test]
    fn frames_of_any_shape_fit() {
        for (width, height) in [(1, 1), (1, 4000), (4000, 1), (30, 50)] {
            let frame = RgbImage::from_pixel(width, height, Rgb([9, 200, 30]));
            let input = shrink(&frame, Size::new(64, 48)).unwrap();
            assert_eq!(input.dimensions(), (64, 48));
            assert!(input.pixels().all(|pixel| pixel.0 == [9, 200, 30]));
        }
        assert!(shrink(&RgbImage::new(0, 5), Size::new(64, 48)).is_err());
    }
}
