//! Corners moved onto the edges that the full frame shows: the network sees the frame
//! shrunk, and is off by several pixels of its input.
//!
//! Along each edge of the quadrilateral, the frame is read on short lines across it. First
//! the quadrilateral is turned as a whole, and each edge moved, so that as many of those
//! lines as possible see a change of colour where the edge is; then each edge by itself
//! follows the straight line that most of them see a change at. The corners are where those
//! lines meet.

use image::RgbImage;

use crate::Corners;
use crate::corners::{diagonal, distance, is_convex};

/// How far from the given edges is looked while the card is moved as a whole, as a share of
/// its diagonal.
const WHOLE_REACH: f32 = 0.12;

/// How far the card is turned as a whole, and in which steps.
const WHOLE_TURN_DEGREES: f32 = 9.0;
const TURN_STEPS: i32 = 6;

/// How far is looked while each edge moves by itself, far at first, then closely.
const REACHES: [f32; 2] = [0.11, 0.025];

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

/// How much more an edge counts at the outer end of the reach: what is printed on a card has
/// edges too.
const OUTER_BONUS: f32 = 0.15;

/// Mean change along an edge, 0..1, below which there is none: the given one stays.
const FAINTEST: f32 = 0.2;

/// Moves the corners onto the edges seen, within the reaches above; edges that can't be seen
/// stay where the others leave them.
pub fn refine(frame: &RgbImage, corners_in_frame: &Corners) -> Corners {
    let reach = |share: f32| (share * diagonal(corners_in_frame)).max(2.0);
    let whole = moved_as_a_whole(frame, corners_in_frame, reach(WHOLE_REACH));
    REACHES.iter().fold(whole, |corners, share| moved_by_edges(frame, &corners, reach(*share)))
}

fn edges(corners: &Corners) -> [Edge; 4] {
    [0, 1, 2, 3].map(|i| Edge::new(corners[i], corners[(i + 1) % 4]))
}

fn moved_as_a_whole(frame: &RgbImage, corners_in_frame: &Corners, reach: f32) -> Corners {
    let seen = edges(corners_in_frame).map(|edge| {
        let changes = edge.changes(frame, reach);
        (edge, changes)
    });
    let turned = |step: i32| {
        let turn = (step as f32 * WHOLE_TURN_DEGREES / TURN_STEPS as f32).to_radians();
        let mut sum = 0.0;
        let lines = seen.each_ref().map(|(edge, changes)| {
            // A card that turns clockwise has each edge's beginning go outwards.
            let rise = -turn.tan() * edge.length() * (1.0 - 2.0 * MARGIN) / reach * STEPS as f32;
            let (found, ends) = best_parallel(changes, rise);
            sum += found;
            edge.line_at(ends, reach)
        });
        (sum, lines)
    };
    // Nothing turns for nothing.
    let (_, lines) = (-TURN_STEPS..=TURN_STEPS)
        .map(turned)
        .fold(turned(0), |best, other| if other.0 > best.0 { other } else { best });
    met(&lines, corners_in_frame, reach)
}

/// The best line that rises by so many steps from one end of an edge to the other.
fn best_parallel(changes: &Changes, rise: f32) -> (f32, [f32; 2]) {
    let line = |middle: usize| {
        let middle = middle as f32;
        let ends = [middle - rise / 2.0, middle + rise / 2.0];
        (mean_change(changes, ends) * expected(middle), ends)
    };
    let unmoved = [STEPS as f32 - rise / 2.0, STEPS as f32 + rise / 2.0];
    let best = (0..OFFSETS).map(line).max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.filter(|(found, _)| *found > FAINTEST).unwrap_or((FAINTEST, unmoved))
}

fn moved_by_edges(frame: &RgbImage, corners_in_frame: &Corners, reach: f32) -> Corners {
    let lines = edges(corners_in_frame).map(|edge| edge.line(&edge.changes(frame, reach), reach));
    met(&lines, corners_in_frame, reach)
}

/// The corners where lines along the four edges meet; the given ones where that is no card
/// near them.
fn met(lines: &[[[f32; 2]; 2]; 4], corners_in_frame: &Corners, reach: f32) -> Corners {
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

    fn length(&self) -> f32 {
        distance(&self.from, &self.to)
    }

    /// The line that most places see a change at: its two ends.
    fn line(&self, changes: &Changes, reach: f32) -> [[f32; 2]; 2] {
        let mut best = (FAINTEST, [STEPS as f32; 2]);
        for first in (0..OFFSETS).map(|offset| offset as f32) {
            for last in (0..OFFSETS).map(|offset| offset as f32) {
                let likely = expected(first) * expected(last);
                let found = mean_change(changes, [first, last]) * likely;
                if found > best.0 {
                    best = (found, [first, last]);
                }
            }
        }
        self.line_at(centred(changes, best.1), reach)
    }

    /// The line whose ends are at these offsets, in steps.
    fn line_at(&self, [first, last]: [f32; 2], reach: f32) -> [[f32; 2]; 2] {
        let offset = |steps: f32| (steps - STEPS as f32) / STEPS as f32 * reach;
        [self.point(along(0), offset(first)), self.point(along(PLACES - 1), offset(last))]
    }
}

/// How likely an edge is at an offset in steps, relative to where it was given.
fn expected(offset: f32) -> f32 {
    let far = (offset - STEPS as f32) / STEPS as f32;
    1.0 - FAR_DISCOUNT * far * far + OUTER_BONUS * far
}

/// The mean along a line from one offset to another, in steps.
fn mean_change(changes: &Changes, [first, last]: [f32; 2]) -> f32 {
    let slope = (last - first) / (PLACES - 1) as f32;
    let at = |place: usize| {
        let offset = first + slope * place as f32 + 0.5;
        if (0.0..OFFSETS as f32).contains(&offset) { changes[place][offset as usize] } else { 0.0 }
    };
    (0..PLACES).map(at).sum::<f32>() / PLACES as f32
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
