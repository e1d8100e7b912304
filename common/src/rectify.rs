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
    let mut square = RgbImage::new(side, side);
    if frame.width() == 0 || frame.height() == 0 || side == 0 {
        return square;
    }
    let [a, b, c, d] = corners_in_frame;
    let samples = |edge: f32| ((edge / side as f32).round() as u32).clamp(1, MAX_SAMPLES);
    let across = samples(distance(a, b).max(distance(d, c)));
    let down = samples(distance(a, d).max(distance(b, c)));
    let frame_from_unit = FrameFromUnit::new(corners_in_frame);
    let places = |samples: u32| -> Vec<f32> {
        let count = side * samples;
        (0..count).map(|sample| (sample as f32 + 0.5) / count as f32).collect()
    };
    let (columns, rows) = (places(across), places(down));
    let share = 1.0 / (across * down) as f32;
    let pixels = square.rows_mut().zip(rows.chunks(down as usize));
    for (pixels, rows) in pixels {
        for (pixel, columns) in pixels.zip(columns.chunks(across as usize)) {
            let mut sum = [0.0; 3];
            for &v in rows {
                for &u in columns {
                    let levels = bilinear(frame, frame_from_unit.map([u, v]));
                    sum.iter_mut().zip(levels).for_each(|(sum, level)| *sum += level);
                }
            }
            pixel.0 = sum.map(|sum| (sum * share + 0.5) as u8);
        }
    }
    square
}

/// The projective map of the unit square onto a quadrilateral.
struct FrameFromUnit {
    x: [f32; 3],
    y: [f32; 3],
    w: [f32; 2],
}

impl FrameFromUnit {
    /// P. Heckbert, "Fundamentals of texture mapping and image warping", 1989, section 2.2.3.
    fn new(corners: &Corners) -> Self {
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

    fn map(&self, [u, v]: [f32; 2]) -> [f32; 2] {
        let scale = 1.0 / (self.w[0] * u + self.w[1] * v + 1.0);
        [&self.x, &self.y].map(|[a, b, c]| (a * u + b * v + c) * scale)
    }
}

/// The levels at a point; pixel centres are at halves. The frame has pixels.
fn bilinear(frame: &RgbImage, [x, y]: [f32; 2]) -> [f32; 3] {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let split = |at: f32, length: usize| {
        // NaN becomes 0.
        let at = (at - 0.5).max(0.0).min((length - 1) as f32);
        let first = (at as usize).min(length.saturating_sub(2));
        (first, at - first as f32)
    };
    let (left, share_x) = split(x, width);
    let (top, share_y) = split(y, height);
    let raw: &[u8] = frame.as_raw();
    let above = &raw[3 * (top * width + left)..];
    let next_column = if width > 1 { 3 } else { 0 };
    let next_row = if height > 1 { 3 * width } else { 0 };
    let [a, b] = [&above[..3], &above[next_column..next_column + 3]];
    let below = &above[next_row..];
    let [c, d] = [&below[..3], &below[next_column..next_column + 3]];
    let along = |a: u8, b: u8| f32::from(a) + share_x * (f32::from(b) - f32::from(a));
    [0, 1, 2].map(|i| {
        let (above, below) = (along(a[i], b[i]), along(c[i], d[i]));
        above + share_y * (below - above)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::{Style, draw_card};
    use crate::scene::place::{Pose, blend_warped};
    use image::{Rgb, imageops};

    /// Mean difference of levels.
    fn difference(a: &RgbImage, b: &RgbImage) -> f64 {
        let pairs = a.as_raw().iter().zip(b.as_raw());
        let sum: f64 = pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
        sum / a.as_raw().len() as f64
    }

    #[test]
    fn a_card_from_any_side_is_the_card_from_above() {
        let card = draw_card("king of hearts".parse().unwrap(), &Style::classic(), 200, 280);
        let mut flat = RgbImage::new(200, 280);
        blend_warped(&mut flat, &card, [[0.0, 0.0], [200.0, 0.0], [200.0, 280.0], [0.0, 280.0]]);
        let flat = imageops::resize(&flat, 96, 96, imageops::FilterType::Triangle);
        for rotation in [0.0, 40.0, 90.0, 200.0] {
            let mut frame = RgbImage::new(640, 480);
            let pose = Pose::new([320.0, 240.0], 290.0, rotation, 25.0, 70.0);
            blend_warped(&mut frame, &card, pose.corners_in_frame);
            let seen = rectify(&frame, &pose.corners_in_frame, 96);
            let off = difference(&seen, &flat);
            // `blend_warped` is off by up to a pixel at half turns; a wrong turn is
            // off by 40 levels and more.
            assert!(off < 12.0, "{rotation}°: {off} grey levels");
        }
    }

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
