//! Winograd's minimal filtering for kernels of 3 by 3 pixels and a stride of 1.
//!
//! Tiles of 2 by 2 or 4 by 4 outputs are computed with 16 or 36 multiplications for each pair of
//! channels, where the direct convolution needs 36 or 144: Lavin & Gray, "Fast Algorithms for
//! Convolutional Neural Networks", 2015. The inputs of a tile are transformed to points, the
//! points are multiplied by transformed weights and summed over the input channels, and the sums
//! are transformed to outputs.

mod points;
mod tiling;
mod transforms;
mod weights;

use crate::buffer::{AlignedBuffer, Scratch};
use crate::kernels::Kernels;
use crate::kernels::simd::{Simd, Task};
use crate::multiply::{Finish, Grid, Multiply};
use crate::shape::PaddedShape;
use crate::spec::ConvolutionSpec;
use tiling::Tiling;
use transforms::{Points, Source, Target, transform_inputs, transform_points};

/// Values between the planes of two points. Without them, many planes would lie a power of two
/// apart and compete for the same places in the cache.
const PLANE_GAP: usize = 16;

/// A layer with transformed weights.
#[derive(Clone, Debug)]
pub(crate) struct Winograd {
    /// The side of a tile in points: 4 or 6.
    side: usize,
    input: PaddedShape,
    output: PaddedShape,
    tiling: Tiling,
    /// For each point, the packed weights.
    weights: AlignedBuffer,
    bias: AlignedBuffer,
    zeros: AlignedBuffer,
}

impl Winograd {
    /// For tiles of `outputs` by `outputs` values, 2 or 4.
    pub(crate) fn new(
        spec: &ConvolutionSpec,
        weights: &[f32],
        bias: &[f32],
        input: PaddedShape,
        output: PaddedShape,
        outputs: usize,
        kernels: Kernels,
    ) -> Self {
        let side = outputs + 2;
        let (from, to) = (input.stored_channels(), output.stored_channels());
        let weights = weights::transform_weights(spec, weights, side, from, to, kernels);
        let bytes_per_tile = side * side * (from + to) * size_of::<f32>();
        let tiling = Tiling::new(output, outputs, bytes_per_tile, weights.len() * size_of::<f32>());
        let mut stored_bias = AlignedBuffer::zeroed(to);
        stored_bias[..bias.len()].copy_from_slice(bias);
        let zeros = AlignedBuffer::zeroed(to);
        Self { side, input, output, tiling, weights, bias: stored_bias, zeros }
    }

    pub(crate) fn run(
        &self,
        kernels: Kernels,
        input: &[f32],
        output: &mut [f32],
        finish: Finish<'_>,
        scratch: &mut Scratch,
    ) {
        let tiles = self.tiling.block_rows * self.tiling.columns.tiles;
        let planes = self.side * self.side;
        let inputs_step = tiles * self.input.stored_channels() + PLANE_GAP;
        let outputs_step = tiles * self.output.stored_channels() + PLANE_GAP;
        let strip = (self.tiling.columns.tiles * (self.side - 2) + 2) * self.side * 8;
        let scratch = scratch.values(planes * (inputs_step + outputs_step) + strip);
        let (inputs, rest) = scratch.split_at_mut(planes * inputs_step);
        let (outputs, strip) = rest.split_at_mut(planes * outputs_step);
        let memory = Memory { inputs, inputs_step, outputs, outputs_step, strip };
        if self.side == 4 {
            kernels.run(Run::<4, 16> { layer: self, input, output, finish, memory });
        } else {
            kernels.run(Run::<6, 36> { layer: self, input, output, finish, memory });
        }
    }
}

/// The parts of the scratch memory.
struct Memory<'a> {
    /// The points of the inputs: `[points, tiles, input channels]`.
    inputs: &'a mut [f32],
    inputs_step: usize,
    /// The points of the outputs: `[points, tiles, output channels]`.
    outputs: &'a mut [f32],
    outputs_step: usize,
    strip: &'a mut [f32],
}

/// A layer at work, with tiles of `SIDE` by `SIDE` points, `SQUARE` in all.
struct Run<'a, const SIDE: usize, const SQUARE: usize> {
    layer: &'a Winograd,
    input: &'a [f32],
    output: &'a mut [f32],
    finish: Finish<'a>,
    memory: Memory<'a>,
}

impl<const SIDE: usize, const SQUARE: usize> Task for Run<'_, SIDE, SQUARE> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let tiling = self.layer.tiling;
        let mut first = 0;
        while first < tiling.rows.tiles {
            let end = (first + tiling.block_rows).min(tiling.rows.tiles);
            self.transform_inputs(simd, first, end);
            self.multiply(simd, first, end);
            self.transform_points(simd, first, end);
            first = end;
        }
    }
}

impl<const SIDE: usize, const SQUARE: usize> Run<'_, SIDE, SQUARE> {
    const fn points(&self, step: usize, shape: PaddedShape) -> Points {
        let columns = self.layer.tiling.columns;
        Points {
            step,
            columns: columns.tiles,
            whole_columns: columns.whole,
            channels: shape.stored_channels(),
        }
    }

    #[inline(always)]
    fn transform_inputs<S: Simd>(&mut self, simd: S, first: usize, end: usize) {
        let shape = self.layer.input;
        let place = self.points(self.memory.inputs_step, shape);
        let Memory { inputs, strip, .. } = &mut self.memory;
        for row in first..end {
            let first_tile = (row - first) * place.columns;
            let source = Source { input: self.input, shape, row, first_tile };
            if row < self.layer.tiling.rows.whole {
                transform_inputs::<S, SIDE, SQUARE, SIDE>(simd, source, strip, inputs, place);
            } else {
                transform_inputs::<S, SIDE, SQUARE, 4>(simd, source, strip, inputs, place);
            }
        }
    }

    #[inline(always)]
    fn multiply<S: Simd>(&mut self, simd: S, first: usize, end: usize) {
        let layer = self.layer;
        let (from, to) = (layer.input.stored_channels(), layer.output.stored_channels());
        let columns = layer.tiling.columns.tiles;
        for point in 0..SQUARE {
            // The weights of the point (1, 1) add to every output of a tile equally: the bias
            // belongs there.
            let initial = if point == SIDE + 1 { &layer.bias } else { &layer.zeros };
            let (row, column) = (point / SIDE, point % SIDE);
            Multiply {
                height: layer.tiling.rows.with_point(row, first, end),
                width: layer.tiling.columns.with_point(column, 0, columns),
                input: self.memory.inputs,
                from: Grid {
                    start: point * self.memory.inputs_step,
                    step: from,
                    row_step: columns * from,
                },
                runs: &[0],
                quads: from / 4,
                used: 4,
                weights: &layer.weights[point * from * to..][..from * to],
                initial,
                output: self.memory.outputs,
                to: Grid {
                    start: point * self.memory.outputs_step,
                    step: to,
                    row_step: columns * to,
                },
                finish: None,
            }
            .run(simd);
        }
    }

    #[inline(always)]
    fn transform_points<S: Simd>(&mut self, simd: S, first: usize, end: usize) {
        let Tiling { rows, columns, .. } = self.layer.tiling;
        let place = self.points(self.memory.outputs_step, self.layer.output);
        for row in first..end {
            for column in 0..columns.tiles {
                let start = (row * (SIDE - 2), column * (SIDE - 2));
                let tile = (row - first) * columns.tiles + column;
                match (row < rows.whole, column < columns.whole) {
                    (true, true) => self.transform_tile::<S, SIDE, SIDE>(simd, place, tile, start),
                    (true, false) => self.transform_tile::<S, SIDE, 4>(simd, place, tile, start),
                    (false, true) => self.transform_tile::<S, 4, SIDE>(simd, place, tile, start),
                    (false, false) => self.transform_tile::<S, 4, 4>(simd, place, tile, start),
                }
            }
        }
    }

    /// Transforms a tile of which `ROWS` by `COLUMNS` points are in use. Its first output is in
    /// row `y` and column `x` of the image.
    #[inline(always)]
    fn transform_tile<S: Simd, const ROWS: usize, const COLUMNS: usize>(
        &mut self,
        simd: S,
        place: Points,
        tile: usize,
        (y, x): (usize, usize),
    ) {
        let target = Target { shape: self.layer.output, finish: self.finish, y, x };
        transform_points::<S, SIDE, SQUARE, ROWS, COLUMNS>(
            simd,
            self.memory.outputs,
            place,
            tile,
            self.output,
            target,
        );
    }
}
