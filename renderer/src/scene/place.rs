//! Where a card lies, and putting it there.

use std::ops::Range;

use image::{RgbImage, Rgba, RgbaImage, imageops};
use imageproc::geometric_transformations::{Border, Interpolation, Projection, warp_into};
use rand::{Rng, RngExt};

use crate::deck::CARD_MM;
use crate::deck::sample::over;

/// A card under a camera.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// The card's own top left, top right, bottom right and bottom left corner, in
    /// pixels of the frame.
    pub corners_in_frame: [[f32; 2]; 4],
}

/// Distance of the camera from the card over the card's height: a card filling most
/// of a webcam's field of view.
const CAMERA_DISTANCE: f32 = 2.0;

impl Pose {
    /// A card of that height in pixels around `centre_in_frame`, turned by
    /// `rotation_degrees` clockwise on the table, which is tilted away by
    /// `tilt_degrees` in the direction `tilt_toward_degrees`.
    pub fn new(
        centre_in_frame: [f32; 2],
        height_pixels: f32,
        rotation_degrees: f32,
        tilt_degrees: f32,
        tilt_toward_degrees: f32,
    ) -> Self {
        let (half_width, half_height) = (0.5 * CARD_MM[0] / CARD_MM[1], 0.5);
        let (sin, cos) = rotation_degrees.to_radians().sin_cos();
        let (toward_sin, toward_cos) = tilt_toward_degrees.to_radians().sin_cos();
        let (tilt_sin, tilt_cos) = tilt_degrees.to_radians().sin_cos();
        let corners = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]];
        let corners_in_frame = corners.map(|[x, y]| {
            let (x, y) = (x * half_width, y * half_height);
            let (x, y) = (x * cos - y * sin, x * sin + y * cos);
            // Along the tilt's direction the table recedes.
            let along = x * toward_cos + y * toward_sin;
            let shortened = along * (tilt_cos - 1.0);
            let (x, y) = (x + shortened * toward_cos, y + shortened * toward_sin);
            let nearness = CAMERA_DISTANCE / (CAMERA_DISTANCE + along * tilt_sin);
            [
                centre_in_frame[0] + x * nearness * height_pixels,
                centre_in_frame[1] + y * nearness * height_pixels,
            ]
        });
        Self { corners_in_frame }
    }

    /// Lying askew in a square image, sometimes cut by its edge.
    pub fn lying_askew(side: u32, rng: &mut impl Rng) -> Self {
        let side = side as f32;
        let centre = [(); 2].map(|()| side * rng.random_range(0.42..0.58));
        Self::new(
            centre,
            side * rng.random_range(0.75..1.15),
            rng.random_range(-35.0..35.0),
            rng.random_range(0.0..30.0),
            rng.random_range(0.0..360.0),
        )
    }

    /// The middle of the four corners.
    pub fn centre_in_frame(&self) -> [f32; 2] {
        let sum =
            |axis: usize| self.corners_in_frame.iter().map(|corner| corner[axis]).sum::<f32>();
        [sum(0) / 4.0, sum(1) / 4.0]
    }

    /// Distance from the middle to the farthest corner.
    pub fn radius_pixels(&self) -> f32 {
        let [x, y] = self.centre_in_frame();
        let reach = |corner: &[f32; 2]| (corner[0] - x).hypot(corner[1] - y);
        self.corners_in_frame.iter().map(reach).fold(0.0, f32::max)
    }
}

/// Puts an image with premultiplied alpha over another one, its corners (top left,
/// top right, bottom right, bottom left) at these points. Pixel centres are at halves.
pub fn blend_warped(frame: &mut RgbImage, card: &RgbaImage, corners_in_frame: [[f32; 2]; 4]) {
    // A clear rim, so that the card's own edge is sampled too.
    const RIM: u32 = 1;
    let mut rimmed = RgbaImage::new(card.width() + 2 * RIM, card.height() + 2 * RIM);
    imageops::replace(&mut rimmed, card, i64::from(RIM), i64::from(RIM));
    // `warp_into` has pixel centres at whole numbers.
    let (left, top) = (RIM as f32 - 0.5, RIM as f32 - 0.5);
    let (right, bottom) = (left + card.width() as f32, top + card.height() as f32);
    let from = [(left, top), (right, top), (right, bottom), (left, bottom)];
    let [columns, rows] = [(0, frame.width()), (1, frame.height())]
        .map(|(axis, length)| reach(&corners_in_frame, axis, length));
    if columns.is_empty() || rows.is_empty() {
        return; // Outside the frame.
    }
    let to = corners_in_frame
        .map(|[x, y]| (x - 0.5 - columns.start as f32, y - 0.5 - rows.start as f32));
    let Some(layer_from_card) = Projection::from_control_points(from, to) else {
        return; // Corners in one line: nothing to see.
    };
    let mut layer = RgbaImage::new(columns.len() as u32, rows.len() as u32);
    let outside = Border::Constant(Rgba([0; 4]));
    warp_into(&rimmed, layer_from_card, Interpolation::Bilinear, outside, &mut layer);
    for (x, y, above) in layer.enumerate_pixels() {
        over(frame.get_pixel_mut(columns.start + x, rows.start + y), *above);
    }
}

/// The pixels along an axis of a frame of that length that a quadrilateral may touch.
fn reach(corners: &[[f32; 2]; 4], axis: usize, length: u32) -> Range<u32> {
    let along = corners.map(|corner| corner[axis]);
    let first = along.into_iter().fold(f32::MAX, f32::min) - 1.0;
    let last = along.into_iter().fold(f32::MIN, f32::max) + 2.0;
    // What is outside, or no number, becomes an end of the frame.
    let [first, last] = [first, last].map(|at| (at.max(0.0) as u32).min(length));
    first..last.max(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_untilted_card_keeps_its_proportion() {
        let pose = Pose::new([100.0, 100.0], 88.0, 0.0, 0.0, 0.0);
        let wanted = [[68.5, 56.0], [131.5, 56.0], [131.5, 144.0], [68.5, 144.0]];
        for (corner, wanted) in pose.corners_in_frame.iter().zip(wanted) {
            assert!((corner[0] - wanted[0]).abs() < 1e-3 && (corner[1] - wanted[1]).abs() < 1e-3);
        }
    }

    #[test]
    fn a_quarter_turn_sends_the_top_left_corner_to_the_top_right() {
        let pose = Pose::new([0.0, 0.0], 2.0, 90.0, 0.0, 0.0);
        let [x, y] = pose.corners_in_frame[0];
        assert!(x > 0.0 && y < 0.0);
    }

    #[test]
    fn a_blended_image_covers_what_its_corners_say() {
        let white = RgbaImage::from_pixel(20, 20, Rgba([255; 4]));
        let corners = [[10.0, 5.0], [30.0, 5.0], [30.0, 25.0], [10.0, 25.0]];
        for turn in 0..4 {
            let mut frame = RgbImage::new(40, 40);
            let turned = [0, 1, 2, 3].map(|i| corners[(i + turn) % 4]);
            blend_warped(&mut frame, &white, turned);
            blend_warped(&mut frame, &white, turned.map(|[x, y]| [x + 90.0, y - 90.0]));
            for (x, y, pixel) in frame.enumerate_pixels() {
                let is_card = (10..30).contains(&x) && (5..25).contains(&y);
                let level = if is_card { 255 } else { 0 };
                assert!(pixel[0].abs_diff(level) <= 1, "turn {turn}: {pixel:?} at {x}, {y}");
            }
        }
    }

    #[test]
    fn the_receding_edge_is_shorter() {
        // Tilted away downwards in the frame.
        let [a, b, c, d] = Pose::new([0.0, 0.0], 100.0, 0.0, 30.0, 90.0).corners_in_frame;
        assert!(c[0] - d[0] < b[0] - a[0]);
    }
}
