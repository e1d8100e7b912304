//! The locator's output: a grid of cells, each saying whether a card's visible part has
//! its middle there, and where the card's corners are.
//!
//! A card turned by 180° has the same outline, so corners are named by how the long axis
//! lies, in one of two readings. Where an axis is far from both, both readings hold, so
//! that neither has to jump.

use std::f32::consts::FRAC_PI_2;

use crate::Corners;
use crate::corners::{is_convex, overlap_over_union};

/// Input pixels per value of the network's last layer.
pub const STRIDE: usize = 16;

/// Cells along each edge of such a value.
const SPLIT: usize = 2;

/// Input pixels along each edge of a cell.
pub const CELL_PIXELS: usize = STRIDE / SPLIT;

/// Upright, then sideways.
pub const READINGS: usize = 2;

/// One logit, then the four corners' x and y.
pub const VALUES: usize = 9;

/// Channels of the network's output.
pub const CHANNELS: usize = SPLIT * SPLIT * READINGS * VALUES;

/// How far the long axis may be from vertical (or horizontal) for that reading to hold.
const READING_REACH: f32 = 55.0 * FRAC_PI_2 / 90.0;

/// Outlines that overlap more than this are one card found twice.
const SAME_CARD_OVERLAP: f32 = 0.6;

/// Candidates that are looked at in a frame at most, best first.
const CANDIDATES: usize = 64;

/// Input pixels that a corner's value of 1 stands for.
pub const OFFSET_UNIT: f32 = 48.0;

/// Columns and rows of cells of an input of that width and height.
pub fn cells(size: [u32; 2]) -> [usize; 2] {
    size.map(|edge| edge as usize / CELL_PIXELS)
}

/// All cells of such an input, row by row.
pub fn all_cells(size: [u32; 2]) -> impl Iterator<Item = [usize; 2]> {
    let [columns, rows] = cells(size);
    (0..rows).flat_map(move |y| (0..columns).map(move |x| [x, y]))
}

/// The middle of a cell in input pixels.
pub fn cell_centre(cell: [usize; 2]) -> [f32; 2] {
    cell.map(|at| (at as f32 + 0.5) * CELL_PIXELS as f32)
}

/// Where a cell's value is in the output `[CHANNELS, height / STRIDE, width / STRIDE]`.
pub fn index([x, y]: [usize; 2], reading: usize, value: usize, size: [u32; 2]) -> usize {
    let [columns, rows] = size.map(|edge| edge as usize / STRIDE);
    let part = (y % SPLIT) * SPLIT + x % SPLIT;
    let channel = (part * READINGS + reading) * VALUES + value;
    (channel * rows + y / SPLIT) * columns + x / SPLIT
}

/// A card's corners as a reading names them; none where that reading does not hold.
/// `corners`: clockwise, the first two at a short edge.
pub fn read_as(corners: &Corners, reading: usize) -> Option<Corners> {
    let [a, b, c, d] = *corners;
    let axis = [c[0] + d[0] - a[0] - b[0], c[1] + d[1] - a[1] - b[1]];
    let angle = match reading {
        0 => axis[0].atan2(axis[1]),
        _ => axis[1].atan2(axis[0]),
    };
    if angle.abs() <= READING_REACH {
        Some([a, b, c, d])
    } else if angle.abs() >= 2.0 * FRAC_PI_2 - READING_REACH {
        Some([c, d, a, b])
    } else {
        None
    }
}

/// A card that the network sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Clockwise, the first two at a short edge, in input pixels; they may be outside.
    pub corners: Corners,
    /// How sure the network is that there is a card, 0..1.
    pub score: f32,
}

/// Reads the network's output: the cells that are surer than their neighbours and at
/// least `threshold` sure, each card once, surest first.
pub fn decode(output: &[f32], size: [u32; 2], threshold: f32) -> Vec<Found> {
    let mut candidates = Vec::new();
    for reading in 0..READINGS {
        let logit = |cell| output[index(cell, reading, 0, size)];
        for cell in all_cells(size) {
            let own = logit(cell);
            let score = 1.0 / (1.0 + (-own).exp());
            let is_peak = neighbours(cell, cells(size)).all(|other| logit(other) <= own);
            if score < threshold || score.is_nan() || !is_peak {
                continue;
            }
            let centre = cell_centre(cell);
            let corners = [0, 1, 2, 3].map(|corner| {
                [0, 1].map(|axis| {
                    let value = output[index(cell, reading, 1 + 2 * corner + axis, size)];
                    centre[axis] + value * OFFSET_UNIT
                })
            });
            if is_convex(&corners) {
                candidates.push(Found { corners, score });
            }
        }
    }
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    candidates.truncate(CANDIDATES);
    let mut kept: Vec<Found> = Vec::new();
    for candidate in candidates {
        if !kept.iter().any(|other| is_same_card(&candidate.corners, &other.corners)) {
            kept.push(candidate);
        }
    }
    kept
}

/// Whether two outlines are of one card.
pub fn is_same_card(a: &Corners, b: &Corners) -> bool {
    overlap_over_union(a, b) > SAME_CARD_OVERLAP
}

/// The up to eight cells around one.
fn neighbours([x, y]: [usize; 2], [columns, rows]: [usize; 2]) -> impl Iterator<Item = [usize; 2]> {
    let around = move |at: usize, count: usize| at.saturating_sub(1)..(at + 2).min(count);
    around(y, rows)
        .flat_map(move |ny| around(x, columns).map(move |nx| [nx, ny]))
        .filter(move |cell| *cell != [x, y])
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [u32; 2] = [80, 64];

    /// A card's outline around a centre, 40 high by default proportions, turned clockwise.
    fn card_at(centre: [f32; 2], height: f32, degrees: f32) -> Corners {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (x, y) = (height * 63.0 / 88.0 / 2.0, height / 2.0);
        [[-x, -y], [x, -y], [x, y], [-x, y]]
            .map(|[x, y]| [centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos])
    }

    fn values() -> usize {
        CHANNELS * SIZE.iter().map(|&edge| edge as usize / STRIDE).product::<usize>()
    }

    /// An output that says so for one card and nothing else.
    fn output(cell: [usize; 2], reading: usize, corners: &Corners) -> Vec<f32> {
        let mut output = vec![0.0; values()];
        for at in all_cells(SIZE) {
            for reading in 0..READINGS {
                output[index(at, reading, 0, SIZE)] = -9.0;
            }
        }
        output[index(cell, reading, 0, SIZE)] = 2.0;
        let centre = cell_centre(cell);
        for (i, corner) in corners.iter().enumerate() {
            for axis in [0, 1] {
                let value = (corner[axis] - centre[axis]) / OFFSET_UNIT;
                output[index(cell, reading, 1 + 2 * i + axis, SIZE)] = value;
            }
        }
        output
    }

    #[test]
    fn every_value_has_its_place() {
        let mut seen = vec![false; values()];
        for cell in all_cells(SIZE) {
            for (reading, value) in (0..READINGS).flat_map(|r| (0..VALUES).map(move |v| (r, v))) {
                let at = index(cell, reading, value, SIZE);
                assert!(!std::mem::replace(&mut seen[at], true));
            }
        }
        assert!(seen.into_iter().all(|seen| seen));
    }

    #[test]
    fn what_was_put_in_comes_out() {
        let corners = card_at([30.0, 34.0], 40.0, 20.0);
        let found = decode(&output([3, 4], 0, &corners), SIZE, 0.5);
        assert_eq!(found.len(), 1);
        assert!((found[0].score - 0.881).abs() < 1e-3);
        for (found, wanted) in found[0].corners.iter().zip(corners) {
            assert!((found[0] - wanted[0]).abs() < 1e-3 && (found[1] - wanted[1]).abs() < 1e-3);
        }
        assert!(decode(&output([3, 4], 0, &corners), SIZE, 0.9).is_empty());
    }

    #[test]
    fn a_card_in_both_readings_is_found_once() {
        let corners = card_at([30.0, 34.0], 40.0, 45.0);
        let [upright, sideways] =
            [0, 1].map(|reading| output([3, 4], reading, &read_as(&corners, reading).unwrap()));
        let merge = |(a, b): (&f32, &f32)| match (*a, *b) {
            (-9.0, b) => b,
            (a, -9.0) => a,
            (a, b) => a + b,
        };
        let both: Vec<f32> = upright.iter().zip(&sideways).map(merge).collect();
        assert_eq!(decode(&both, SIZE, 0.5).len(), 1);
    }

    #[test]
    fn each_angle_has_a_reading_that_does_not_tell_half_turns_apart() {
        for degrees in (-178..180).step_by(5) {
            let of = |degrees: i32| card_at([0.0, 0.0], 100.0, degrees as f32);
            let readings = [0, 1].map(|reading| read_as(&of(degrees), reading));
            assert!(readings.iter().any(Option::is_some), "{degrees}°");
            for (reading, read) in readings.into_iter().enumerate() {
                let turned = read_as(&of(degrees + 180), reading);
                assert_eq!(read.is_some(), turned.is_some(), "{degrees}°");
                if let (Some(a), Some(b)) = (read, turned) {
                    let far = a.iter().zip(b).map(|(a, b)| crate::corners::distance(a, &b));
                    assert!(far.fold(0.0, f32::max) < 0.01, "{degrees}°");
                }
            }
        }
    }
}
