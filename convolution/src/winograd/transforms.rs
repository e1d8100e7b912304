//! The two-dimensional transforms between activations and points.
#![allow(clippy::needless_range_loop, reason = "several arrays are indexed alike")]

use crate::kernels::simd::Simd;
use crate::kernels::strided::{Strided, StridedMut};
use crate::multiply::Finish;
use crate::shape::PaddedShape;
use crate::winograd::points::{Scaling, outputs_of_points, points_of_inputs};

/// The place of the tiles of a block among the points, which are `[points, tiles, channels]`.
#[derive(Clone, Copy)]
pub(crate) struct Points {
    /// The number of values from a point to the next one.
    pub(crate) step: usize,
    /// The number of tiles in a row.
    pub(crate) columns: usize,
    /// How many of them are whole.
    pub(crate) whole_columns: usize,
    /// The number of values of a tile.
    pub(crate) channels: usize,
}

/// A row of tiles of the input.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) input: &'a [f32],
    pub(crate) shape: PaddedShape,
    /// The row of the tiles, counted from the top of the image.
    pub(crate) row: usize,
    /// The number of the first tile within its block.
    pub(crate) first_tile: usize,
}

/// Transforms a row of tiles: `ROWS` rows of points for each, of the `SIDE` rows
/// that there are places for.
///
/// The columns are transformed first, once for both tiles that a column belongs to; `strip` keeps
/// them.
#[inline(always)]
pub(crate) fn transform_inputs<
    S: Simd,
    const SIDE: usize,
    const SQUARE: usize,
    const ROWS: usize,
>(
    simd: S,
    source: Source<'_>,
    strip: &mut [f32],
    points: &mut [f32],
    place: Points,
) {
    let Source { input, shape, row, first_tile } = source;
    let stored = shape.stored_channels();
    let outputs = SIDE - 2;
    let row_start = row * outputs * shape.row_values();
    let pixels = place.whole_columns * outputs + 2 + (place.columns - place.whole_columns) * 2;
    let scaling = if ROWS == SIDE { Scaling::Own } else { Scaling::OfLargerTile };
    let strip = &mut S::arrays_mut(strip).as_chunks_mut::<SIDE>().0[..pixels];
    for channel in (0..place.channels).step_by(S::LANES) {
        for (x, column) in strip.iter_mut().enumerate() {
            let start = row_start + x * stored + channel;
            let pixels = Strided::<S, ROWS>::new(input, start, shape.row_values());
            let mut values = [pixels.load(simd, 0); ROWS];
            for row in 1..ROWS {
                values[row] = pixels.load(simd, row);
            }
            let values = points_of_inputs::<S, ROWS>(simd, values, scaling);
            for row in 0..ROWS {
                simd.store(values[row], &mut column[row]);
            }
        }
        for tile in 0..place.whole_columns {
            let start = (first_tile + tile) * place.channels + channel;
            let mut target = StridedMut::<S, SQUARE>::new(points, start, place.step);
            let strip = &strip[tile * outputs..];
            transform_rows::<S, SIDE, SQUARE, ROWS, SIDE>(simd, strip, &mut target);
        }
        if place.whole_columns < place.columns {
            let tile = place.whole_columns;
            let start = (first_tile + tile) * place.channels + channel;
            let mut target = StridedMut::<S, SQUARE>::new(points, start, place.step);
            let strip = &strip[tile * outputs..];
            transform_rows::<S, SIDE, SQUARE, ROWS, 4>(simd, strip, &mut target);
        }
    }
}

/// Transforms the rows of a tile whose columns are transformed.
#[inline(always)]
fn transform_rows<
    S: Simd,
    const SIDE: usize,
    const SQUARE: usize,
    const ROWS: usize,
    const COLUMNS: usize,
>(
    simd: S,
    strip: &[[S::Array; SIDE]],
    target: &mut StridedMut<'_, S, SQUARE>,
) {
    let strip = &strip[..COLUMNS];
    let scaling = if COLUMNS == SIDE { Scaling::Own } else { Scaling::OfLargerTile };
    for row in 0..ROWS {
        let mut values = [simd.load(&strip[0][row]); COLUMNS];
        for column in 1..COLUMNS {
            values[column] = simd.load(&strip[column][row]);
        }
        let values = points_of_inputs::<S, COLUMNS>(simd, values, scaling);
        for column in 0..COLUMNS {
            target.store(simd, row * SIDE + column, values[column]);
        }
    }
}

/// Where the outputs of a tile go.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) shape: PaddedShape,
    pub(crate) finish: Finish<'a>,
    /// The row and the column of the tile's first output.
    pub(crate) y: usize,
    pub(crate) x: usize,
}

/// Transforms the points of a tile with `ROWS` by `COLUMNS` points to outputs, and writes those
/// that belong to the image.
#[inline(always)]
pub(crate) fn transform_points<
    S: Simd,
    const SIDE: usize,
    const SQUARE: usize,
    const ROWS: usize,
    const COLUMNS: usize,
>(
    simd: S,
    points: &[f32],
    place: Points,
    tile: usize,
    output: &mut [f32],
    target: Target<'_>,
) {
    let shape = target.shape;
    let height = (shape.height - target.y).min(ROWS - 2);
    let width = (shape.width - target.x).min(COLUMNS - 2);
    for channel in (0..place.channels).step_by(S::LANES) {
        let start = tile * place.channels + channel;
        let source = Strided::<S, SQUARE>::new(points, start, place.step);
        let mut columns = [[simd.splat(0.0); 4]; COLUMNS];
        for column in 0..COLUMNS {
            let mut values = [source.load(simd, column); ROWS];
            for row in 1..ROWS {
                values[row] = source.load(simd, row * SIDE + column);
            }
            columns[column] = outputs_of_points::<S, ROWS>(simd, values);
        }
        for row in 0..ROWS - 2 {
            if row >= height {
                break;
            }
            let mut values = [columns[0][row]; COLUMNS];
            for column in 1..COLUMNS {
                values[column] = columns[column][row];
            }
            let results = outputs_of_points::<S, COLUMNS>(simd, values);
            let start = shape.offset(target.y + row, target.x) + channel;
            let step = shape.stored_channels();
            if width == 4 && COLUMNS == 6 {
                write_row::<S, 4>(simd, results, start, step, output, target.finish);
            } else if width >= 2 {
                write_row::<S, 2>(simd, results, start, step, output, target.finish);
                if width == 3 {
                    let last = [results[2]; 4];
                    write_row::<S, 1>(simd, last, start + 2 * step, step, output, target.finish);
                }
            } else {
                write_row::<S, 1>(simd, results, start, step, output, target.finish);
            }
        }
    }
}

/// Writes the first `COUNT` results to pixels that follow each other.
#[inline(always)]
fn write_row<S: Simd, const COUNT: usize>(
    simd: S,
    mut results: [S::Vector; 4],
    start: usize,
    step: usize,
    output: &mut [f32],
    finish: Finish<'_>,
) {
    if let Some(add) = finish.add {
        let add = Strided::<S, COUNT>::new(add, start, step);
        for pixel in 0..COUNT {
            results[pixel] = simd.add(results[pixel], add.load(simd, pixel));
        }
    }
    if finish.relu {
        for result in results.iter_mut().take(COUNT) {
            *result = simd.relu(*result);
        }
    }
    let mut target = StridedMut::<S, COUNT>::new(output, start, step);
    for pixel in 0..COUNT {
        target.store(simd, pixel, results[pixel]);
    }
}
