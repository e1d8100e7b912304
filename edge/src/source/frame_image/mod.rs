//! The image of a frame, which is decoded only as far as somebody has asked for.
//!
//! - [`look`]: what recognition asks for in every frame
//! - [`pool`]: buffers that are used again

pub(crate) mod look;
pub(crate) mod pool;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use common::Size;
use common::catch::catch_quietly;
use common::image_file::{self, ImageFileError};
use common::reduced_jpeg::ReducibleJpeg;
use image::RgbImage;
use image::imageops::{FilterType, resize};

use self::look::{FACTORS, factor_for};
pub use self::look::{FirstLook, least_detector_frame};
use self::pool::POOL;
use crate::source::camera::pixels::{CaptureFormat, PixelsError, Reduction};

/// An image that gives its pixels at full size or reduced by 2, 4 or 8. What was asked for once
/// is kept.
#[derive(Debug)]
pub struct FrameImage {
    size: Size,
    encoded: Encoded,
    /// The whole frame, reduced by each of the [`FACTORS`].
    frames: [OnceLock<RgbImage>; FACTORS.len()],
    /// As `frames`, but only the centred square.
    squares: [OnceLock<RgbImage>; FACTORS.len()],
    /// What the camera sent, where it is kept for a recording.
    sent: Option<Arc<SentFrame>>,
}

/// A frame as a camera sent it.
#[derive(Debug, PartialEq)]
pub struct SentFrame {
    pub(crate) format: CaptureFormat,
    pub(crate) bytes: Vec<u8>,
    pub(crate) camera: Arc<CameraState>,
}

/// What a recording states of a camera.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CameraState {
    pub(crate) name: String,
    /// The values of its controls when it was opened.
    pub(crate) controls: BTreeMap<String, i64>,
}

/// What the pixels are made from.
#[derive(Debug)]
enum Encoded {
    /// The full image is there already.
    Decoded,
    /// A frame of a camera that was converted, in part, without an error.
    Camera { format: CaptureFormat, bytes: Vec<u8> },
    /// A JPEG image that was decoded, reduced, without an error.
    Jpeg { bytes: Vec<u8>, name: String },
}

impl FrameImage {
    /// Decodes the content of an image file as far as the first look needs it. Error messages
    /// name it by `name`.
    ///
    /// # Errors
    /// As [`image_file::decode`].
    pub fn of_file(bytes: Vec<u8>, name: &str, look: FirstLook) -> Result<Self, ImageFileError> {
        let bytes = match image_file::check(&bytes, name)?.1 {
            Cow::Owned(repaired) => {
                POOL.give_back(bytes);
                repaired
            }
            // The bytes as they are, or the first part of them, where decoders stop anyway.
            Cow::Borrowed(_) => bytes,
        };
        let Some((size, reduced, level)) = reduced_jpeg(&bytes, look) else {
            let image = image_file::decode(&bytes, name)?;
            POOL.give_back(bytes);
            return Ok(image.into());
        };
        let image = Self::new(size, Encoded::Jpeg { bytes, name: name.to_owned() });
        image.frames[level].get_or_init(|| reduced);
        Ok(image)
    }

    /// Converts a frame of a camera as far as the first look needs it.
    ///
    /// # Errors
    /// As [`CaptureFormat::to_rgb`].
    pub fn of_camera(
        format: CaptureFormat,
        bytes: &[u8],
        look: FirstLook,
    ) -> Result<Self, PixelsError> {
        if format.is_compressed() {
            let bytes = copy(bytes);
            return Self::of_file(bytes, "frame", look)
                .map_err(|error| PixelsError::Jpeg(error.fault()));
        }
        let format = format.checked(bytes.len())?;
        let size = Size::new(format.width, format.height);
        let factor = look.factor(size);
        let part = match look {
            FirstLook::Square { .. } => Reduction::of_square(size, factor),
            _ => Reduction::of_frame(size, factor),
        };
        let reduced = (factor > 1).then(|| reduce(&format, bytes, part)).flatten();
        let Some(reduced) = reduced else { return Ok(format.to_rgb(bytes)?.into()) };
        let image = Self::new(size, Encoded::Camera { format, bytes: copy(bytes) });
        let images =
            if matches!(look, FirstLook::Square { .. }) { &image.squares } else { &image.frames };
        images[level_of(factor)].get_or_init(|| reduced);
        Ok(image)
    }

    fn new(size: Size, encoded: Encoded) -> Self {
        let (frames, squares) = (Default::default(), Default::default());
        Self { size, encoded, frames, squares, sent: None }
    }

    /// Keeps what the camera sent.
    pub(crate) fn keeping(mut self, sent: SentFrame) -> Self {
        self.sent = Some(Arc::new(sent));
        self
    }

    /// What the camera sent, if it was kept.
    pub(crate) fn sent(&self) -> Option<&Arc<SentFrame>> {
        self.sent.as_ref()
    }

    /// The size of the full image in pixels. Corners are reported in these pixels.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The JPEG image that the frame was made from, complete with its tables.
    pub(crate) fn jpeg(&self) -> Option<&[u8]> {
        match &self.encoded {
            Encoded::Jpeg { bytes, .. } => Some(bytes),
            Encoded::Decoded | Encoded::Camera { .. } => None,
        }
    }

    /// The full image.
    pub fn full(&self) -> &RgbImage {
        self.frames[0].get_or_init(|| self.decode_full().unwrap_or_else(|| self.enlarged()))
    }

    /// The whole frame, reduced by the largest of the factors 1, 2, 4 and 8 with which it still
    /// has at least the asked width and height. It is the full image if that is smaller, and if
    /// the full image was given to the source or cannot be reduced.
    ///
    /// Frames of one source that have the same size give images of the same size, unless
    /// some of them are damaged.
    pub fn reduced(&self, at_least: Size) -> &RgbImage {
        let level = level_of(factor_for(self.size, at_least));
        self.at_level(&self.frames, level, Reduction::of_frame)
    }

    /// An image whose centred square shows what the centred square of the frame shows, with at
    /// least `least_side` pixels on each side if the frame has them.
    pub fn square(&self, least_side: u32) -> &RgbImage {
        let level = level_of(FirstLook::Square { least_side }.factor(self.size));
        match &self.encoded {
            Encoded::Camera { .. } => self.at_level(&self.squares, level, Reduction::of_square),
            _ => self.at_level(&self.frames, level, Reduction::of_frame),
        }
    }

    /// The image of a level from `images`, or the full image where that level has none.
    fn at_level<'a>(
        &'a self,
        images: &'a [OnceLock<RgbImage>; FACTORS.len()],
        level: usize,
        part: fn(Size, u32) -> Reduction,
    ) -> &'a RgbImage {
        if level == 0 || matches!(self.encoded, Encoded::Decoded) {
            return self.full();
        }
        if let Some(image) = images[level].get() {
            return image;
        }
        let part = part(self.size, FACTORS[level]);
        match self.decode_reduced(level, part) {
            Some(image) => images[level].get_or_init(|| image),
            None => self.full(),
        }
    }

    fn decode_reduced(&self, level: usize, part: Reduction) -> Option<RgbImage> {
        match &self.encoded {
            Encoded::Decoded => None,
            Encoded::Camera { format, bytes } => reduce(format, bytes, part),
            Encoded::Jpeg { bytes, .. } => ReducibleJpeg::open(bytes)?.decode(FACTORS[level]),
        }
    }

    /// The full image, or `None` if the bytes are damaged after all.
    fn decode_full(&self) -> Option<RgbImage> {
        let decode = || match &self.encoded {
            Encoded::Decoded => Err("it was decoded before".to_owned()),
            Encoded::Camera { format, bytes } => {
                format.to_rgb(bytes).map_err(|error| error.to_string())
            }
            Encoded::Jpeg { bytes, name } => {
                image_file::decode(bytes, name).map_err(|error| error.to_string())
            }
        };
        // Drawing on a frame asks for it, too, where a panic would end the program.
        match catch_quietly(decode).and_then(|decoded| decoded) {
            Ok(image) if Size::of_image(&image) == self.size => Some(image),
            outcome => {
                log::debug!("a frame can be decoded in part only: {:?}", outcome.err());
                None
            }
        }
    }

    /// An image of the full size from a reduced one. It is needed where one decoder accepts what
    /// the other one refuses, which only damaged frames can bring about.
    fn enlarged(&self) -> RgbImage {
        let Size { width, height } = self.size;
        let reduced = self.frames.iter().chain(&self.squares).find_map(OnceLock::get);
        match reduced {
            Some(image) => resize(image, width, height, FilterType::Nearest),
            None => RgbImage::new(width, height),
        }
    }
}

/// The index of a factor in [`FACTORS`].
fn level_of(factor: u32) -> usize {
    factor.trailing_zeros() as usize
}

/// The size of a JPEG image, and the image reduced for a look with the index of the factor.
/// Returns `None` where it has to be decoded in full, or is not a JPEG image.
fn reduced_jpeg(bytes: &[u8], look: FirstLook) -> Option<(Size, RgbImage, usize)> {
    if look == FirstLook::Full {
        return None;
    }
    let jpeg = ReducibleJpeg::open(bytes)?;
    let size = jpeg.size();
    let level = level_of(look.factor(size));
    if level == 0 {
        return None;
    }
    Some((size, jpeg.decode(FACTORS[level])?, level))
}

fn reduce(format: &CaptureFormat, bytes: &[u8], part: Reduction) -> Option<RgbImage> {
    let buffer = POOL.take(3 * part.reduced_size().area());
    format.reduced_rgb(bytes, part, buffer)
}

/// A copy of bytes in a buffer of the pool.
fn copy(bytes: &[u8]) -> Vec<u8> {
    let mut copy = POOL.take(bytes.len());
    copy.extend_from_slice(bytes);
    copy
}

impl From<RgbImage> for FrameImage {
    fn from(full: RgbImage) -> Self {
        let image = Self::new(Size::of_image(&full), Encoded::Decoded);
        image.frames[0].get_or_init(|| full);
        image
    }
}

impl Drop for FrameImage {
    /// Gives the buffers to the pool, but not the full image: decoders allocate it themselves.
    fn drop(&mut self) {
        for image in self.frames[1..].iter_mut().chain(&mut self.squares) {
            if let Some(image) = image.take() {
                POOL.give_back(image.into_raw());
            }
        }
        match &mut self.encoded {
            Encoded::Decoded => {}
            Encoded::Camera { bytes, .. } | Encoded::Jpeg { bytes, .. } => {
                POOL.give_back(std::mem::take(bytes));
            }
        }
    }
}
