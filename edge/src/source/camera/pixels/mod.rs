//! The pixel formats of cameras, and their conversion to RGB.
//!
//! To add a pixel format, write its conversion function and add an entry to
//! [`PixelFormat::ALL`]; nothing else names the formats.

mod reduce;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

use common::image_file::{MAX_PIXELS, decode};
use image::RgbImage;
use yuv::{
    YuvBiPlanarImage, YuvConversionMode, YuvError, YuvPackedImage, YuvRange, YuvStandardMatrix,
    yuv_nv12_to_rgb, yuyv422_to_rgb,
};

pub(crate) use self::reduce::Reduction;
use self::reduce::{Channel, Colors, Layout, Plane, reduce};
use crate::util::list::choice;

/// The longest line of a frame in bytes. The last line may lack its padding, for which memory is
/// allocated.
const MOST_LINE_BYTES: u32 = 1 << 20;

/// How the pixels of a frame lie in memory: one of [`PixelFormat::ALL`].
#[derive(Clone, Copy)]
pub struct PixelFormat {
    /// The code in `v4l2_pix_format.pixelformat`, which is also the format's name.
    fourcc: [u8; 4],
    /// Another code by which some drivers call the same format.
    alias: Option<[u8; 4]>,
    /// The least number of bytes that a complete frame has.
    least_bytes: fn(&CaptureFormat) -> usize,
    /// Converts a frame that has at least `least_bytes` bytes.
    convert: fn(&CaptureFormat, &[u8]) -> Result<RgbImage, PixelsError>,
    /// Where the channels are, for reducing a frame; compressed formats have no layout.
    layout: Option<Layout>,
}

const RGB_PLANE: Plane = packed_plane(&[
    Channel { index: 0, offset: 0, step: 3, columns: 1 },
    Channel { index: 1, offset: 1, step: 3, columns: 1 },
    Channel { index: 2, offset: 2, step: 3, columns: 1 },
]);

const BGR_PLANE: Plane = packed_plane(&[
    Channel { index: 2, offset: 0, step: 3, columns: 1 },
    Channel { index: 1, offset: 1, step: 3, columns: 1 },
    Channel { index: 0, offset: 2, step: 3, columns: 1 },
]);

const GREY_PLANE: Plane = packed_plane(&[Channel { index: 0, offset: 0, step: 1, columns: 1 }]);

/// A plane of pixels that have a byte for each of these channels.
const fn packed_plane(channels: &'static [Channel]) -> Plane {
    Plane { start: |_| 0, pair_bytes: 2 * channels.len(), lines: 1, channels }
}

impl PixelFormat {
    /// All formats that this program reads, the preferred one first. The order decides
    /// between formats that a camera delivers in the same size and at the same rate: YUYV
    /// has more colour than NV12 and fewer bytes than RGB; compressed frames cost time to
    /// decode, and grey ones have no colour.
    pub const ALL: &'static [PixelFormat] = &[
        // Two pixels in four bytes: Y0 U Y1 V.
        PixelFormat {
            fourcc: *b"YUYV",
            alias: None,
            least_bytes: |format| format.bytes_of_lines(format.height, 2 * format.even_width()),
            convert: yuyv_to_rgb,
            layout: Some(Layout {
                colors: Colors::Yuv,
                planes: &[Plane {
                    start: |_| 0,
                    pair_bytes: 4,
                    lines: 1,
                    channels: &[
                        Channel { index: 0, offset: 0, step: 2, columns: 1 },
                        Channel { index: 1, offset: 1, step: 4, columns: 2 },
                        Channel { index: 2, offset: 3, step: 4, columns: 2 },
                    ],
                }],
            }),
        },
        // A plane of Y, then a plane of interleaved U and V at half the width and height.
        PixelFormat {
            fourcc: *b"NV12",
            alias: None,
            least_bytes: |format| {
                format.y_plane_bytes()
                    + format.bytes_of_lines(format.height.div_ceil(2), format.even_width())
            },
            convert: nv12_to_rgb,
            layout: Some(Layout {
                colors: Colors::Yuv,
                planes: &[
                    Plane {
                        start: |_| 0,
                        pair_bytes: 2,
                        lines: 1,
                        channels: &[Channel { index: 0, offset: 0, step: 1, columns: 1 }],
                    },
                    Plane {
                        start: CaptureFormat::y_plane_bytes,
                        pair_bytes: 2,
                        lines: 2,
                        channels: &[
                            Channel { index: 1, offset: 0, step: 2, columns: 2 },
                            Channel { index: 2, offset: 1, step: 2, columns: 2 },
                        ],
                    },
                ],
            }),
        },
        // Three bytes for each pixel: red, green, blue.
        PixelFormat {
            fourcc: *b"RGB3",
            alias: None,
            least_bytes: |format| format.bytes_of_lines(format.height, 3 * format.width),
            convert: rgb3_to_rgb,
            layout: Some(Layout { colors: Colors::Rgb, planes: &[RGB_PLANE] }),
        },
        // Three bytes for each pixel: blue, green, red.
        PixelFormat {
            fourcc: *b"BGR3",
            alias: None,
            least_bytes: |format| format.bytes_of_lines(format.height, 3 * format.width),
            convert: bgr3_to_rgb,
            layout: Some(Layout { colors: Colors::Rgb, planes: &[BGR_PLANE] }),
        },
        // A JPEG image for each frame. The decoder notices if bytes are missing.
        PixelFormat {
            fourcc: *b"MJPG",
            alias: Some(*b"JPEG"),
            least_bytes: |_| 0,
            convert: jpeg_to_rgb,
            layout: None,
        },
        // One byte for each pixel.
        PixelFormat {
            fourcc: *b"GREY",
            alias: None,
            least_bytes: |format| format.bytes_of_lines(format.height, format.width),
            convert: grey_to_rgb,
            layout: Some(Layout { colors: Colors::Grey, planes: &[GREY_PLANE] }),
        },
    ];

    /// The code in `v4l2_pix_format.pixelformat`.
    pub const fn fourcc(self) -> [u8; 4] {
        self.fourcc
    }

    /// The format with a code, or `None` if this program can't read it.
    pub const fn of_fourcc(fourcc: [u8; 4]) -> Option<Self> {
        let wanted = u32::from_le_bytes(fourcc);
        let mut index = 0;
        while index < Self::ALL.len() {
            let format = Self::ALL[index];
            let is_alias =
                matches!(format.alias, Some(alias) if u32::from_le_bytes(alias) == wanted);
            if u32::from_le_bytes(format.fourcc) == wanted || is_alias {
                return Some(format);
            }
            index += 1;
        }
        None
    }

    /// The rank in the order of preference, 0 for the best.
    pub fn preference(self) -> usize {
        Self::ALL.iter().take_while(|format| **format != self).count()
    }

    /// The names of all formats for a message, such as "YUYV, NV12 or GREY".
    pub fn names() -> String {
        choice(&Self::ALL.iter().map(ToString::to_string).collect::<Vec<_>>())
    }
}

impl PartialEq for PixelFormat {
    fn eq(&self, other: &Self) -> bool {
        self.fourcc == other.fourcc
    }
}

impl Eq for PixelFormat {}

impl fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.fourcc))
    }
}

impl fmt::Debug for PixelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What the levels of Y, U and V mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LevelRange {
    /// Y from 16 to 235, U and V from 16 to 240.
    Limited,
    /// Y, U and V from 0 to 255.
    Full,
}

/// How Y, U and V are combined to a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorMatrix {
    Bt601,
    Bt709,
}

/// The layout of frames, as it was negotiated with a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaptureFormat {
    pub pixels: PixelFormat,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Distance in bytes between the beginnings of two lines. JPEG does not use it.
    pub bytes_per_line: u32,
    /// Only YUYV and NV12 use it.
    pub range: LevelRange,
    /// Only YUYV and NV12 use it.
    pub matrix: ColorMatrix,
}

/// A frame that can't be converted to RGB.
#[derive(Debug, thiserror::Error)]
pub enum PixelsError {
    #[error("it has {width}×{height} pixels; 1 to {MAX_PIXELS} pixels are read")]
    Size { width: u32, height: u32 },
    #[error("it has {found} bytes instead of {wanted}")]
    Short { found: usize, wanted: usize },
    #[error("it is not a complete JPEG image: {0}")]
    Jpeg(String),
    #[error("its lines of {bytes_per_line} bytes do not fit {width} pixels")]
    Line { bytes_per_line: u32, width: u32 },
    #[error("its layout is invalid")]
    Layout(#[source] YuvError),
}

impl CaptureFormat {
    /// The least number of bytes that a complete frame has: its last line may lack the
    /// padding. 0 for JPEG.
    pub fn least_frame_bytes(&self) -> usize {
        (self.pixels.least_bytes)(self)
    }

    /// Whether frames have to be decoded before anything is known about single pixels.
    pub(crate) fn is_compressed(&self) -> bool {
        self.pixels.layout.is_none()
    }

    /// Converts a frame to RGB. `bytes` are those that the camera has filled.
    ///
    /// # Errors
    /// There are too few bytes, they are not a JPEG image although the camera delivers
    /// JPEG, or the layout contradicts itself.
    pub fn to_rgb(&self, bytes: &[u8]) -> Result<RgbImage, PixelsError> {
        let format = self.checked(bytes.len())?;
        (self.pixels.convert)(&format, bytes)
    }

    /// The format with the length of its lines. Of uncompressed frames it is known now that memory
    /// for their pixels can be allocated, and that none of their bytes is missing.
    ///
    /// # Errors
    /// The driver states an impossible layout, or a frame with `found` bytes can't be complete.
    pub(crate) fn checked(&self, found: usize) -> Result<Self, PixelsError> {
        if self.is_compressed() {
            return Ok(*self);
        }
        let Self { width, height, .. } = *self;
        if !(1..=MAX_PIXELS).contains(&(u64::from(width) * u64::from(height))) {
            return Err(PixelsError::Size { width, height });
        }
        let format = self.with_line_length();
        if format.is_line_short() || format.bytes_per_line > MOST_LINE_BYTES {
            return Err(PixelsError::Line { bytes_per_line: format.bytes_per_line, width });
        }
        let wanted = format.least_frame_bytes();
        if found < wanted { Err(PixelsError::Short { found, wanted }) } else { Ok(format) }
    }

    /// The format with lines without padding where the driver states no length of a line.
    pub(crate) fn with_line_length(self) -> Self {
        let least = self.pixels.layout.map_or(0, |layout| layout.least_line_bytes(self.width));
        let bytes_per_line =
            if self.bytes_per_line == 0 { least as u32 } else { self.bytes_per_line };
        Self { bytes_per_line, ..self }
    }

    /// Whether the pixels of a line need more bytes than a line has.
    fn is_line_short(&self) -> bool {
        let first_plane = self.pixels.layout.and_then(|layout| layout.planes.first());
        first_plane.is_some_and(|plane| {
            (plane.pair_bytes * self.width as usize).div_ceil(2) > self.bytes_per_line as usize
        })
    }

    /// Converts a part of a frame to RGB and reduces it, without the full image. The result has
    /// the memory of `buffer`. Returns `None` where this is not possible:
    /// [`CaptureFormat::to_rgb`] then gives the image or the error.
    pub(crate) fn reduced_rgb(
        &self,
        bytes: &[u8],
        part: Reduction,
        buffer: Vec<u8>,
    ) -> Option<RgbImage> {
        let layout = self.pixels.layout?;
        if self.bytes_per_line == 0 {
            return None;
        }
        let line_bytes = layout.least_line_bytes(self.width);
        if bytes.len() < self.least_frame_bytes() || line_bytes > self.bytes_per_line as usize {
            return None;
        }
        reduce(self, &layout, bytes, part, buffer)
    }

    /// Bytes of lines whose last one has no padding.
    fn bytes_of_lines(&self, lines: u32, last_line_bytes: u32) -> usize {
        self.bytes_per_line as usize * lines.saturating_sub(1) as usize + last_line_bytes as usize
    }

    /// Bytes of the first plane of NV12, with the padding of its last line.
    fn y_plane_bytes(&self) -> usize {
        self.bytes_per_line as usize * self.height as usize
    }

    /// The width, rounded up to full pairs of pixels.
    fn even_width(&self) -> u32 {
        self.width.next_multiple_of(2)
    }
}

fn yuyv_to_rgb(format: &CaptureFormat, bytes: &[u8]) -> Result<RgbImage, PixelsError> {
    let CaptureFormat { width, height, bytes_per_line, range, matrix, .. } = *format;
    let packed = YuvPackedImage {
        yuy: &with_last_padding(bytes, bytes_per_line as usize * height as usize),
        yuy_stride: bytes_per_line,
        width,
        height,
    };
    let mut image = RgbImage::new(width, height);
    yuyv422_to_rgb(&packed, &mut image, 3 * width, range.into(), matrix.into())
        .map_err(PixelsError::Layout)?;
    Ok(image)
}

fn nv12_to_rgb(format: &CaptureFormat, bytes: &[u8]) -> Result<RgbImage, PixelsError> {
    let CaptureFormat { width, height, bytes_per_line, range, matrix, .. } = *format;
    let (y_plane, uv_plane) = bytes.split_at(format.y_plane_bytes());
    let uv_lines = height.div_ceil(2) as usize;
    let planes = YuvBiPlanarImage {
        y_plane,
        y_stride: bytes_per_line,
        uv_plane: &with_last_padding(uv_plane, bytes_per_line as usize * uv_lines),
        uv_stride: bytes_per_line,
        width,
        height,
    };
    let mut image = RgbImage::new(width, height);
    let mode = YuvConversionMode::Balanced;
    yuv_nv12_to_rgb(&planes, &mut image, 3 * width, range.into(), matrix.into(), mode)
        .map_err(PixelsError::Layout)?;
    Ok(image)
}

fn rgb3_to_rgb(format: &CaptureFormat, bytes: &[u8]) -> Result<RgbImage, PixelsError> {
    Ok(copy_pixels(format, bytes, |[r, g, b]| [r, g, b]))
}

fn bgr3_to_rgb(format: &CaptureFormat, bytes: &[u8]) -> Result<RgbImage, PixelsError> {
    Ok(copy_pixels(format, bytes, |[b, g, r]| [r, g, b]))
}

fn grey_to_rgb(format: &CaptureFormat, bytes: &[u8]) -> Result<RgbImage, PixelsError> {
    Ok(copy_pixels(format, bytes, |[y]| [y; 3]))
}

fn jpeg_to_rgb(_format: &CaptureFormat, bytes: &[u8]) -> Result<RgbImage, PixelsError> {
    decode(bytes, "frame").map_err(|error| PixelsError::Jpeg(error.fault()))
}

/// Copies pixels of N bytes each, line by line, and leaves out the padding.
fn copy_pixels<const N: usize>(
    format: &CaptureFormat,
    bytes: &[u8],
    rgb: impl Fn([u8; N]) -> [u8; 3],
) -> RgbImage {
    let mut image = RgbImage::new(format.width, format.height);
    let lines = bytes.chunks(format.bytes_per_line as usize);
    for (line, pixels) in lines.zip(image.chunks_mut(3 * format.width as usize)) {
        for (from, to) in line.as_chunks::<N>().0.iter().zip(pixels.as_chunks_mut().0) {
            *to = rgb(*from);
        }
    }
    image
}

/// The lines with the padding of the last one, which a frame may lack, and without what some
/// drivers send after them.
fn with_last_padding(bytes: &[u8], wanted: usize) -> Cow<'_, [u8]> {
    if let Some(lines) = bytes.get(..wanted) {
        return lines.into();
    }
    let mut longer = bytes.to_vec();
    longer.resize(wanted, 0);
    longer.into()
}

impl From<LevelRange> for YuvRange {
    fn from(range: LevelRange) -> Self {
        match range {
            LevelRange::Limited => YuvRange::Limited,
            LevelRange::Full => YuvRange::Full,
        }
    }
}

impl From<ColorMatrix> for YuvStandardMatrix {
    fn from(matrix: ColorMatrix) -> Self {
        match matrix {
            ColorMatrix::Bt601 => YuvStandardMatrix::Bt601,
            ColorMatrix::Bt709 => YuvStandardMatrix::Bt709,
        }
    }
}
