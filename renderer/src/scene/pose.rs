//! How a card lies under a camera.

use common::{Point, Quad};
use rand::{Rng, RngExt};

use crate::deck::CARD_MM;

/// The distance of the camera from the card, over the card's height: a card that fills most of
/// a webcam's field of view.
const CAMERA_DISTANCE: f32 = 2.0;

/// How a card lies under a camera.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CardPose {
    pub centre_in_frame: Point,
    /// The card's height in the frame before it is tilted.
    pub height_pixels: f32,
    /// Clockwise turn on the table.
    pub rotation_degrees: f32,
    /// How far the table is tilted away from the camera.
    pub tilt_degrees: f32,
    /// The direction in the frame in which the tilted table recedes: 0 is right, 90 is down.
    pub tilt_toward_degrees: f32,
}

impl CardPose {
    /// Askew in a square image of this side, sometimes cut by the image's edge.
    pub fn askew(side_pixels: u32, rng: &mut impl Rng) -> Self {
        let side = side_pixels as f32;
        Self {
            centre_in_frame: Point::new(
                side * rng.random_range(0.42..0.58),
                side * rng.random_range(0.42..0.58),
            ),
            height_pixels: side * rng.random_range(0.75..1.15),
            rotation_degrees: rng.random_range(-35.0..35.0),
            tilt_degrees: rng.random_range(0.0..30.0),
            tilt_toward_degrees: rng.random_range(0.0..360.0),
        }
    }

    /// The card's own top left, top right, bottom right and bottom left corner.
    pub fn corners_in_frame(&self) -> Quad {
        let (half_width, half_height) = (0.5 * CARD_MM[0] / CARD_MM[1], 0.5);
        let (sin, cos) = self.rotation_degrees.to_radians().sin_cos();
        let (toward_sin, toward_cos) = self.tilt_toward_degrees.to_radians().sin_cos();
        let (tilt_sin, tilt_cos) = self.tilt_degrees.to_radians().sin_cos();
        Quad::from([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]).map(|corner| {
            let (x, y) = (corner.x * half_width, corner.y * half_height);
            let (x, y) = (x * cos - y * sin, x * sin + y * cos);
            // The table recedes along the direction of the tilt.
            let along = x * toward_cos + y * toward_sin;
            let shortened = along * (tilt_cos - 1.0);
            let (x, y) = (x + shortened * toward_cos, y + shortened * toward_sin);
            let nearness = CAMERA_DISTANCE / (CAMERA_DISTANCE + along * tilt_sin);
            Point::new(
                self.centre_in_frame.x + x * nearness * self.height_pixels,
                self.centre_in_frame.y + y * nearness * self.height_pixels,
            )
        })
    }
}

/// The distance from the centre of an outline to its farthest corner.
pub(crate) fn radius_pixels(corners_in_frame: Quad) -> f32 {
    let centre = corners_in_frame.centre();
    corners_in_frame.corners.iter().map(|corner| corner.distance(centre)).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_untilted_card_keeps_its_proportion() {
        let pose = CardPose {
            centre_in_frame: Point::new(100.0, 100.0),
            height_pixels: 88.0,
            ..CardPose::default()
        };
        let expected = Quad::from([[68.5, 56.0], [131.5, 56.0], [131.5, 144.0], [68.5, 144.0]]);
        assert!(pose.corners_in_frame().largest_corner_distance(expected) < 1e-3);
    }

    #[test]
    fn a_quarter_turn_moves_the_top_left_corner_to_the_top_right() {
        let pose = CardPose { height_pixels: 2.0, rotation_degrees: 90.0, ..CardPose::default() };
        let [first, ..] = pose.corners_in_frame().corners;
        assert!(first.x > 0.0 && first.y < 0.0);
    }

    #[test]
    fn the_receding_edge_is_shorter() {
        let pose = CardPose {
            height_pixels: 100.0,
            tilt_degrees: 30.0,
            tilt_toward_degrees: 90.0,
            ..CardPose::default()
        };
        let [a, b, c, d] = pose.corners_in_frame().corners;
        assert!(c.x - d.x < b.x - a.x, "the table recedes downwards");
    }
}
