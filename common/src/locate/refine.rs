//! Corners moved onto the edges that the full frame shows: the network sees the frame
//! shrunk, and is off by a pixel or two of its input.
//!
//! Along each edge of the quadrilateral, the frame is read on short lines across it, and
//! the straight line is taken that most of them see a change of colour at. The corners
//! are where those lines meet.

use image::RgbImage;

use crate::Corners;
use crate::corners::{diagonal, distance, is_convex};

/// How far from the given edge is looked, as a share of the card's diagonal.
const REACH: f32 = 0.06;

/// Offsets that are looked at to each side of the given edge.
const STEPS: usize = 10;

const OFFSETS: usize = 2 * STEPS + 1;

/// Places along an edge.
const PLACES: usize = 24;

/// Share of an edge at each end that is not looked at: corners are round.
const MARGIN: f32 = 0.1;

/// A change of colour, in grey levels over all channels, that counts half. Beyond it, how
/// far an edge goes counts, not how strong it is.
const HALF_CHANGE: f32 = 30.0;

/// How much less an edge at the end of the reach counts than one where it is expected.
const FAR_DISCOUNT: f32 = 0.5;

/// Mean change along an edge, 0..1, below which there is none: the given one stays.
const FAINTEST: f32 = 0.2;

/// Moves the corners onto the edges seen, each at most by a few hundredths of the card's
/// diagonal; edges that can't be seen stay.
pub fn refine(frame: &RgbImage, corners_in_frame: &Corners) -> Corners {
    let reach = (REACH * diagonal(corners_in_frame)).max(2.0);
    let lines = [0, 1, 2, 3].map(|i| {
        let edge = Edge::new(corners_in_frame[i], corners_in_frame[(i + 1) % 4]);
        edge.line(&edge.changes(frame, reach), reach)
    });
    // Corner i is between edges i − 1 and i.
    let moved = [0, 1, 2, 3].map(|i| meet(&lines[(i + 3) % 4], &lines[i]));
    let [Some(a), Some(b), Some(c), Some(d)] = moved else { return *corners_in_frame };
    let moved = [a, b, c, d];
    let is_near =
        moved.iter().zip(corners_in_frame).all(|(new, old)| distance(new, old) < 3.0 * reach);
    if is_near && is_convex(&moved) { moved } else { *corners_in_frame }
}

/// One edge of the quadrilateral.
struct Edge {
    from: [f32; 2],
    to: [f32; 2],
    /// Of length 1, to the outside of a clockwise quadrilateral.
    outward: [f32; 2],
}

/// How much the colour changes, 0..1, by place along the edge and offset across it.
type Changes = [[f32; OFFSETS]; PLACES];

impl Edge {
    fn new(from: [f32; 2], to: [f32; 2]) -> Self {
        let length = distance(&from, &to).max(f32::MIN_POSITIVE);
        let outward = [(to[1] - from[1]) / length, -(to[0] - from[0]) / length];
        Self { from, to, outward }
    }

    fn point(&self, along: f32, offset: f32) -> [f32; 2] {
        [0, 1].map(|axis| {
            self.from[axis]
                + along * (self.to[axis] - self.from[axis])
                + offset * self.outward[axis]
        })
    }

    fn changes(&self, frame: &RgbImage, reach: f32) -> Changes {
        let step = reach / STEPS as f32;
        let mut changes = [[0.0; OFFSETS]; PLACES];
        for (place, changes) in changes.iter_mut().enumerate() {
            let level = |offset: isize| {
                let offset = (offset - STEPS as isize) as f32 * step;
                level_at(frame, self.point(along(place), offset))
            };
            let mut levels = [None; OFFSETS + 2];
            for (levels, offset) in levels.iter_mut().zip(-1..) {
                *levels = level(offset);
            }
            for (change, around) in changes.iter_mut().zip(levels.windows(3)) {
                let (Some(inside), Some(outside)) = (around[0], around[2]) else { continue };
                let difference: f32 = inside.iter().zip(outside).map(|(a, b)| (a - b).abs()).sum();
                *change = difference / (difference + HALF_CHANGE);
            }
        }
        changes
    }

    /// The line that most places see a change at: its two ends.
    fn line(&self, changes: &Changes, reach: f32) -> [[f32; 2]; 2] {
        let expected = |offset: usize| {
            let far = (offset as f32 - STEPS as f32) / STEPS as f32;
            1.0 - FAR_DISCOUNT * far * far
        };
        let mut best = (FAINTEST, [STEPS as f32; 2]);
        for first in 0..OFFSETS {
            for last in 0..OFFSETS {
                let slope = (last as f32 - first as f32) / (PLACES - 1) as f32;
                let sum: f32 = (0..PLACES)
                    .map(|place| {
                        changes[place][(first as f32 + slope * place as f32 + 0.5) as usize]
                    })
                    .sum();
                let found = sum / PLACES as f32 * expected(first) * expected(last);
                if found > best.0 {
                    best = (found, [first as f32, last as f32]);
                }
            }
        }
        let offset = |steps: f32| (steps - STEPS as f32) / STEPS as f32 * reach;
        let [first, last] = centred(changes, best.1);
        [self.point(along(0), offset(first)), self.point(along(PLACES - 1), offset(last))]
    }
}

/// A line moved to the middle of the change that it lies on: finer than the steps.
fn centred(changes: &Changes, [first, last]: [f32; 2]) -> [f32; 2] {
    // Each half of the places moves its end.
    let middle = |places: std::ops::Range<usize>| {
        let (mut sum, mut weight) = (0.0, 0.0);
        for place in places {
            let at = first + (last - first) * place as f32 / (PLACES - 1) as f32;
            for away in [-1.0, 0.0, 1.0] {
                let offset = at + away + 0.5;
                if (0.0..OFFSETS as f32).contains(&offset) {
                    let change = changes[place][offset as usize].powi(2);
                    sum += change * (offset.floor() - at);
                    weight += change;
                }
            }
        }
        if weight > 0.0 { sum / weight } else { 0.0 }
    };
    let (early, late) = (middle(0..PLACES / 2), middle(PLACES / 2..PLACES));
    // The halves' middles are a quarter from the ends.
    let slope = late - early;
    [first + early - slope / 2.0, last + late + slope / 2.0]
}

fn along(place: usize) -> f32 {
    MARGIN + (1.0 - 2.0 * MARGIN) * place as f32 / (PLACES - 1) as f32
}

/// Where two lines meet; none when they are parallel.
fn meet([a, b]: &[[f32; 2]; 2], [c, d]: &[[f32; 2]; 2]) -> Option<[f32; 2]> {
    let (ab, cd) = ([b[0] - a[0], b[1] - a[1]], [d[0] - c[0], d[1] - c[1]]);
    let cross = ab[0] * cd[1] - ab[1] * cd[0];
    if cross.abs() < 1e-3 * (ab[0].hypot(ab[1]) * cd[0].hypot(cd[1])) {
        return None;
    }
    let share = ((c[0] - a[0]) * cd[1] - (c[1] - a[1]) * cd[0]) / cross;
    Some([0, 1].map(|axis| a[axis] + share * ab[axis]))
}

/// The pixel's colour; none outside the frame.
fn level_at(frame: &RgbImage, [x, y]: [f32; 2]) -> Option<[f32; 3]> {
    if !(x >= 0.0 && y >= 0.0) {
        return None;
    }
    frame.get_pixel_checked(x as u32, y as u32).map(|pixel| pixel.0.map(f32::from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::Style;
    use crate::scene::{SceneOptions, draw_scene};
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64;

    fn farthest(a: &Corners, b: &Corners) -> f32 {
        a.iter().zip(b).map(|(a, b)| distance(a, b)).fold(0.0, f32::max)
    }

    #[test]
    fn corners_that_are_off_find_the_card() {
        let mut rng = Pcg64::seed_from_u64(1);
        let mut near = 0;
        const SCENES: u64 = 40;
        for seed in 0..SCENES {
            let options = SceneOptions {
                style: Some(Style::classic()),
                texture: Some(seed as usize % 20),
                ..SceneOptions::default()
            };
            let scene = draw_scene(&["ten of spades".parse().unwrap()], &options, seed);
            let Some(card) = scene.cards.first() else { continue };
            let reach = 0.03 * diagonal(&card.corners_in_frame);
            let off = card
                .corners_in_frame
                .map(|corner| corner.map(|at| at + rng.random_range(-reach..reach)));
            let found = refine(&scene.picture, &off);
            let is_near = farthest(&found, &card.corners_in_frame) < 0.02 * diagonal(&off);
            near += u64::from(is_near);
        }
        assert!(near >= SCENES * 9 / 10, "{near} of {SCENES}");
    }

    #[test]
    fn without_edges_nothing_moves() {
        let frame = RgbImage::from_pixel(200, 200, image::Rgb([90; 3]));
        let corners = [[50.0, 40.0], [120.0, 45.0], [118.0, 140.0], [48.0, 135.0]];
        let found = refine(&frame, &corners);
        assert!(farthest(&found, &corners) < 0.01);
        let outside = corners.map(|corner| corner.map(|at| at - 500.0));
        assert!(farthest(&refine(&frame, &outside), &outside) < 0.01);
    }
}
