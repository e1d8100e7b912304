//! The one pre-processing: how any image becomes the classifier's input, for training,
//! evaluation and the device alike.

use std::cell::RefCell;

use fast_image_resize::images::{TypedCroppedImage, TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
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
    resize(image, centred_square(Size::of_image(image)).into(), Size::square(side))
}

/// Resizes the whole image, bilinearly, with antialiasing when it shrinks.
///
/// # Errors
/// The image or the result has no pixels.
pub(crate) fn resize_whole(image: &RgbImage, to: Size) -> Result<RgbImage, PrepareError> {
    resize(image, ImagePart { left: 0, top: 0, size: Size::of_image(image) }, to)
}

thread_local! {
    /// Keeps the memory of its intermediate results for the thread's next image.
    static RESIZER: RefCell<Resizer> = RefCell::default();
}

/// A part of an image, in pixels. It lies in the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImagePart {
    pub left: u32,
    pub top: u32,
    pub size: Size,
}

impl From<SquareCrop> for ImagePart {
    fn from(SquareCrop { left, top, side }: SquareCrop) -> Self {
        Self { left, top, size: Size::square(side) }
    }
}

/// Resizes a part of an image. The library works with 8-bit pixels and rounded coefficients, with
/// the same integers on every processor; the result is within one level of PIL's.
///
/// # Errors
/// The image or the result has no pixels.
pub(crate) fn resize(
    image: &RgbImage,
    part: ImagePart,
    to: Size,
) -> Result<RgbImage, PrepareError> {
    let from = Size::of_image(image);
    if from.is_empty() || to.is_empty() {
        return Err(PrepareError::NoPixels { from, to });
    }
    let mut resized = RgbImage::new(to.width, to.height);
    let image = TypedImageRef::<U8x3>::from_buffer(from.width, from.height, image)
        .expect("an image has width × height pixels");
    // The crop in the library's options would let pixels around it have a part in the result.
    let ImagePart { left, top, size } = part;
    let part = TypedCroppedImage::new(image, left, top, size.width, size.height)
        .expect("the part lies in the image");
    let mut target = TypedImage::<U8x3>::from_buffer(to.width, to.height, &mut resized)
        .expect("an image has width × height pixels");
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    RESIZER
        .with_borrow_mut(|resizer| resizer.resize_typed(&part, &mut target, &options))
        .map_err(|source| PrepareError::Resize { from, to, source })?;
    Ok(resized)
}

/// The largest centred square of an image of this size.
pub fn centred_square(image: Size) -> SquareCrop {
    let side = image.width.min(image.height);
    SquareCrop { left: (image.width - side) / 2, top: (image.height - side) / 2, side }
}
