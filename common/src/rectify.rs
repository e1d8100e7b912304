//! A card lying anyhow in a frame, seen from straight above.

use image::RgbImage;

use crate::Corners;
use crate::corners::distance;

/// Samples along one edge of an output pixel at most; cards so large that this is too
/// few are blurred by nothing that their camera did not blur before.
const MAX_SAMPLES: u32 = 8;

/// The quadrilateral stretched to a square of `side`×`side` RGB pixels, its first corner
/// at the top left: what the classifier takes for a card.
///
/// One resampling: each output pixel is the mean of as many bilinear samples as it covers
/// pixels of the frame. Outside the frame, its border goes on.
/// Black where the frame has no pixels.
pub fn rectify(frame: &RgbImage, corners_in_frame: &Corners, side: u32) -> RgbImage {
    rectify_window(frame, corners_in_frame, [0.0, 1.0], side, MAX_SAMPLES)
}

/// The same with another window than the quadrilateral itself, along both of its axes: it
/// lies at 0 to 1. At most `max_samples` samples along one edge of an output pixel.
pub fn rectify_window(
    frame: &RgbImage,
    corners_in_frame: &Corners,
    [first, last]: [f32; 2],
    side: u32,
    max_samples: u32,
) -> RgbImage {
    let mut square = RgbImage::new(side, side);
    if frame.width() == 0 || frame.height() == 0 || side == 0 {
        return square;
    }
    let [a, b, c, d] = corners_in_frame;
    let samples =
        |edge: f32| ((edge * (last - first) / side as f32).round() as u32).clamp(1, max_samples);
    let across = samples(distance(a, b).max(distance(d, c)));
    let down = samples(distance(a, d).max(distance(b, c)));
    let frame_from_unit = FrameFromUnit::new(corners_in_frame);
    let places = |samples: u32| -> Vec<f32> {
        let count = side * samples;
        let share = |sample: u32| (sample as f32 + 0.5) / count as f32;
        (0..count).map(|sample| first + share(sample) * (last - first)).collect()
    };
    let (columns, rows) = (places(across), places(down));
    let source = Source::new(frame);
    let weight = (across * down) << (2 * FRACTION_BITS);
    let mut sums = vec![[0_u32; 3]; side as usize];
    let pixels = square.rows_mut().zip(rows.chunks(down as usize));
    for (pixels, rows) in pixels {
        sums.fill([weight / 2; 3]);
        for &v in rows {
            for (sum, columns) in sums.iter_mut().zip(columns.chunks(across as usize)) {
                for &u in columns {
                    source.add(frame_from_unit.map([u, v]), sum);
                }
            }
        }
        for (pixel, sum) in pixels.zip(&sums) {
            pixel.0 = sum.map(|sum| (sum / weight) as u8);
        }
    }
    square
}

/// The projective map of the unit square onto a quadrilateral.
#[derive(Clone, Copy, Debug)]
pub struct FrameFromUnit {
    x: [f32; 3],
    y: [f32; 3],
    w: [f32; 2],
}

impl FrameFromUnit {
    /// Of a quadrilateral in the frame.
    ///
    /// P. Heckbert, "Fundamentals of texture mapping and image warping", 1989, section 2.2.3.
    pub fn new(corners: &Corners) -> Self {
        let [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = *corners;
        let (sum_x, sum_y) = (x0 - x1 + x2 - x3, y0 - y1 + y2 - y3);
        let (dx1, dy1) = (x1 - x2, y1 - y2);
        let (dx2, dy2) = (x3 - x2, y3 - y2);
        let scale = dx1 * dy2 - dx2 * dy1;
        // Corners in one line: there is nothing to see, and nothing to divide by.
        let scale = if scale.abs() < 1e-6 { 1e-6 } else { scale };
        let g = (sum_x * dy2 - dx2 * sum_y) / scale;
        let h = (dx1 * sum_y - sum_x * dy1) / scale;
        Self {
            x: [x1 - x0 + g * x1, x3 - x0 + h * x3, x0],
            y: [y1 - y0 + g * y1, y3 - y0 + h * y3, y0],
            w: [g, h],
        }
    }

    /// A point of the unit square's plane in the frame.
    pub fn map(&self, [u, v]: [f32; 2]) -> [f32; 2] {
        let scale = 1.0 / (self.w[0] * u + self.w[1] * v + 1.0);
        [&self.x, &self.y].map(|[a, b, c]| (a * u + b * v + c) * scale)
    }
}

/// Places are known to 1/256 of a pixel, so that whole numbers do: `MAX_SAMPLES²` samples
/// of weight 2¹⁶ and 255 levels are less than 2³².
const FRACTION_BITS: u32 = 8;
const ONE: u32 = 1 << FRACTION_BITS;

/// A frame to be sampled. It has pixels.
struct Source<'a> {
    raw: &'a [u8],
    size: [u32; 2],
    /// From a level to the one right of it, and to the one below; 0 where there is none.
    next: [usize; 2],
}

impl<'a> Source<'a> {
    fn new(frame: &'a RgbImage) -> Self {
        let (width, height) = frame.dimensions();
        let next_column = if width > 1 { 3 } else { 0 };
        let next_row = if height > 1 { 3 * width as usize } else { 0 };
        Self { raw: frame.as_raw(), size: [width, height], next: [next_column, next_row] }
    }

    /// Adds the levels at a point, bilinearly, with a weight of `ONE²`; pixel centres are at
    /// halves. Outside the frame, its border goes on.
    fn add(&self, [x, y]: [f32; 2], sum: &mut [u32; 3]) {
        let split = |at: f32, length: u32| {
            // NaN becomes 0.
            let at = ((at - 0.5) * ONE as f32 + 0.5) as i32;
            let at = (at.max(0) as u32).min((length - 1) << FRACTION_BITS);
            let first = (at >> FRACTION_BITS).min(length.saturating_sub(2));
            (first as usize, at - (first << FRACTION_BITS))
        };
        let (left, right) = split(x, self.size[0]);
        let (top, bottom) = split(y, self.size[1]);
        let [next_column, next_row] = self.next;
        let above = &self.raw[3 * (top * self.size[0] as usize + left)..];
        let below = &above[next_row..];
        let (above, below) = (&above[..next_column + 3], &below[..next_column + 3]);
        let weights = [
            (ONE - right) * (ONE - bottom),
            right * (ONE - bottom),
            (ONE - right) * bottom,
            right * bottom,
        ];
        for (i, sum) in sum.iter_mut().enumerate() {
            let levels = [above[i], above[next_column + i], below[i], below[next_column + i]];
            *sum += levels
                .iter()
                .zip(weights)
                .map(|(&level, weight)| u32::from(level) * weight)
                .sum::<u32>();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn fine_stripes_become_grey_when_they_shrink() {
        let stripes = |x, _| Rgb([if x % 2 == 0 { 0 } else { 255 }; 3]);
        let frame = RgbImage::from_fn(400, 400, stripes);
        let corners = [[3.0, 3.0], [393.0, 3.0], [393.0, 393.0], [3.0, 393.0]];
        let seen = rectify(&frame, &corners, 60);
        assert!(seen.iter().all(|level| (90..=165).contains(level)));
    }

    #[test]
    fn what_is_outside_the_frame_or_has_no_extent_does_no_harm() {
        let frame = RgbImage::from_pixel(4, 4, Rgb([7, 8, 9]));
        for corners in [
            [[-50.0, -50.0], [90.0, -50.0], [90.0, 90.0], [-50.0, 90.0]],
            [[1.0, 1.0]; 4],
            [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]],
        ] {
            assert_eq!(rectify(&frame, &corners, 8).get_pixel(4, 4), &Rgb([7, 8, 9]));
        }
        assert_eq!(rectify(&RgbImage::new(0, 0), &[[0.0; 2]; 4], 8), RgbImage::new(8, 8));
    }
}
