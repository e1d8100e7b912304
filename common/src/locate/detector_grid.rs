//! The detector's output: a grid of cells. Each cell says whether the visible part of a card has
//! its middle there, and where that card's corners are.
//!
//! A card turned by 180° has the same outline, so the order of its corners follows from the
//! direction of its long axis, in one of two readings: upright or sideways. Where the axis is
//! far from vertical and from horizontal, both readings hold, so that neither has to jump.

use std::f32::consts::FRAC_PI_2;

use crate::geometry::{Point, Quad, Size};

/// Input pixels per value of the network's last layer.
pub const STRIDE: usize = 16;

/// Cells along each side of such a value.
const SPLIT: usize = 2;

/// Input pixels along each side of a cell.
pub const CELL_PIXELS: usize = STRIDE / SPLIT;

/// The number of readings: upright, then sideways.
pub const READINGS: usize = 2;

/// The values of a cell in one reading: a logit, then x and y of the four corners.
pub const VALUES: usize = 9;

/// Channels of the network's output.
pub const CHANNELS: usize = SPLIT * SPLIT * READINGS * VALUES;

/// The largest angle between the long axis and the vertical (or horizontal) at which that
/// reading holds, in radians.
const READING_REACH: f32 = 55.0 * FRAC_PI_2 / 90.0;

/// Two outlines that overlap more than this, as intersection over union, are probably the same card
/// detected twice.
const SAME_CARD_OVERLAP: f32 = 0.6;

/// Two outlines that overlap more than this are the same card detected twice, whatever is in them.
/// The complete outlines of neighbours in a dense row or in a fan overlap by up to this much.
const SAME_OUTLINE_OVERLAP: f32 = 0.85;

/// The most candidates of a frame that are compared, those with the highest score first.
const MAX_CANDIDATES: usize = 64;

/// The input pixels that a corner value of 1 stands for.
pub const OFFSET_UNIT: f32 = 48.0;

/// A column and a row of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub column: usize,
    pub row: usize,
}

impl Cell {
    /// The cell's middle in input pixels.
    pub fn centre(self) -> Point {
        let middle = |index: usize| (index as f32 + 0.5) * CELL_PIXELS as f32;
        Point::new(middle(self.column), middle(self.row))
    }

    /// The cells around this one in a grid of `[columns, rows]`, eight at most.
    fn neighbours(self, [columns, rows]: [usize; 2]) -> impl Iterator<Item = Self> {
        around(self.row, rows)
            .flat_map(move |row| {
                around(self.column, columns).map(move |column| Self { column, row })
            })
            .filter(move |cell| *cell != self)
    }
}

/// The indices next to `index` and `index` itself, within 0 to `count`.
fn around(index: usize, count: usize) -> std::ops::Range<usize> {
    index.saturating_sub(1)..(index + 2).min(count)
}

/// The columns and rows of the grid for an input of this size.
pub fn grid_size(input: Size) -> [usize; 2] {
    [input.width as usize / CELL_PIXELS, input.height as usize / CELL_PIXELS]
}

/// All cells of the grid for an input of this size, row by row.
pub fn all_cells(input: Size) -> impl Iterator<Item = Cell> {
    let [columns, rows] = grid_size(input);
    (0..rows).flat_map(move |row| (0..columns).map(move |column| Cell { column, row }))
}

/// The index of a cell's value in the output `[CHANNELS, height / STRIDE, width / STRIDE]` of
/// an input of this size.
pub fn index(cell: Cell, reading: usize, value: usize, input: Size) -> usize {
    let (columns, rows) = (input.width as usize / STRIDE, input.height as usize / STRIDE);
    let part = (cell.row % SPLIT) * SPLIT + cell.column % SPLIT;
    let channel = (part * READINGS + reading) * VALUES + value;
    (channel * rows + cell.row / SPLIT) * columns + cell.column / SPLIT
}

/// A card's corners in the order of a reading, or `None` where that reading does not hold.
/// `outline` is clockwise, its first two corners at a short side.
pub fn read_as(outline: Quad, reading: usize) -> Option<Quad> {
    let [a, b, c, d] = outline.corners;
    let (axis_x, axis_y) = (c.x + d.x - a.x - b.x, c.y + d.y - a.y - b.y);
    let angle = if reading == 0 { axis_x.atan2(axis_y) } else { axis_y.atan2(axis_x) };
    if angle.abs() <= READING_REACH {
        Some(outline)
    } else if angle.abs() >= 2.0 * FRAC_PI_2 - READING_REACH {
        Some(outline.half_turned())
    } else {
        None
    }
}

/// A card that the detector sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Convex and clockwise, the first two corners at a short side, in input pixels. Corners
    /// may lie outside the input.
    pub outline_in_input: Quad,
    /// The middle of what is visible of the card, in input pixels.
    pub visible_middle_in_input: Point,
    /// The probability of a card there, 0 to 1.
    pub score: f32,
}

/// Reads the network's output for an input of this size: the cells whose score is at least
/// `threshold` and no lower than that of their neighbours, each outline once, the highest score
/// first. Two of them may still be of the same card; see [`is_same_card`].
pub fn decode(output: &[f32], input: Size, threshold: f32) -> Vec<Detection> {
    let mut candidates: Vec<Detection> = (0..READINGS)
        .flat_map(|reading| {
            all_cells(input)
                .filter_map(move |cell| detection(output, input, cell, reading, threshold))
        })
        .collect();
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    candidates.truncate(MAX_CANDIDATES);
    without_repeats(candidates, |a, b| is_same_outline(a.outline_in_input, b.outline_in_input))
}

/// The card of a cell whose score reaches the threshold and is no lower than those of its
/// neighbours.
fn detection(
    output: &[f32],
    input: Size,
    cell: Cell,
    reading: usize,
    threshold: f32,
) -> Option<Detection> {
    let logit = |cell: Cell| output[index(cell, reading, 0, input)];
    let own = logit(cell);
    let score_of = |cell: Cell| 1.0 / (1.0 + (-logit(cell)).exp());
    let score = score_of(cell);
    // A score that is not a number fails this comparison too.
    let is_likely = score >= threshold;
    if !is_likely || !cell.neighbours(grid_size(input)).all(|other| logit(other) <= own) {
        return None;
    }
    let centre = cell.centre();
    let corner = |number: usize| {
        let value = |axis: usize| output[index(cell, reading, 1 + 2 * number + axis, input)];
        Point::new(centre.x + value(0) * OFFSET_UNIT, centre.y + value(1) * OFFSET_UNIT)
    };
    let outline_in_input = Quad::new([0, 1, 2, 3].map(corner));
    let visible_middle_in_input = weighted_middle(
        cell.neighbours(grid_size(input)).chain([cell]).map(|cell| (cell.centre(), score_of(cell))),
    );
    let detection = Detection { outline_in_input, visible_middle_in_input, score };
    outline_in_input.is_convex().then_some(detection)
}

/// The mean of points with weights, which are positive.
fn weighted_middle(points: impl Iterator<Item = (Point, f32)>) -> Point {
    let (mut sum, mut weights) = (Point::default(), 0.0);
    for (point, weight) in points {
        sum = sum + point * weight;
        weights += weight;
    }
    sum * (1.0 / weights)
}

/// The outlines without those that are of the same card as an earlier one.
pub fn distinct_cards(outlines: Vec<Quad>) -> Vec<Quad> {
    without_repeats(outlines, |a, b| is_same_card(*a, *b))
}

/// The items without those that repeat an item which is kept before them.
pub fn without_repeats<T>(
    items: impl IntoIterator<Item = T>,
    repeats: impl Fn(&T, &T) -> bool,
) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    for item in items {
        if !kept.iter().any(|earlier| repeats(&item, earlier)) {
            kept.push(item);
        }
    }
    kept
}

/// Whether two outlines are probably of the same card.
pub fn is_same_card(a: Quad, b: Quad) -> bool {
    a.intersection_over_union(b) > SAME_CARD_OVERLAP
}

/// Whether two outlines are of the same card, even in a dense row of cards.
pub fn is_same_outline(a: Quad, b: Quad) -> bool {
    a.intersection_over_union(b) > SAME_OUTLINE_OVERLAP
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUT: Size = Size::new(80, 64);

    /// A card's outline around a centre, turned clockwise.
    fn card_at(centre: Point, height: f32, degrees: f32) -> Quad {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (x, y) = (height * 63.0 / 88.0 / 2.0, height / 2.0);
        Quad::from([[-x, -y], [x, -y], [x, y], [-x, y]])
            .map(|p| centre + Point::new(p.x * cos - p.y * sin, p.x * sin + p.y * cos))
    }

    fn values() -> usize {
        CHANNELS * (INPUT.width as usize / STRIDE) * (INPUT.height as usize / STRIDE)
    }

    /// An output that claims one card and nothing else.
    fn output(cell: Cell, reading: usize, outline: Quad) -> Vec<f32> {
        let mut output = vec![0.0; values()];
        for at in all_cells(INPUT) {
            for reading in 0..READINGS {
                output[index(at, reading, 0, INPUT)] = -9.0;
            }
        }
        output[index(cell, reading, 0, INPUT)] = 2.0;
        for (i, corner) in outline.corners.iter().enumerate() {
            let offset = *corner - cell.centre();
            for (axis, value) in [offset.x, offset.y].into_iter().enumerate() {
                output[index(cell, reading, 1 + 2 * i + axis, INPUT)] = value / OFFSET_UNIT;
            }
        }
        output
    }

    const CELL: Cell = Cell { column: 3, row: 4 };

    #[test]
    fn every_value_has_its_own_index() {
        let mut used = vec![false; values()];
        for cell in all_cells(INPUT) {
            for (reading, value) in (0..READINGS).flat_map(|r| (0..VALUES).map(move |v| (r, v))) {
                let at = index(cell, reading, value, INPUT);
                assert!(!std::mem::replace(&mut used[at], true));
            }
        }
        assert!(used.into_iter().all(|used| used));
    }

    #[test]
    fn an_encoded_card_is_decoded() {
        let outline = card_at(Point::new(30.0, 34.0), 40.0, 20.0);
        let found = decode(&output(CELL, 0, outline), INPUT, 0.5);
        assert_eq!(found.len(), 1);
        assert!((found[0].score - 0.881).abs() < 1e-3);
        assert!(found[0].outline_in_input.largest_corner_distance(outline) < 1e-3);
        assert!(decode(&output(CELL, 0, outline), INPUT, 0.9).is_empty());
    }

    #[test]
    fn an_output_that_is_not_a_number_is_not_a_card() {
        assert!(decode(&vec![f32::NAN; values()], INPUT, 0.0).is_empty());
    }

    #[test]
    fn a_card_in_both_readings_is_found_once() {
        let outline = card_at(Point::new(30.0, 34.0), 40.0, 45.0);
        let [upright, sideways] =
            [0, 1].map(|reading| output(CELL, reading, read_as(outline, reading).unwrap()));
        let merge = |(a, b): (&f32, &f32)| match (*a, *b) {
            (-9.0, b) => b,
            (a, -9.0) => a,
            (a, b) => a + b,
        };
        let both: Vec<f32> = upright.iter().zip(&sideways).map(merge).collect();
        assert_eq!(decode(&both, INPUT, 0.5).len(), 1);
    }

    #[test]
    fn each_angle_has_a_reading_that_ignores_half_turns() {
        for degrees in (-178..180).step_by(5) {
            let outline = |degrees: i32| card_at(Point::default(), 100.0, degrees as f32);
            let readings = [0, 1].map(|reading| read_as(outline(degrees), reading));
            assert!(readings.iter().any(Option::is_some), "{degrees}°");
            for (reading, read) in readings.into_iter().enumerate() {
                let turned = read_as(outline(degrees + 180), reading);
                assert_eq!(read.is_some(), turned.is_some(), "{degrees}°");
                if let (Some(a), Some(b)) = (read, turned) {
                    assert!(a.largest_corner_distance(b) < 0.01, "{degrees}°");
                }
            }
        }
    }
}
