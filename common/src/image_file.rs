//! Reading an image file: JPEG or PNG in, upright RGB out, and a clear error for everything else
//! that a folder of images may contain.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};

use crate::geometry::Size;

/// The largest image that is decoded, in pixels; it takes 192 MB as RGB.
pub const MAX_PIXELS: u64 = 64_000_000;

/// The largest file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 128 << 20;

/// The file name extensions of images, in lower case.
const EXTENSIONS: [&str; 3] = ["jpg", "jpeg", "png"];

/// Whether a file's name has an image's extension, in upper or lower case.
pub fn has_image_extension(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| EXTENSIONS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// An image file that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ImageFileError {
    #[error("can't read {path:?}")]
    Read { path: String, source: std::io::Error },
    #[error("{path:?} is empty; copy it again or remove it")]
    Empty { path: String },
    #[error("{path:?} has {bytes} bytes; at most {MAX_FILE_BYTES} are read; shrink it")]
    FileTooLarge { path: String, bytes: u64 },
    #[error("{path:?} is neither JPEG nor PNG, whatever its name says; convert it to one of them")]
    UnknownFormat { path: String },
    #[error("{path:?} is cut off before its end; copy it again or remove it")]
    Truncated { path: String },
    #[error("{path:?} has {size} pixels; at most {MAX_PIXELS} are decoded; shrink it")]
    TooManyPixels { path: String, size: Size },
    #[error("can't decode {path:?} ({reason}); save it again with an image editor or remove it")]
    Decode { path: String, reason: ImageError },
}

/// Reads a JPEG or PNG file, which are distinguished by their content, and turns the image
/// upright as its EXIF orientation says.
///
/// Grey, 16-bit, CMYK and palette images become 8-bit RGB; transparency is dropped.
///
/// # Errors
/// The file can't be read, is neither JPEG nor PNG, or is cut off, damaged or too large.
pub fn read_image(path: &Path) -> Result<RgbImage, ImageFileError> {
    decode(&read_bytes(path)?, &path.display().to_string())
}

/// Reads the content of an image file, whatever it is.
///
/// # Errors
/// The file can't be read or is too large.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, ImageFileError> {
    let shown = || path.display().to_string();
    let read_error = |source| ImageFileError::Read { path: shown(), source };
    let bytes_on_disk = fs::metadata(path).map_err(read_error)?.len();
    if bytes_on_disk > MAX_FILE_BYTES {
        return Err(ImageFileError::FileTooLarge { path: shown(), bytes: bytes_on_disk });
    }
    fs::read(path).map_err(read_error)
}

/// Decodes the content of an image file. Error messages name it by `name`.
///
/// # Errors
/// As [`read_image`].
pub fn decode(bytes: &[u8], name: &str) -> Result<RgbImage, ImageFileError> {
    let path = || name.to_owned();
    let format = check(bytes, name)?;
    let decode_error = |reason| decode_error(reason, path());
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(decoder_limits());
    let mut decoder = reader.into_decoder().map_err(decode_error)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        let size = Size::new(width, height);
        return Err(ImageFileError::TooManyPixels { path: path(), size });
    }
    let orientation = decoder.orientation().map_err(decode_error)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(decode_error)?;
    image.apply_orientation(orientation);
    Ok(image.into_rgb8())
}

/// A decoder's error: the file ends too early, or it is damaged in another way.
fn decode_error(reason: ImageError, path: String) -> ImageFileError {
    match reason {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            ImageFileError::Truncated { path }
        }
        reason => ImageFileError::Decode { path, reason },
    }
}

/// The number of pixels is checked before decoding. This limits what a decoder may allocate
/// meanwhile: the largest image as 16-bit RGBA.
fn decoder_limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_PIXELS * 8);
    limits
}

/// Refuses bytes that [`decode`] would refuse before it decodes them.
///
/// # Errors
/// As [`read_image`], as far as this can be found out without decoding.
pub fn check(bytes: &[u8], name: &str) -> Result<ImageFormat, ImageFileError> {
    let path = || name.to_owned();
    if bytes.is_empty() {
        return Err(ImageFileError::Empty { path: path() });
    }
    let format = image::guess_format(bytes)
        .ok()
        .filter(|format| matches!(format, ImageFormat::Jpeg | ImageFormat::Png))
        .ok_or_else(|| ImageFileError::UnknownFormat { path: path() })?;
    if format == ImageFormat::Jpeg && jpeg_is_cut_off(bytes) {
        return Err(ImageFileError::Truncated { path: path() });
    }
    Ok(format)
}

/// The decoder silently fills missing parts with grey. No marker can occur inside a scan, so a
/// complete file has its end marker after its last start of scan.
fn jpeg_is_cut_off(bytes: &[u8]) -> bool {
    const START_OF_SCAN: [u8; 2] = [0xff, 0xda];
    const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];
    let is_marker = |pair: &[u8]| pair == END_OF_IMAGE || pair == START_OF_SCAN;
    // The end marker is among the last bytes of a complete file, so this search is short.
    bytes.windows(2).rfind(|pair| is_marker(pair)).is_none_or(|pair| pair != END_OF_IMAGE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, GrayImage, ImageBuffer, Luma, Rgb};

    fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn grey_ramp() -> GrayImage {
        GrayImage::from_fn(64, 48, |x, y| Luma([(x * 3 + y) as u8]))
    }

    #[test]
    fn grey_and_16_bit_become_rgb() {
        let grey = encoded(&grey_ramp().into(), ImageFormat::Png);
        assert_eq!(decode(&grey, "grey").unwrap().get_pixel(2, 1), &Rgb([7, 7, 7]));
        let deep: ImageBuffer<Rgb<u16>, Vec<u16>> =
            ImageBuffer::from_pixel(4, 4, Rgb([0xffff, 0x8080, 0]));
        let deep = encoded(&DynamicImage::ImageRgb16(deep), ImageFormat::Png);
        assert_eq!(decode(&deep, "deep").unwrap().get_pixel(0, 0), &Rgb([255, 128, 0]));
    }

    #[test]
    fn a_cut_file_is_refused_wherever_it_is_cut() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            let whole = encoded(&grey_ramp().into(), format);
            for share in [2, 3, 4] {
                let cut = &whole[..whole.len() * (share - 1) / share];
                let error = decode(cut, "cut.jpg").unwrap_err();
                assert!(matches!(error, ImageFileError::Truncated { .. }), "{format:?}: {error}");
            }
        }
    }

    #[test]
    fn an_empty_file_and_a_text_file_are_named() {
        let empty = decode(b"", "a.jpg").unwrap_err().to_string();
        assert!(empty.contains("a.jpg") && empty.contains("empty"), "{empty}");
        let text = decode(b"not an image", "b.jpg").unwrap_err().to_string();
        assert!(text.contains("b.jpg") && text.contains("neither JPEG nor PNG"), "{text}");
    }

    #[test]
    fn a_decompression_bomb_is_refused_before_it_is_decoded() {
        // A PNG header that promises 60,000 × 60,000 pixels.
        let mut bomb = encoded(&grey_ramp().into(), ImageFormat::Png);
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        let checksum = crc32(&bomb[12..29]).to_be_bytes();
        bomb[29..33].copy_from_slice(&checksum);
        let error = decode(&bomb, "bomb.png").unwrap_err();
        assert!(matches!(error, ImageFileError::TooManyPixels { .. }), "{error}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read_image(Path::new("no/such.jpg")).unwrap_err().to_string();
        assert!(error.contains("no/such.jpg"), "{error}");
    }

    /// The checksum of PNG chunks (PNG specification, annex D), bit by bit.
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
        })
    }
}
