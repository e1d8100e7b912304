//! Images in another size.

use common::geometry::Size;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

/// Returns the image in another size, resized bilinearly. An image without pixels has none.
pub(crate) fn resize(image: &RgbImage, size: Size) -> Option<RgbImage> {
    let from =
        ImageRef::new(image.width(), image.height(), image.as_raw(), PixelType::U8x3).ok()?;
    let mut to = Image::new(size.width, size.height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Interpolation(FilterType::Bilinear));
    Resizer::new().resize(&from, &mut to, &options).ok()?;
    RgbImage::from_raw(size.width, size.height, to.into_vec())
}
