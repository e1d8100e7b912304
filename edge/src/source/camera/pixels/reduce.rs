//! Frames that are reduced while they are converted: each pixel of the result is the mean of a
//! square block of pixels, and the full image is never made.

use std::cell::RefCell;

use common::Size;
use common::prepare::centred_square;
use image::RgbImage;
use yuv::{YuvPlanarImage, yuv444_to_rgb};

use super::CaptureFormat;

/// How the channels of a pixel format lie in memory.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub(super) colors: Colors,
    pub(super) planes: &'static [Plane],
}

impl Layout {
    /// The least distance between two lines of an image of this width.
    pub(super) fn least_line_bytes(&self, width: u32) -> usize {
        let bytes = |plane: &Plane| {
            let channels = plane.channels.iter();
            let end = |channel: &Channel| {
                channel.offset
                    + channel.step * (width.max(1).div_ceil(channel.columns) as usize - 1)
                    + 1
            };
            channels.map(end).max().unwrap_or(0)
        };
        self.planes.iter().map(bytes).max().unwrap_or(0)
    }
}

/// What the channels are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Colors {
    Rgb,
    Yuv,
    /// There is only the first channel.
    Grey,
}

/// Lines of bytes with one or more channels.
pub(super) struct Plane {
    /// The place of the first byte.
    pub(super) start: fn(&CaptureFormat) -> usize,
    /// The bytes of two pixels side by side.
    pub(super) pair_bytes: usize,
    /// The lines of the image for each line of the plane.
    pub(super) lines: u32,
    pub(super) channels: &'static [Channel],
}

/// One of the values of a pixel.
pub(super) struct Channel {
    /// 0 to 2: red, green and blue, or Y, U and V.
    pub(super) index: usize,
    /// The first byte in a line, and the distance to the next one.
    pub(super) offset: usize,
    pub(super) step: usize,
    /// The pixels side by side that share a value.
    pub(super) columns: u32,
}

/// A part of a frame that is reduced by a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reduction {
    /// 2, 4 or 8.
    factor: u32,
    /// The part in pixels; `left` and `top` are multiples of the factor.
    left: u32,
    top: u32,
    size: Size,
}

impl Reduction {
    /// The whole frame.
    pub(crate) fn of_frame(frame: Size, factor: u32) -> Self {
        Self { factor, left: 0, top: 0, size: frame }
    }

    /// All blocks in which the centred square has a part.
    pub(crate) fn of_square(frame: Size, factor: u32) -> Self {
        let crop = centred_square(frame);
        let along = |first: u32, length: u32| {
            let end = (first + crop.side).next_multiple_of(factor).min(length);
            (first / factor * factor, end)
        };
        let ((left, right), (top, bottom)) =
            (along(crop.left, frame.width), along(crop.top, frame.height));
        Self { factor, left, top, size: Size::new(right - left, bottom - top) }
    }

    /// The size of the result.
    pub(crate) fn reduced_size(&self) -> Size {
        Size::new(self.size.width.div_ceil(self.factor), self.size.height.div_ceil(self.factor))
    }
}

/// The memory for intermediate results, kept by the thread from frame to frame.
#[derive(Default)]
struct Scratch {
    /// Sums of the bytes above each other.
    sums: Vec<u16>,
    /// The reduced channels, one after the other.
    channels: [Vec<u8>; 3],
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Reduces a frame that has at least `least_frame_bytes`, into a buffer that is used again.
/// Returns `None` if the layout contradicts itself.
pub(super) fn reduce(
    format: &CaptureFormat,
    layout: &Layout,
    bytes: &[u8],
    part: Reduction,
    mut buffer: Vec<u8>,
) -> Option<RgbImage> {
    let size = part.reduced_size();
    buffer.resize(3 * size.area(), 0);
    let mut image = RgbImage::from_raw(size.width, size.height, buffer)?;
    SCRATCH.with_borrow_mut(|scratch| {
        for channel in &mut scratch.channels {
            channel.resize(size.area(), 0);
        }
        for plane in layout.planes {
            scratch.reduce_plane(format, plane, bytes, part)?;
        }
        scratch.to_rgb(format, layout.colors, &mut image)
    })?;
    Some(image)
}

impl Scratch {
    fn reduce_plane(
        &mut self,
        format: &CaptureFormat,
        plane: &Plane,
        bytes: &[u8],
        part: Reduction,
    ) -> Option<()> {
        let Reduction { factor, left, top, size } = part;
        let reduced = part.reduced_size();
        let first = left as usize / 2 * plane.pair_bytes;
        let length = size.width.div_ceil(2) as usize * plane.pair_bytes;
        let line_bytes = format.bytes_per_line as usize;
        let lines = bytes.get((plane.start)(format)..)?;
        self.sums.resize(length, 0);
        for y in 0..reduced.height {
            let first_line = (top + y * factor) / plane.lines;
            let end = (top + size.height.min((y + 1) * factor)).div_ceil(plane.lines);
            self.sums.fill(0);
            for line in first_line..end {
                let start = line as usize * line_bytes;
                let rest = lines.get(start + first..)?;
                // The last line may lack its padding, and an odd width the second pixel.
                add(&mut self.sums, &rest[..length.min(rest.len())]);
            }
            for channel in plane.channels {
                let row = y as usize * reduced.width as usize;
                let means = &mut self.channels[channel.index][row..][..reduced.width as usize];
                average(&self.sums, channel, end - first_line, part, means);
            }
        }
        Some(())
    }

    /// Joins the channels to an image of the same number of pixels.
    fn to_rgb(&self, format: &CaptureFormat, colors: Colors, image: &mut RgbImage) -> Option<()> {
        let [first, second, third] = &self.channels;
        let (width, height) = image.dimensions();
        if colors == Colors::Yuv {
            let planes = YuvPlanarImage {
                y_plane: first,
                y_stride: width,
                u_plane: second,
                u_stride: width,
                v_plane: third,
                v_stride: width,
                width,
                height,
            };
            let (range, matrix) = (format.range.into(), format.matrix.into());
            return yuv444_to_rgb(&planes, image, 3 * width, range, matrix).ok();
        }
        let (green, blue) = if colors == Colors::Grey { (first, first) } else { (second, third) };
        let pixels = image.as_chunks_mut::<3>().0.iter_mut();
        for (((pixel, red), green), blue) in pixels.zip(first).zip(green).zip(blue) {
            *pixel = [*red, *green, *blue];
        }
        Some(())
    }
}

/// Adds a line to the sums of lines: at most 8 lines of 255 levels.
fn add(sums: &mut [u16], line: &[u8]) {
    for (sum, level) in sums.iter_mut().zip(line) {
        *sum += u16::from(*level);
    }
}

/// The means of a channel in a row of blocks, whose `lines` lines are summed up in `sums`.
fn average(sums: &[u16], channel: &Channel, lines: u32, part: Reduction, means: &mut [u8]) {
    let Reduction { factor, size, .. } = part;
    let values = (factor / channel.columns) as usize;
    let average = match (channel.step, values) {
        (1, 1) => average_blocks::<1, 1>,
        (1, 2) => average_blocks::<1, 2>,
        (1, 4) => average_blocks::<1, 4>,
        (1, _) => average_blocks::<1, 8>,
        (2, 1) => average_blocks::<2, 1>,
        (2, 2) => average_blocks::<2, 2>,
        (2, 4) => average_blocks::<2, 4>,
        (2, _) => average_blocks::<2, 8>,
        (3, 2) => average_blocks::<3, 2>,
        (3, 4) => average_blocks::<3, 4>,
        (3, _) => average_blocks::<3, 8>,
        (_, 1) => average_blocks::<4, 1>,
        (_, 2) => average_blocks::<4, 2>,
        _ => average_blocks::<4, 4>,
    };
    let (complete, rest) = means.split_at_mut((size.width / factor) as usize);
    average(sums, channel.offset, lines, complete);
    if let [mean] = rest {
        let first = complete.len() * values;
        let end = size.width.div_ceil(channel.columns) as usize;
        let sum = (first..end).map(|at| u32::from(sums[channel.offset + channel.step * at])).sum();
        *mean = Mean::of((end - first) as u32 * lines).round(sum);
    }
}

/// The means of complete blocks of `VALUES` values, `STEP` apart.
fn average_blocks<const STEP: usize, const VALUES: usize>(
    sums: &[u16],
    offset: usize,
    lines: u32,
    means: &mut [u8],
) {
    let mean = Mean::of(VALUES as u32 * lines);
    for (block, result) in sums.chunks(STEP * VALUES).zip(means) {
        let sum = (0..VALUES).map(|at| u32::from(block[offset + STEP * at])).sum();
        *result = mean.round(sum);
    }
}

/// Divides sums of levels by their number, at most 64, with a multiplication: the sums are below
/// 2¹⁵, so that the rounded reciprocal gives the exact quotient.
struct Mean {
    half: u32,
    reciprocal: u32,
}

impl Mean {
    const BITS: u32 = 20;

    fn of(count: u32) -> Self {
        Self { half: count / 2, reciprocal: (1_u32 << Self::BITS).div_ceil(count.max(1)) }
    }

    fn round(&self, sum: u32) -> u8 {
        (((sum + self.half) * self.reciprocal) >> Self::BITS) as u8
    }
}
