//! The refiner's input and output. The detector sees the whole frame at a small size, so its
//! corners are off by several pixels of the frame. The refiner sees one card and its
//! surroundings as if from straight above, and answers where each corner really is.

use image::RgbImage;

use crate::geometry::{Point, Quad};
use crate::rectify::{FrameFromUnit, Window, rectify_window_into};

/// Width and height of the network's input in pixels.
pub const SIDE: u32 = 64;

/// What the input shows around the outline on each side, as a share of the outline's sides.
pub const MARGIN: f32 = 0.2;

/// The number of values in the network's output: x and y of each corner's move.
pub const VALUES: usize = 8;

/// A value of 1 in the output moves a corner by this share of the outline's sides.
pub const MOVE_UNIT: f32 = 0.1;

/// The most samples along one side of an input pixel; this is enough to recognise edges.
const MAX_SAMPLES: u32 = 2;

/// A move of a corner by more than this share of the card's diagonal is not believed.
const FARTHEST_MOVE: f32 = 0.35;

/// The outline and its surroundings, stretched to `SIDE`×`SIDE` pixels.
pub fn closeup(frame: &RgbImage, outline_in_frame: Quad) -> RgbImage {
    let mut closeup = RgbImage::new(SIDE, SIDE);
    closeup_into(frame, outline_in_frame, &mut closeup);
    closeup
}

/// As [`closeup`], into an image of `SIDE`×`SIDE` pixels that is there already.
pub fn closeup_into(frame: &RgbImage, outline_in_frame: Quad, closeup: &mut RgbImage) {
    let window = Window { first: -MARGIN, last: 1.0 + MARGIN };
    rectify_window_into(frame, outline_in_frame, window, MAX_SAMPLES, closeup);
}

/// The outline with its corners moved as the network says, or the given outline where the
/// result would not be a card near it.
///
/// `moves`: `[VALUES]`, the network's output.
pub fn refined(outline_in_frame: Quad, moves: &[f32]) -> Quad {
    let frame_from_unit = FrameFromUnit::new(outline_in_frame);
    let mut refined = outline_in_frame;
    let corners = refined.corners.iter_mut().zip(Quad::UNIT.corners);
    for ((corner, unit), &[x, y]) in corners.zip(moves.as_chunks().0) {
        *corner = frame_from_unit.map(unit + Point::new(x * MOVE_UNIT, y * MOVE_UNIT));
    }
    let farthest = FARTHEST_MOVE * outline_in_frame.diagonal();
    // A distance that is not a number fails this comparison.
    let is_near = refined
        .corners
        .iter()
        .zip(outline_in_frame.corners)
        .all(|(after, before)| after.distance(before) < farthest);
    if is_near && refined.is_convex() { refined } else { outline_in_frame }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn outline() -> Quad {
        Quad::from([[30.0, 20.0], [90.0, 30.0], [85.0, 110.0], [20.0, 100.0]])
    }

    #[test]
    fn a_closeup_shows_the_outline_and_its_surroundings() {
        let is_inside =
            |x: u32, y: u32| outline().contains(Point::new(x as f32 + 0.5, y as f32 + 0.5));
        let frame =
            RgbImage::from_fn(128, 128, |x, y| Rgb([if is_inside(x, y) { 255 } else { 0 }; 3]));
        let edge = SIDE as f32 / (1.0 + 2.0 * MARGIN) * MARGIN;
        for (x, y, pixel) in closeup(&frame, outline()).enumerate_pixels() {
            let from_edge = [x, y]
                .map(|at| at as f32 + 0.5)
                .map(|at| (at - edge).min(SIDE as f32 - edge - at))
                .into_iter()
                .fold(f32::MAX, f32::min);
            if from_edge.abs() > 2.0 {
                assert_eq!(pixel[0] > 128, from_edge > 0.0, "{x}, {y}");
            }
        }
    }

    #[test]
    fn corners_move_along_the_cards_own_axes() {
        let still = refined(outline(), &[0.0; VALUES]);
        assert!(still.largest_corner_distance(outline()) < 1e-3);
        let mut moves = [0.0; VALUES];
        moves[0] = 1.0; // The first corner moves towards the second one.
        let [a, b, c, d] = refined(outline(), &moves).corners;
        let [old_a, old_b, old_c, old_d] = outline().corners;
        assert!(b.distance(old_b) < 1e-3 && c.distance(old_c) < 1e-3 && d.distance(old_d) < 1e-3);
        assert!((a.distance(old_a) - 6.0).abs() < 1.0 && a.x > old_a.x);
    }

    #[test]
    fn moves_that_leave_the_card_are_ignored() {
        for moves in [[9.0; VALUES], [f32::NAN; VALUES]] {
            assert_eq!(refined(outline(), &moves), outline());
        }
    }
}
