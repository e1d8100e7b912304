//! The one pre-processing: how any image becomes the classifier's input, for training,
//! evaluation and the device alike.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U16x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeError, ResizeOptions, Resizer};
use image::RgbImage;

use crate::geometry::Size;

/// Mean of each colour channel over ImageNet, for pixels in 0..1; the constants that
/// torchvision documents for its pre-trained networks.
pub const MEAN: [f32; 3] = [0.485, 0.456, 0.406];

/// Standard deviation of each colour channel over ImageNet, for pixels in 0..1.
pub const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

/// The name in model files of the way in which [`prepare`] fits an image to the network.
pub const RESIZE_RULE: &str = "centre square, bilinear antialiased";

/// An image that can't be fitted to the network.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// There is nothing to resize.
    #[error("an image of {from} pixels can't be resized to {to}: one of them has no pixels")]
    NoPixels { from: Size, to: Size },
    /// The library failed.
    #[error("can't resize an image of {from} pixels to {to}")]
    Resize { from: Size, to: Size, source: ResizeError },
}

/// A square part of an image, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SquareCrop {
    pub left: u32,
    pub top: u32,
    pub side: u32,
}

/// Cuts the centred square out and resizes it to `side`×`side` RGB pixels, 0..255.
///
/// It is bilinear, with antialiasing when it shrinks, as in PIL and torchvision. The
/// normalisation by [`MEAN`] and [`DEVIATION`] is part of the network.
///
/// # Errors
/// The image has no pixels, or `side` is 0.
pub fn prepare(image: &RgbImage, side: u32) -> Result<RgbImage, PrepareError> {
    let (from, to) = (Size::of_image(image), Size::square(side));
    if from.is_empty() || to.is_empty() {
        return Err(PrepareError::NoPixels { from, to });
    }
    let crop = centred_square(from);
    let rows = image.rows().skip(crop.top as usize).take(crop.side as usize);
    let square: Vec<U16x3> = rows
        .flat_map(|row| row.skip(crop.left as usize).take(crop.side as usize))
        .map(|pixel| U16x3::new(pixel.0.map(to_16_bits)))
        .collect();
    let square =
        TypedImageRef::new(crop.side, crop.side, &square).expect("the crop has side × side pixels");
    let mut input = TypedImage::<U16x3>::new(side, side);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new()
        .resize_typed(&square, &mut input, &options)
        .map_err(|source| PrepareError::Resize { from, to, source })?;
    let bytes = input.pixels().iter().flat_map(|pixel| pixel.0.map(to_8_bits)).collect();
    Ok(RgbImage::from_raw(side, side, bytes).expect("the buffer has three bytes for each pixel"))
}

/// 0..255 to 0..65535. The library's 8-bit resize also rounds its coefficients and differs from
/// PIL by up to two levels; with 16 bits it stays within one level, with the same integers on
/// every processor.
fn to_16_bits(level: u8) -> u16 {
    u16::from(level) * 257
}

/// 0..65535 to 0..255, rounded.
fn to_8_bits(level: u16) -> u8 {
    ((u32::from(level) + 128) / 257) as u8
}

/// The largest centred square of an image of this size.
pub fn centred_square(image: Size) -> SquareCrop {
    let side = image.width.min(image.height);
    SquareCrop { left: (image.width - side) / 2, top: (image.height - side) / 2, side }
}
