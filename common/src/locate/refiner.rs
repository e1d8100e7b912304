//! A closer look at each card that was found: the first network sees the frame shrunk, and
//! its corners are off by several pixels of the frame. The second one sees the card and its
//! surroundings as if from straight above, and says where each corner really is.

use image::RgbImage;

use crate::Corners;
use crate::corners::{diagonal, distance, is_convex};
use crate::rectify::{FrameFromUnit, rectify_window};

/// Width and height of the network's input in pixels.
pub const SIDE: u32 = 64;

/// What is seen around the given quadrilateral on each side, as a share of its edges.
pub const MARGIN: f32 = 0.2;

/// Values of the network's output: x and y of each corner's move.
pub const VALUES: usize = 8;

/// The quadrilateral's edges, over which moves are told, times this are a move of 1.
pub const MOVE_UNIT: f32 = 0.1;

/// Samples along one edge of an input pixel at most: enough to see edges by.
const MAX_SAMPLES: u32 = 2;

/// A corner that would move by more than this share of the card's diagonal is not believed.
const FARTHEST: f32 = 0.35;

/// The quadrilateral and its surroundings, stretched to `SIDE`×`SIDE`.
pub fn closeup(frame: &RgbImage, corners_in_frame: &Corners) -> RgbImage {
    rectify_window(frame, corners_in_frame, [-MARGIN, 1.0 + MARGIN], SIDE, MAX_SAMPLES)
}

/// The corners moved as the network says; the given ones where that is no card near them.
///
/// `moves`: `[VALUES]`, the network's output.
pub fn moved(corners_in_frame: &Corners, moves: &[f32]) -> Corners {
    let frame_from_unit = FrameFromUnit::new(corners_in_frame);
    let mut moved = *corners_in_frame;
    for ((corner, unit), by) in moved.iter_mut().zip(UNIT).zip(moves.as_chunks().0) {
        let [x, y]: [f32; 2] = *by;
        *corner = frame_from_unit.map([unit[0] + x * MOVE_UNIT, unit[1] + y * MOVE_UNIT]);
    }
    let farthest = FARTHEST * diagonal(corners_in_frame);
    let is_near = moved.iter().zip(corners_in_frame).all(|(a, b)| distance(a, b) < farthest);
    if is_near && is_convex(&moved) { moved } else { *corners_in_frame }
}

/// The corners of the unit square, which the given quadrilateral stands for.
pub const UNIT: Corners = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    const CORNERS: Corners = [[30.0, 20.0], [90.0, 30.0], [85.0, 110.0], [20.0, 100.0]];

    #[test]
    fn the_quadrilateral_is_seen_with_its_surroundings() {
        let inside =
            |x: u32, y: u32| crate::corners::contains(&CORNERS, [x as f32 + 0.5, y as f32 + 0.5]);
        let frame =
            RgbImage::from_fn(128, 128, |x, y| Rgb([if inside(x, y) { 255 } else { 0 }; 3]));
        let seen = closeup(&frame, &CORNERS);
        let edge = SIDE as f32 / (1.0 + 2.0 * MARGIN) * MARGIN;
        for (x, y, pixel) in seen.enumerate_pixels() {
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
        let still = moved(&CORNERS, &[0.0; VALUES]);
        assert!(still.iter().zip(&CORNERS).all(|(a, b)| distance(a, b) < 1e-3));
        let mut moves = [0.0; VALUES];
        moves[0] = 1.0; // The first corner towards the second.
        let [a, b, c, d] = moved(&CORNERS, &moves);
        assert!(distance(&b, &CORNERS[1]) < 1e-3 && distance(&c, &CORNERS[2]) < 1e-3);
        assert!(distance(&d, &CORNERS[3]) < 1e-3);
        assert!((distance(&a, &CORNERS[0]) - 6.0).abs() < 1.0 && a[0] > CORNERS[0][0]);
    }

    #[test]
    fn a_move_to_no_card_is_not_made() {
        for moves in [[9.0; VALUES], [f32::NAN; VALUES]] {
            assert_eq!(moved(&CORNERS, &moves), CORNERS);
        }
    }
}
