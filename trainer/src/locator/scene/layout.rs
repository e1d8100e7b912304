//! Where the cards of a scene lie: scattered, in a row, fanned or piled, and all seen by one
//! camera.

use common::{Point, Quad, Rect, Size};
use rand::RngExt;
use rand_pcg::Pcg64;
use renderer::scene::pose::CardPose;

use super::ranges::{LayoutRanges, sample};

/// A card's width over its height, rounded.
const CARD_ASPECT: f32 = 0.72;

/// How the cards lie relative to one another.
#[derive(Clone, Copy, Debug)]
enum Arrangement {
    /// Side by side: overlapping, touching or apart.
    Row,
    /// Turned around a point below the cards.
    Fan,
    Pile,
    Scatter,
}

/// What all cards of a scene have in common.
struct Layout {
    count: usize,
    height_pixels: f32,
    tilt_degrees: f32,
    tilt_direction_degrees: f32,
    turn_degrees: f32,
    centre: Point,
    arrangement: Arrangement,
    row_step: f32,
    row_step_aside: f32,
    fan_spread_degrees: f32,
    /// In card heights.
    fan_radius: f32,
}

/// The corners of each card in a frame of this size.
pub fn lay_out(frame: Size, ranges: &LayoutRanges, rng: &mut Pcg64) -> Vec<Quad> {
    let layout = Layout::random(frame, ranges, rng);
    (0..layout.count).map(|i| layout.card(i, frame, ranges, rng)).collect()
}

/// The corners of one card that fills the frame, as in the images of data sets.
pub fn fill_frame(frame: Size, ranges: &LayoutRanges, rng: &mut Pcg64) -> Quad {
    let (width, height) = (frame.width as f32, frame.height as f32);
    let mut near = |at: f32, side: f32| at + side * sample(&ranges.full_frame_offset, rng);
    let (left, right) = (near(0.0, width), near(width, width));
    let (top, bottom) = (near(0.0, height), near(height, height));
    Rect::from_edges(left, top, right, bottom).to_quad()
}

/// The number of cards.
fn count(ranges: &LayoutRanges, rng: &mut Pcg64) -> usize {
    let [none, one, few, _] = ranges.count_weights;
    let draw = rng.random_range(0..ranges.count_weights.iter().sum());
    if draw < none {
        0
    } else if draw < none + one {
        1
    } else if draw < none + one + few {
        rng.random_range(ranges.few_cards.clone())
    } else {
        rng.random_range(ranges.many_cards.clone())
    }
}

fn turn_degrees(ranges: &LayoutRanges, rng: &mut Pcg64) -> f32 {
    if rng.random_range(0..ranges.one_parallel_in) == 0 {
        sample(&ranges.parallel_turn_degrees, rng) + 90.0 * rng.random_range(0..4) as f32
    } else {
        sample(&ranges.free_turn_degrees, rng)
    }
}

impl Layout {
    fn random(frame: Size, ranges: &LayoutRanges, rng: &mut Pcg64) -> Self {
        let longest = frame.width.max(frame.height) as f32;
        let count = count(ranges, rng);
        let (smallest, largest) = if count < ranges.crowd {
            (ranges.smallest_height, ranges.largest_height)
        } else {
            (ranges.smallest_height, ranges.largest_height_in_crowd)
        };
        Self {
            count,
            // Uniform in the logarithm, so that small cards are as frequent as large ones.
            height_pixels: longest
                * smallest
                * (largest / smallest).powf(rng.random_range(0.0..1.0)),
            tilt_degrees: rng.random_range(0.0..1.0_f32).powi(2) * ranges.largest_tilt_degrees,
            tilt_direction_degrees: sample(&ranges.tilt_direction_degrees, rng),
            turn_degrees: turn_degrees(ranges, rng),
            centre: Point::new(
                frame.width as f32 * sample(&ranges.centre, rng),
                frame.height as f32 * sample(&ranges.centre, rng),
            ),
            arrangement: match rng.random_range(0..4) {
                0 => Arrangement::Row,
                1 => Arrangement::Fan,
                2 => Arrangement::Pile,
                _ => Arrangement::Scatter,
            },
            row_step: sample(&ranges.row_step, rng),
            row_step_aside: sample(&ranges.row_step_aside, rng),
            fan_spread_degrees: sample(&ranges.fan_spread_degrees, rng),
            fan_radius: sample(&ranges.fan_radius, rng),
        }
    }

    /// The corners of card `i`.
    fn card(&self, i: usize, frame: Size, ranges: &LayoutRanges, rng: &mut Pcg64) -> Quad {
        // Card numbers are symmetric around 0, the middle of the layout.
        let number = i as f32 - (self.count as f32 - 1.0) / 2.0;
        let (centre_in_frame, rotation_degrees) = match self.arrangement {
            Arrangement::Row => self.in_row(number, ranges, rng),
            Arrangement::Fan => self.in_fan(number),
            Arrangement::Pile => self.in_pile(ranges, rng),
            Arrangement::Scatter => scattered(frame, ranges, rng),
        };
        let pose = CardPose {
            centre_in_frame,
            height_pixels: self.height_pixels * sample(&ranges.own_height, rng),
            rotation_degrees,
            tilt_degrees: self.tilt_degrees,
            tilt_toward_degrees: self.tilt_direction_degrees,
        };
        pose.corners_in_frame()
    }

    /// The centre of a card and its turn in degrees.
    fn in_row(&self, number: f32, ranges: &LayoutRanges, rng: &mut Pcg64) -> (Point, f32) {
        let (sin, cos) = self.turn_degrees.to_radians().sin_cos();
        let along = number * self.row_step * self.height_pixels * CARD_ASPECT;
        let aside = number * self.row_step_aside * self.height_pixels;
        let x = self.centre.x + along * cos - aside * sin;
        let y = self.centre.y + along * sin + aside * cos;
        (Point::new(x, y), self.turn_degrees + sample(&ranges.row_turn_degrees, rng))
    }

    fn in_fan(&self, number: f32) -> (Point, f32) {
        let turn_degrees = self.turn_degrees + number * self.fan_spread_degrees;
        let (sin, cos) = turn_degrees.to_radians().sin_cos();
        let (middle_sin, middle_cos) = self.turn_degrees.to_radians().sin_cos();
        let radius = self.height_pixels * self.fan_radius;
        let offset = Point::new(radius * (sin - middle_sin), -radius * (cos - middle_cos));
        (self.centre + offset, turn_degrees)
    }

    fn in_pile(&self, ranges: &LayoutRanges, rng: &mut Pcg64) -> (Point, f32) {
        let x = self.centre.x + self.height_pixels * sample(&ranges.pile_offset, rng);
        let y = self.centre.y + self.height_pixels * sample(&ranges.pile_offset, rng);
        (Point::new(x, y), self.turn_degrees + sample(&ranges.pile_turn_degrees, rng))
    }
}

/// A centre anywhere in the frame and any turn in degrees.
fn scattered(frame: Size, ranges: &LayoutRanges, rng: &mut Pcg64) -> (Point, f32) {
    let x = rng.random_range(0.0..frame.width as f32);
    let y = rng.random_range(0.0..frame.height as f32);
    (Point::new(x, y), sample(&ranges.free_turn_degrees, rng))
}
