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
    rectify_window(frame, outline_in_frame, Window::OUTLINE, side, MAX_SAMPLES)
}

/// As [`rectify`], with another window than the outline itself, and with at most `max_samples`
/// samples along one side of an output pixel.
pub fn rectify_window(
    frame: &RgbImage,
    outline_in_frame: Quad,
    window: Window,
    side: u32,
    max_samples: u32,
) -> RgbImage {
    let mut square = RgbImage::new(side, side);
    if Size::of_image(frame).is_empty() || side == 0 {
        return square;
    }
    let [a, b, c, d] = outline_in_frame.corners;
    let samples = |outline_side: f32| {
        ((outline_side * window.length() / side as f32).round() as u32).clamp(1, max_samples)
    };
    let across = samples(a.distance(b).max(d.distance(c)));
    let down = samples(a.distance(d).max(b.distance(c)));
    let frame_from_unit = FrameFromUnit::new(outline_in_frame);
    let columns = sample_positions(window, side * across);
    let rows = sample_positions(window, side * down);
    let sampler = BilinearSampler::new(frame);
    let weight = (across * down) << (2 * FRACTION_BITS);
    let mut sums = vec![[0_u32; 3]; side as usize];
    for (pixels, rows) in square.rows_mut().zip(rows.chunks(down as usize)) {
        sums.fill([weight / 2; 3]);
        for &v in rows {
            for (sum, columns) in sums.iter_mut().zip(columns.chunks(across as usize)) {
                for &u in columns {
                    sampler.add(frame_from_unit.map(Point::new(u, v)), sum);
                }
            }
        }
        for (pixel, sum) in pixels.zip(&sums) {
            pixel.0 = sum.map(|sum| (sum / weight) as u8);
        }
    }
    square
}

/// The middles of `count` equal parts of the window.
fn sample_positions(window: Window, count: u32) -> Vec<f32> {
    let share = |sample: u32| (sample as f32 + 0.5) / count as f32;
    (0..count).map(|sample| window.first + share(sample) * window.length()).collect()
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
}

/// Positions are rounded to 1/256 of a pixel, so that integers suffice: `MAX_SAMPLES²` samples
/// of weight 2¹⁶ and 255 levels stay below 2³².
const FRACTION_BITS: u32 = 8;
const ONE: u32 = 1 << FRACTION_BITS;

/// A frame, which must have pixels, to take bilinear samples from.
struct BilinearSampler<'a> {
    raw: &'a [u8],
    size: Size,
    /// The distance in bytes to the pixel on the right and to the pixel below; 0 where the frame
    /// has only one column or row.
    next: [usize; 2],
}

impl<'a> BilinearSampler<'a> {
    fn new(frame: &'a RgbImage) -> Self {
        let size = Size::of_image(frame);
        let next_column = if size.width > 1 { 3 } else { 0 };
        let next_row = if size.height > 1 { 3 * size.width as usize } else { 0 };
        Self { raw: frame.as_raw(), size, next: [next_column, next_row] }
    }

    /// Adds the levels at a point to `sum`, with a weight of `ONE²`. Outside the frame, its
    /// border pixels are repeated.
    fn add(&self, point: Point, sum: &mut [u32; 3]) {
        let (left, right) = split(point.x, self.size.width);
        let (top, bottom) = split(point.y, self.size.height);
        let [next_column, next_row] = self.next;
        let above = &self.raw[3 * (top * self.size.width as usize + left)..];
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

/// The first of the two pixels next to a coordinate, and the weight of the second one, 0 to
/// [`ONE`].
fn split(coordinate: f32, length: u32) -> (usize, u32) {
    // A coordinate that is not a number becomes 0.
    let at = ((coordinate - 0.5) * ONE as f32 + 0.5) as i32;
    let at = (at.max(0) as u32).min((length - 1) << FRACTION_BITS);
    let first = (at >> FRACTION_BITS).min(length.saturating_sub(2));
    (first as usize, at - (first << FRACTION_BITS))
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
