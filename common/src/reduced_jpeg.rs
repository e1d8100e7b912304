//! JPEG images that are decoded at a half, a quarter or an eighth of their size: the decoder makes
//! fewer pixels of each block, and no full image.
//!
//! Only usual images are decoded, and only if nothing in them is wrong. For all others
//! [`image_file::decode`](crate::image_file::decode) decides what becomes of them.

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use jpeg_decoder::{Decoder, PixelFormat};

use crate::geometry::Size;
use crate::image_file::MAX_PIXELS;

/// A JPEG image whose header has been read.
#[derive(Debug)]
pub struct ReducibleJpeg<'a> {
    bytes: &'a [u8],
    /// Of the full image as it is stored, which may be turned.
    stored: Size,
    pixel_format: PixelFormat,
    orientation: Orientation,
}

impl<'a> ReducibleJpeg<'a> {
    /// Reads the header. Returns `None` for bytes that are not a JPEG image, and for an image that
    /// is unusual or too large.
    pub fn open(bytes: &'a [u8]) -> Option<Self> {
        let mut decoder = Decoder::new(bytes);
        decoder.read_info().ok()?;
        let info = decoder.info()?;
        let stored = Size::new(info.width.into(), info.height.into());
        let is_usual = matches!(info.pixel_format, PixelFormat::L8 | PixelFormat::RGB24)
            && stored.area() as u64 <= MAX_PIXELS;
        let exif = decoder.exif_data();
        let orientation = exif.and_then(Orientation::from_exif_chunk);
        let orientation = orientation.unwrap_or(Orientation::NoTransforms);
        is_usual.then_some(Self { bytes, stored, pixel_format: info.pixel_format, orientation })
    }

    /// The size of the full image in pixels when it is upright.
    pub fn size(&self) -> Size {
        let Size { width, height } = self.stored;
        if is_turned(self.orientation) { Size::new(height, width) } else { self.stored }
    }

    /// The image with both sides divided by `factor`, which is 2, 4 or 8, and rounded up; upright
    /// as the EXIF orientation says. Returns `None` for an image that is damaged.
    pub fn decode(&self, factor: u32) -> Option<RgbImage> {
        let [width, height] =
            [self.stored.width, self.stored.height].map(|side| side.div_ceil(factor));
        let mut decoder = Decoder::new(self.bytes);
        let scaled = decoder.scale(u16::try_from(width).ok()?, u16::try_from(height).ok()?).ok()?;
        if (u32::from(scaled.0), u32::from(scaled.1)) != (width, height) {
            return None;
        }
        let levels = decoder.decode().ok()?;
        let mut image = match self.pixel_format {
            PixelFormat::L8 => DynamicImage::from(GrayImage::from_raw(width, height, levels)?),
            _ => DynamicImage::from(RgbImage::from_raw(width, height, levels)?),
        };
        image.apply_orientation(self.orientation);
        Some(image.into_rgb8())
    }
}

/// Whether width and height change places when the image becomes upright.
fn is_turned(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{ImageEncoder as _, Rgb};

    use super::*;
    use crate::image_file::decode;

    /// A smooth image of an odd size, with this EXIF orientation.
    fn jpeg(orientation: u8) -> Vec<u8> {
        let image = RgbImage::from_fn(93, 61, |x, y| {
            Rgb([(40 + 2 * x) as u8, (220 - 3 * y) as u8, (100 + x - y) as u8])
        });
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
        // A TIFF header and one entry: tag 0x0112, one 16-bit number.
        let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
        encoder.set_exif_metadata(exif).unwrap();
        encoder.encode_image(&image).unwrap();
        bytes
    }

    #[test]
    fn a_reduced_image_is_the_mean_of_the_blocks_of_the_full_one_in_every_orientation() {
        for orientation in 1..=8 {
            let bytes = jpeg(orientation);
            let full = decode(&bytes, "full").unwrap();
            for factor in [2_u32, 4, 8] {
                let reducible = ReducibleJpeg::open(&bytes).unwrap();
                assert_eq!(reducible.size(), Size::of_image(&full), "{orientation}");
                let reduced = reducible.decode(factor).unwrap();
                let [width, height] = [full.width(), full.height()];
                assert_eq!(reduced.dimensions(), (width.div_ceil(factor), height.div_ceil(factor)));
                // Which sides have incomplete blocks depends on the orientation.
                for (x, y, pixel) in reduced.enumerate_pixels() {
                    let middle = |at: u32, side: u32| (at * factor + factor / 2).min(side - 1);
                    let near = full.get_pixel(middle(x, width), middle(y, height));
                    let is_near = pixel.0.iter().zip(near.0).all(|(a, b)| a.abs_diff(b) < 30);
                    assert!(is_near, "{orientation}, {factor}: {pixel:?} for {near:?}");
                }
            }
        }
    }

    #[test]
    fn a_grey_image_becomes_rgb() {
        let mut bytes = Vec::new();
        let grey = GrayImage::from_pixel(40, 24, image::Luma([90]));
        JpegEncoder::new(&mut bytes).encode_image(&grey).unwrap();
        let reduced = ReducibleJpeg::open(&bytes).unwrap().decode(4).unwrap();
        assert_eq!(reduced, RgbImage::from_pixel(10, 6, Rgb([90; 3])));
    }

    #[test]
    fn what_is_unusual_or_damaged_is_left_to_the_full_decoder() {
        assert!(ReducibleJpeg::open(b"").is_none());
        assert!(ReducibleJpeg::open(b"not an image").is_none());
        let bytes = jpeg(1);
        for length in [20, 100, bytes.len() / 2, bytes.len() - 20] {
            let part = ReducibleJpeg::open(&bytes[..length]);
            assert!(part.and_then(|part| part.decode(2)).is_none(), "{length} bytes");
        }
    }
}
