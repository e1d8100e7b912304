//! A frame of any shape as the locator's input.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use super::detector_grid::STRIDE;
use crate::prepare::PrepareError;

/// How [`shrink`] fits a frame to the network, as model files name it.
pub const SHRINK_RULE: &str = "whole frame, bilinear antialiased";

/// Longest edge of an input over its shortest: longer frames are squeezed.
const LONGEST_ASPECT: f32 = 4.0;

/// Width and height of the input for a frame of that width and height: multiples of
/// [`STRIDE`], nearly of the frame's shape, and about as many pixels as a square of `side`.
pub fn input_size(width: u32, height: u32, side: u32) -> [u32; 2] {
    let aspect = width.max(1) as f32 / height.max(1) as f32;
    let stretch = aspect.clamp(1.0 / LONGEST_ASPECT, LONGEST_ASPECT).sqrt();
    let stride = STRIDE as f32;
    [stretch, 1.0 / stretch]
        .map(|stretch| ((side as f32 * stretch / stride).round() * stride).max(stride) as u32)
}

/// Shrinks or enlarges the frame to `[width, height]`.
///
/// # Errors
/// The frame or the input has no pixels.
pub fn shrink(frame: &RgbImage, size: [u32; 2]) -> Result<RgbImage, PrepareError> {
    let (width, height) = frame.dimensions();
    let side = size[0].min(size[1]);
    if width == 0 || height == 0 || side == 0 {
        return Err(PrepareError::NoPixels { width, height, side });
    }
    let resize_error = |source| PrepareError::Resize { width, height, side, source };
    let from = ImageRef::new(width, height, frame.as_raw(), PixelType::U8x3)
        .expect("it has width × height pixels");
    let mut to = Image::new(size[0], size[1], PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new().resize(&from, &mut to, &options).map_err(resize_error)?;
    Ok(RgbImage::from_raw(size[0], size[1], to.into_vec()).expect("it has as many pixels"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn inputs_have_the_frames_shape_and_as_many_pixels() {
        assert_eq!(input_size(640, 480, 160), [192, 144]);
        assert_eq!(input_size(378, 504, 160), [144, 192]);
        assert_eq!(input_size(1920, 1080, 160), [208, 128]);
        assert_eq!(input_size(10, 10, 160), [160, 160]);
        assert_eq!(input_size(4000, 1, 160), [320, 80]);
        assert_eq!(input_size(0, 0, 16), [16, 16]);
    }

    #[test]
    fn frames_of_any_shape_fit() {
        for (width, height) in [(1, 1), (1, 4000), (4000, 1), (30, 50)] {
            let frame = RgbImage::from_pixel(width, height, Rgb([9, 200, 30]));
            let input = shrink(&frame, [64, 48]).unwrap();
            assert_eq!(input.dimensions(), (64, 48));
            assert!(input.pixels().all(|pixel| pixel.0 == [9, 200, 30]));
        }
        assert!(shrink(&RgbImage::new(0, 5), [64, 48]).is_err());
    }
}
