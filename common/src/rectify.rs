//! A card that lies anywhere in a frame, seen from straight above.

use image::RgbImage;

use crate::geometry::{Point, Quad, Size};

/// The most samples along one side of an output pixel. A card that is so large that this is too
/// few was photographed with more pixels than the classifier can use.
const MAX_SAMPLES: u32 = 8;

/// A part of both axes of the unit square's plane; the outline itself lies from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    pub first: f32,
    pub last: f32,
}

impl Window {
    /// The outline and nothing around it.
    pub const OUTLINE: Self = Self { first: 0.0, last: 1.0 };

    fn length(self) -> f32 {
        self.last - self.first
    }
}

/// Stretches an outline to a square of `side`×`side` RGB pixels, its first corner at the top
/// left: the classifier's input for a located card.
///
/// The frame is resampled once: each output pixel is the mean of as many bilinear samples as it
/// covers pixels of the frame. Outside the frame, its border pixels are repeated. The result is
/// black where the frame has no pixels at all.
pub fn rectify(frame: &RgbImage, outline_in_frame: Quad, side: u32) -> RgbImage {
    let mut square = RgbImage::new(side, side);
    rectify_window_into(frame, outline_in_frame, Window::OUTLINE, MAX_SAMPLES, &mut square);
    square
}

/// As [`rectify`], into an image that is there already and need not be square, with another
/// window than the outline itself, and with at most `max_samples`, which are no more than [`MAX_SAMPLES`], along one side of an output pixel.
pub(crate) fn rectify_window_into(
    frame: &RgbImage,
    outline_in_frame: Quad,
    window: Window,
    max_samples: u32,
    rectified: &mut RgbImage,
) {
    let size = Size::of_image(rectified);
    if Size::of_image(frame).is_empty() || size.is_empty() {
        rectified.fill(0);
        return;
    }
    let [a, b, c, d] = outline_in_frame.corners;
    let samples = |outline_length: f32, length: u32| {
        let covered = (outline_length * window.length() / length as f32).round() as u32;
        covered.clamp(1, max_samples.min(MAX_SAMPLES))
    };
    let across = samples(a.distance(b).max(d.distance(c)), size.width);
    let down = samples(a.distance(d).max(b.distance(c)), size.height);
    let rows = SampleRows {
        sampler: &BilinearSampler::new(frame),
        frame_from_unit: FrameFromUnit::new(outline_in_frame),
        columns: SamplePositions::new(window, size.width * across),
        rows: SamplePositions::new(window, size.height * down),
        across: across as usize,
        down: down as usize,
    };
    let row_bytes = 3 * size.width as usize;
    for (y, pixels) in rectified.chunks_exact_mut(row_bytes).enumerate() {
        for (tile, pixels) in pixels.chunks_mut(3 * TILE_PIXELS).enumerate() {
            rows.fill(y, TILE_PIXELS * tile, pixels);
        }
    }
}

/// The number of pixels of an output row that are computed together.
const TILE_PIXELS: usize = 16;

/// The most samples of a row of samples for [`TILE_PIXELS`].
const TILE_SAMPLES: usize = TILE_PIXELS * MAX_SAMPLES as usize;

/// The middles of `count` equal parts of a window.
struct SamplePositions {
    first: f32,
    step: f32,
}

impl SamplePositions {
    fn new(window: Window, count: u32) -> Self {
        Self { first: window.first, step: window.length() / count as f32 }
    }

    fn at(&self, sample: usize) -> f32 {
        self.first + (sample as f32 + 0.5) * self.step
    }
}

/// All samples of an output image.
struct SampleRows<'a> {
    sampler: &'a BilinearSampler<'a>,
    frame_from_unit: FrameFromUnit,
    columns: SamplePositions,
    rows: SamplePositions,
    /// Samples along the sides of an output pixel.
    across: usize,
    down: usize,
}

impl SampleRows<'_> {
    /// Computes at most [`TILE_PIXELS`] pixels of the output row `y` from the column `x` on.
    fn fill(&self, y: usize, x: usize, pixels: &mut [u8]) {
        let count = pixels.len() / 3;
        let samples_of_pixel = (self.across * self.down) as u32;
        let half = samples_of_pixel << (2 * FRACTION_BITS - 1);
        let mut sums = [[half; 3]; TILE_PIXELS];
        let (mut places_x, mut places_y) = ([0; TILE_SAMPLES], [0; TILE_SAMPLES]);
        let used = count * self.across;
        for row in y * self.down..(y + 1) * self.down {
            self.places(row, x * self.across, &mut places_x[..used], &mut places_y[..used]);
            let samples = places_x[..used].chunks_exact(self.across);
            let samples = samples.zip(places_y[..used].chunks_exact(self.across));
            for (sum, (xs, ys)) in sums.iter_mut().zip(samples) {
                // A copy, which can stay in registers.
                let mut levels = *sum;
                for (&x, &y) in xs.iter().zip(ys) {
                    self.sampler.add(x, y, &mut levels);
                }
                *sum = levels;
            }
        }
        // A division by the number of samples, as a multiplication. The sums of levels are below
        // 2¹⁴, so that the rounded reciprocal gives the exact quotient.
        let reciprocal = (1_u32 << 20).div_ceil(samples_of_pixel);
        for (pixel, sum) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(&sums) {
            *pixel = sum.map(|sum| (((sum >> (2 * FRACTION_BITS)) * reciprocal) >> 20) as u8);
        }
    }

    /// The places in the frame of samples of one row, from the sample `first` on. A loop
    /// without branches, which the compiler turns into vector instructions.
    fn places(&self, row: usize, first: usize, xs: &mut [u32], ys: &mut [u32]) {
        let FrameFromUnit { x: [xa, xb, xc], y: [ya, yb, yc], w: [wa, wb] } = self.frame_from_unit;
        let v = self.rows.at(row);
        let (x0, y0, w0) = (xb * v + xc, yb * v + yc, wb * v + 1.0);
        let [x_limit, y_limit] = self.sampler.limits;
        for (i, (x, y)) in xs.iter_mut().zip(ys).enumerate() {
            let u = self.columns.at(first + i);
            let scale = 1.0 / (wa * u + w0);
            *x = place((xa * u + x0) * scale, x_limit);
            *y = place((ya * u + y0) * scale, y_limit);
        }
    }
}

/// The projective map from the unit square to an outline in a frame.
#[derive(Clone, Copy, Debug)]
pub struct FrameFromUnit {
    x: [f32; 3],
    y: [f32; 3],
    w: [f32; 2],
}

impl FrameFromUnit {
    /// The map to this outline.
    ///
    /// P. Heckbert, "Fundamentals of texture mapping and image warping", 1989, section 2.2.3.
    pub fn new(outline_in_frame: Quad) -> Self {
        let [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = outline_in_frame.to_arrays();
        let (sum_x, sum_y) = (x0 - x1 + x2 - x3, y0 - y1 + y2 - y3);
        let (dx1, dy1) = (x1 - x2, y1 - y2);
        let (dx2, dy2) = (x3 - x2, y3 - y2);
        let scale = dx1 * dy2 - dx2 * dy1;
        // Corners on one line enclose nothing; this avoids a division by zero.
        let scale = if scale.abs() < 1e-6 { 1e-6 } else { scale };
        let g = (sum_x * dy2 - dx2 * sum_y) / scale;
        let h = (dx1 * sum_y - sum_x * dy1) / scale;
        Self {
            x: [x1 - x0 + g * x1, x3 - x0 + h * x3, x0],
            y: [y1 - y0 + g * y1, y3 - y0 + h * y3, y0],
            w: [g, h],
        }
    }

    /// Maps a point of the unit square's plane to the frame.
    pub fn map(&self, point: Point) -> Point {
        let scale = 1.0 / (self.w[0] * point.x + self.w[1] * point.y + 1.0);
        let coordinate = |[a, b, c]: &[f32; 3]| (a * point.x + b * point.y + c) * scale;
        Point::new(coordinate(&self.x), coordinate(&self.y))
    }

    /// Maps a point of the frame to the unit square's plane. The result is not finite where the outline
    /// encloses nothing.
    pub fn unmap(&self, point: Point) -> Point {
        // Both equations of `map`, multiplied by the divisor, are linear in the point looked for.
        let equation = |[a, b, c]: [f32; 3], coordinate: f32| {
            let [g, h] = self.w.map(|factor| factor * coordinate);
            [a - g, b - h, coordinate - c]
        };
        let [a, b, p] = equation(self.x, point.x);
        let [c, d, q] = equation(self.y, point.y);
        let determinant = a * d - b * c;
        Point::new((p * d - b * q) / determinant, (a * q - p * c) / determinant)
    }
}

/// Positions are rounded to 1/256 of a pixel, so that integers suffice: `MAX_SAMPLES²` samples
/// of weight 2¹⁶ and 255 levels stay below 2³².
const FRACTION_BITS: u32 = 8;
const ONE: u32 = 1 << FRACTION_BITS;

/// The last column and row of a frame that samples can reach; see [`place`]. Where a frame goes
/// on, this pixel is repeated.
const LAST_PIXEL: u32 = (1 << 15) - 1;

/// The distance of a coordinate from the middle of the first pixel in parts of a pixel, 0 to
/// `limit`. A coordinate that is not a number becomes 0.
fn place(coordinate: f32, limit: f32) -> u32 {
    // At and above 2²³ the last bit of an f32 is worth 1, so that this addition rounds, and the
    // mantissa is the integer. It needs fewer instructions than a conversion, which handles
    // values that do not fit.
    const WHOLE: f32 = (1 << 23) as f32;
    let place = ((coordinate - 0.5) * ONE as f32).max(0.0).min(limit);
    (place + WHOLE).to_bits() - WHOLE.to_bits()
}

/// A frame, which must have pixels, to take bilinear samples from.
struct BilinearSampler<'a> {
    raw: &'a [u8],
    row_bytes: usize,
    /// The largest places along both axes: just before the last pixels, so that there is always
    /// a next pixel.
    limits: [f32; 2],
    /// The distance in bytes to the pixel on the right and to the pixel below; 0 where the frame
    /// has only one column or row.
    next: [usize; 2],
}

impl<'a> BilinearSampler<'a> {
    fn new(frame: &'a RgbImage) -> Self {
        let Size { width, height } = Size::of_image(frame);
        let row_bytes = 3 * width as usize;
        Self {
            raw: frame.as_raw(),
            row_bytes,
            limits: [width, height]
                .map(|length| ((length - 1).min(LAST_PIXEL) * ONE).saturating_sub(1) as f32),
            next: [if width > 1 { 3 } else { 0 }, if height > 1 { row_bytes } else { 0 }],
        }
    }

    /// Adds the levels at a place to `sum`, with a weight of `ONE²`.
    #[inline(always)]
    fn add(&self, x: u32, y: u32, sum: &mut [u32; 3]) {
        let (left, right) = (x >> FRACTION_BITS, x % ONE);
        let (top, bottom) = (y >> FRACTION_BITS, y % ONE);
        let above = top as usize * self.row_bytes + 3 * left as usize;
        let [above, below] = [above, above + self.next[1]].map(|at| self.pair(at));
        // Red, blue and the second green are in one word, the others in the other one; each has
        // 16 bits, which hold 255 levels times `ONE`.
        let (even, odd) = (blend(above, below, bottom), blend(above >> 8, below >> 8, bottom));
        let levels = [
            [even, odd >> 16].map(|word| word as u16),
            [odd, even >> 32].map(|word| word as u16),
            [even >> 16, odd >> 32].map(|word| word as u16),
        ];
        for (sum, [first, second]) in sum.iter_mut().zip(levels) {
            *sum += u32::from(first) * (ONE - right) + u32::from(second) * right;
        }
    }

    /// The six bytes of two pixels side by side.
    #[inline(always)]
    fn pair(&self, at: usize) -> u64 {
        match self.raw.get(at..).and_then(|bytes| bytes.first_chunk()) {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => self.last_pair(at),
        }
    }

    /// As [`BilinearSampler::pair`], for the last pixels of a frame and for a frame of one column.
    #[cold]
    fn last_pair(&self, at: usize) -> u64 {
        let mut bytes = [0; 8];
        bytes[..3].copy_from_slice(&self.raw[at..at + 3]);
        let second = at + self.next[0];
        bytes[3..6].copy_from_slice(&self.raw[second..second + 3]);
        u64::from_le_bytes(bytes)
    }
}

/// Four bytes of each word, the even ones, blended to 16 bits each. `share` is that of the second
/// word, 0 to [`ONE`].
fn blend(first: u64, second: u64, share: u32) -> u64 {
    const EVEN_BYTES: u64 = 0x00ff_00ff_00ff_00ff;
    let share = u64::from(share);
    (first & EVEN_BYTES) * (u64::from(ONE) - share) + (second & EVEN_BYTES) * share
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn fine_stripes_become_grey_when_they_shrink() {
        let stripes = |x, _| Rgb([if x % 2 == 0 { 0 } else { 255 }; 3]);
        let frame = RgbImage::from_fn(400, 400, stripes);
        let outline = Quad::from([[3.0, 3.0], [393.0, 3.0], [393.0, 393.0], [3.0, 393.0]]);
        let seen = rectify(&frame, outline, 60);
        assert!(seen.iter().all(|level| (90..=165).contains(level)));
    }

    #[test]
    fn unmapping_is_the_inverse_of_mapping() {
        let outline = Quad::from([[30.0, 20.0], [90.0, 30.0], [85.0, 110.0], [20.0, 100.0]]);
        let frame_from_unit = FrameFromUnit::new(outline);
        for (u, v) in [(0.0, 0.0), (0.5, 0.5), (1.0, 0.2), (-0.3, 1.4)] {
            let point = frame_from_unit.unmap(frame_from_unit.map(Point::new(u, v)));
            assert!(point.distance(Point::new(u, v)) < 1e-4, "{point:?}");
        }
    }

    #[test]
    fn an_outline_outside_the_frame_or_without_area_repeats_pixels() {
        let frame = RgbImage::from_pixel(4, 4, Rgb([7, 8, 9]));
        for corners in [
            [[-50.0, -50.0], [90.0, -50.0], [90.0, 90.0], [-50.0, 90.0]],
            [[1.0, 1.0]; 4],
            [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]],
        ] {
            assert_eq!(rectify(&frame, Quad::from(corners), 8).get_pixel(4, 4), &Rgb([7, 8, 9]));
        }
        assert_eq!(rectify(&RgbImage::new(0, 0), Quad::default(), 8), RgbImage::new(8, 8));
    }
}
