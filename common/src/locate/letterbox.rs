//! A frame of any shape as the locator's square input.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use crate::prepare::PrepareError;

/// How [`letterbox`] fits a frame to the network, as model files name it.
pub const LETTERBOX_RULE: &str = "top left, longer edge fitted, black, bilinear antialiased";

/// A frame within a square, and how to get back.
#[derive(Clone, Debug, PartialEq)]
pub struct Letterbox {
    /// `side`×`side`; the frame is at the top left, the rest is black.
    pub input: RgbImage,
    /// Pixels of the frame per pixel of the input, along x and y.
    pub frame_per_input: [f32; 2],
}

/// Shrinks or enlarges the frame so that its longer edge is `side` pixels.
///
/// # Errors
/// The frame has no pixels, or `side` is 0.
pub fn letterbox(frame: &RgbImage, side: u32) -> Result<Letterbox, PrepareError> {
    let (width, height) = frame.dimensions();
    if width == 0 || height == 0 || side == 0 {
        return Err(PrepareError::NoPixels { width, height, side });
    }
    let resize_error = |source| PrepareError::Resize { width, height, side, source };
    let scale = side as f32 / width.max(height) as f32;
    let fitted = [width, height].map(|edge| ((edge as f32 * scale).round() as u32).max(1));
    let from = ImageRef::new(width, height, frame.as_raw(), PixelType::U8x3)
        .expect("it has width × height pixels");
    let mut to = Image::new(fitted[0], fitted[1], PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new().resize(&from, &mut to, &options).map_err(resize_error)?;
    let mut input = RgbImage::new(side, side);
    let rows = input.chunks_exact_mut(3 * side as usize);
    for (row, fitted) in rows.zip(to.buffer().chunks_exact(3 * fitted[0] as usize)) {
        row[..fitted.len()].copy_from_slice(fitted);
    }
    let frame_per_input = [width as f32 / fitted[0] as f32, height as f32 / fitted[1] as f32];
    Ok(Letterbox { input, frame_per_input })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn a_wide_frame_leaves_the_bottom_black() {
        let frame = RgbImage::from_pixel(640, 480, Rgb([9, 200, 30]));
        let Letterbox { input, frame_per_input } = letterbox(&frame, 192).unwrap();
        assert_eq!(input.get_pixel(191, 143), &Rgb([9, 200, 30]));
        assert_eq!(input.get_pixel(0, 144), &Rgb([0; 3]));
        assert!(frame_per_input.iter().all(|scale| (scale - 10.0 / 3.0).abs() < 1e-5));
    }

    #[test]
    fn frames_of_any_shape_fit() {
        for (width, height) in [(1, 1), (1, 4000), (4000, 1), (30, 50)] {
            assert!(letterbox(&RgbImage::new(width, height), 64).is_ok());
        }
        assert!(letterbox(&RgbImage::new(0, 5), 64).is_err());
    }
}
