//! Reading an image file: JPEG, PNG, WebP, GIF or BMP in, upright RGB out, and a clear error for
//! everything else that a folder of images may contain.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{Cursor, Read as _};
use std::path::Path;

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgb, RgbImage,
    RgbaImage,
};

use crate::geometry::Size;
use crate::jpeg;

/// The largest image that is decoded, in pixels; it takes 192 MB as RGB.
pub const MAX_PIXELS: u64 = 64_000_000;

/// The largest file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 128 << 20;

/// The file name extensions of images, in lower case.
const EXTENSIONS: [&str; 8] = ["jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp"];

/// The formats that are read, which are those of the extensions.
const FORMATS: [ImageFormat; 5] =
    [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp];

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
    #[error("{path:?} is not a regular file; name an image or a folder of images")]
    NotAFile { path: String },
    #[error("{path:?} is empty; copy it again or remove it")]
    Empty { path: String },
    #[error("{path:?} has {bytes} bytes; at most {MAX_FILE_BYTES} are read; shrink it")]
    FileTooLarge { path: String, bytes: u64 },
    #[error(
        "{path:?} is neither JPEG nor PNG, WebP, GIF or BMP, whatever its name says; convert it to \
         one of them"
    )]
    UnknownFormat { path: String },
    #[error("{path:?} is cut off before its end; copy it again or remove it")]
    Truncated { path: String },
    #[error("{path:?} has {size} pixels; at most {MAX_PIXELS} are decoded; shrink it")]
    TooManyPixels { path: String, size: Size },
    #[error("can't decode {path:?} ({reason}); save it again with an image editor or remove it")]
    Decode { path: String, reason: ImageError },
}

/// Reads an image file, whose format is known by its content, and turns the image upright as its
/// EXIF orientation says.
///
/// Grey, 16-bit, CMYK and palette images become 8-bit RGB. What is transparent is put on white. Of
/// an animation, the first image counts.
///
/// # Errors
/// The file can't be read, has another format, or is cut off, damaged or too large.
pub fn read_image(path: &Path) -> Result<RgbImage, ImageFileError> {
    decode(&read_bytes(path)?, &path.display().to_string())
}

/// Reads the content of an image file, whatever it is. Only a regular file is opened: opening a
/// FIFO could wait for ever.
///
/// # Errors
/// The file can't be read, is not a regular file, or is too large.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, ImageFileError> {
    let shown = || path.display().to_string();
    let read_error = |source| ImageFileError::Read { path: shown(), source };
    let found = fs::metadata(path).map_err(read_error)?;
    if !found.is_file() {
        return Err(ImageFileError::NotAFile { path: shown() });
    }
    let bytes_on_disk = found.len();
    if bytes_on_disk > MAX_FILE_BYTES {
        return Err(ImageFileError::FileTooLarge { path: shown(), bytes: bytes_on_disk });
    }
    let mut bytes = Vec::with_capacity(bytes_on_disk as usize);
    let file = File::open(path).map_err(read_error)?;
    // The file may grow meanwhile.
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(read_error)?;
    Ok(bytes)
}

/// Decodes the content of an image file. Error messages name it by `name`.
///
/// # Errors
/// As [`read_image`].
pub fn decode(bytes: &[u8], name: &str) -> Result<RgbImage, ImageFileError> {
    let path = || name.to_owned();
    let (format, bytes) = check(bytes, name)?;
    let decode_error = |reason| decode_error(reason, path());
    let mut reader = ImageReader::with_format(Cursor::new(&*bytes), format);
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
    Ok(on_white(image))
}

/// The image as RGB. Whatever is transparent shows white paper, as an image editor shows it.
fn on_white(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let image: RgbaImage = image.into_rgba8();
    let levels = image.pixels().map(|pixel| {
        let [r, g, b, alpha] = pixel.0.map(u32::from);
        // Rounded to the nearest level.
        [r, g, b].map(|level| ((level * alpha + 255 * (255 - alpha) + 127) / 255) as u8)
    });
    let mut rgb = RgbImage::new(image.width(), image.height());
    rgb.pixels_mut().zip(levels).for_each(|(pixel, levels)| *pixel = Rgb(levels));
    rgb
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

/// Refuses bytes that [`decode`] would refuse before it decodes them. Returns their format, and what
/// a decoder needs to read them: of a JPEG image as a camera sends it, more or less than the bytes.
///
/// # Errors
/// As [`read_image`], as far as this can be found out without decoding.
pub fn check<'a>(
    bytes: &'a [u8],
    name: &str,
) -> Result<(ImageFormat, Cow<'a, [u8]>), ImageFileError> {
    let path = || name.to_owned();
    if bytes.is_empty() {
        return Err(ImageFileError::Empty { path: path() });
    }
    let format = image::guess_format(bytes)
        .ok()
        .filter(|format| FORMATS.contains(format))
        .ok_or_else(|| ImageFileError::UnknownFormat { path: path() })?;
    if format != ImageFormat::Jpeg {
        return Ok((format, bytes.into()));
    }
    // A decoder silently fills missing parts with grey.
    let image = jpeg::whole(bytes).ok_or_else(|| ImageFileError::Truncated { path: path() })?;
    Ok((format, image))
}

impl ImageFileError {
    /// What is wrong with the image, without its name and without a remedy: for an image that is not
    /// a file.
    pub fn fault(&self) -> String {
        match self {
            Self::Read { source, .. } => format!("it can't be read: {source}"),
            Self::NotAFile { .. } => "it is not a regular file".into(),
            Self::Empty { .. } => "it is empty".into(),
            Self::FileTooLarge { bytes, .. } => format!("it has {bytes} bytes"),
            Self::UnknownFormat { .. } => "it does not begin as an image".into(),
            Self::Truncated { .. } => "it is cut off before its end".into(),
            Self::TooManyPixels { size, .. } => format!("it has {size} pixels"),
            Self::Decode { reason, .. } => reason.to_string(),
        }
    }
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
    fn every_format_is_read() {
        let image = DynamicImage::from(grey_ramp());
        let rgb = image.to_rgb8();
        for format in FORMATS {
            let bytes = encoded(&rgb.clone().into(), format);
            let read = decode(&bytes, "image").unwrap();
            assert_eq!(read.dimensions(), (64, 48), "{format:?}");
            let worst = read.iter().zip(rgb.iter()).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst.unwrap() < 16, "{format:?}: {worst:?}");
            let cut = decode(&bytes[..bytes.len() / 2], "image");
            assert!(cut.is_err(), "{format:?}");
        }
        let tiff = decode(b"II*\0 and more bytes", "a.tif").unwrap_err();
        assert!(matches!(tiff, ImageFileError::UnknownFormat { .. }), "{tiff}");
    }

    #[test]
    fn what_is_transparent_is_white() {
        let image = image::RgbaImage::from_fn(3, 1, |x, _| {
            image::Rgba([0, 100, 0, [0, 128, 255][x as usize]])
        });
        let png = encoded(&image.clone().into(), ImageFormat::Png);
        let read = decode(&png, "a.png").unwrap();
        let expected = [[255; 3], [127, 177, 127], [0, 100, 0]];
        assert!(read.pixels().zip(expected).all(|(pixel, wanted)| pixel.0 == wanted), "{read:?}");
        let grey = DynamicImage::from(image).into_luma_alpha8();
        let png = encoded(&grey.into(), ImageFormat::Png);
        assert_eq!(decode(&png, "a.png").unwrap().get_pixel(0, 0), &Rgb([255; 3]));
    }

    #[test]
    fn a_fifo_is_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("a.png");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let error = read_image(&fifo).unwrap_err();
        assert!(matches!(error, ImageFileError::NotAFile { .. }), "{error}");
        assert!(read_image(folder.path()).is_err());
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
