//! The one pre-processing: how any image becomes the network's input, for
//! training, evaluation and the device alike.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U16x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeError, ResizeOptions, Resizer};
use image::RgbImage;

/// Mean of each colour channel over ImageNet, for pixels in 0..1; the constants that
/// torchvision documents for its pre-trained networks.
pub const MEAN: [f32; 3] = [0.485, 0.456, 0.406];

/// Standard deviation of each colour channel over ImageNet, for pixels in 0..1.
pub const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

/// How [`prepare`] fits an image to the network, as model files name it.
pub const RESIZE_RULE: &str = "centre square, bilinear antialiased";

/// An image that can't be fitted to the network.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    #[error("an image of {width}×{height} can't be fitted to {side}×{side}: no pixels")]
    NoPixels { width: u32, height: u32, side: u32 },
    #[error("can't resize an image of {width}×{height} to {side}×{side}: {source}")]
    Resize { width: u32, height: u32, side: u32, source: ResizeError },
}

/// Cuts the centred square out and resizes it to `side`×`side` RGB pixels, 0..255.
///
/// Bilinear with antialiasing when shrinking: what PIL and torchvision do. The
/// normalisation by [`MEAN`] and [`DEVIATION`] is part of the network.
///
/// # Errors
/// The image has no pixels, or `side` is 0.
pub fn prepare(image: &RgbImage, side: u32) -> Result<RgbImage, PrepareError> {
    let (width, height) = image.dimensions();
    if width == 0 || height == 0 || side == 0 {
        return Err(PrepareError::NoPixels { width, height, side });
    }
    let resize_error = |source| PrepareError::Resize { width, height, side, source };
    let [left, top, edge] = centred_square(width, height);
    let rows = image.rows().skip(top as usize).take(edge as usize);
    let square: Vec<U16x3> = rows
        .flat_map(|row| row.skip(left as usize).take(edge as usize))
        .map(|pixel| U16x3::new(pixel.0.map(deepen)))
        .collect();
    let square = TypedImageRef::new(edge, edge, &square).expect("it has edge × edge pixels");
    let mut input = TypedImage::<U16x3>::new(side, side);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new().resize_typed(&square, &mut input, &options).map_err(resize_error)?;
    let bytes = input.pixels().iter().flat_map(|pixel| pixel.0.map(flatten)).collect();
    Ok(RgbImage::from_raw(side, side, bytes).expect("the buffer is side × side × 3"))
}

/// 0..255 to 0..65535. The library's 8-bit resize rounds its coefficients too, and
/// strays from PIL by two levels; with 16 bits it stays within one, with the same
/// integers on every processor.
fn deepen(level: u8) -> u16 {
    u16::from(level) * 257
}

/// 0..65535 to 0..255, rounded.
fn flatten(level: u16) -> u8 {
    ((u32::from(level) + 128) / 257) as u8
}

/// The largest centred square of an image: `[left, top, edge]` in pixels.
pub fn centred_square(width: u32, height: u32) -> [u32; 3] {
    let edge = width.min(height);
    [(width - edge) / 2, (height - edge) / 2, edge]
}
