//! The direct convolution: each output is the sum of all inputs below the kernel.

use crate::buffer::AlignedBuffer;
use crate::kernels::Kernels;
use crate::multiply::{Finish, Grid, Multiply, Pack};
use crate::shape::PaddedShape;
use crate::spec::ConvolutionSpec;

/// A direct convolution with its weights.
#[derive(Clone, Debug)]
pub(crate) struct Direct {
    /// Where the runs of inputs below the kernel begin, counted from the kernel's first pixel.
    runs: Vec<usize>,
    quads: usize,
    used: usize,
    weights: AlignedBuffer,
    bias: AlignedBuffer,
    /// From the first pixel of the buffer to the first one below the kernel.
    start: usize,
    input_step: usize,
    input_row_step: usize,
}

impl Direct {
    pub(crate) fn new(
        spec: &ConvolutionSpec,
        weights: &[f32],
        bias: &[f32],
        input: PaddedShape,
        kernels: Kernels,
    ) -> Self {
        let (side, stored) = (spec.kernel, input.stored_channels());
        // The channels of a row of pixels follow each other: one run for each row of the kernel.
        let runs: Vec<usize> = (0..side).map(|row| row * input.row_values()).collect();
        let quads = side * stored / 4;
        let used = if spec.inputs == 3 { 3 } else { 4 };
        let values = runs.len() * quads * used;
        let stored_outputs = PaddedShape::new(1, 1, spec.outputs).stored_channels();
        let mut packed = AlignedBuffer::zeroed(values * stored_outputs);
        let counted = if used == 3 { 3 } else { stored };
        let weight = |output: usize, value: usize| {
            let (tap, channel) = (value / counted, value % counted);
            if output < spec.outputs && channel < spec.inputs {
                weights[(output * spec.inputs + channel) * side * side + tap]
            } else {
                0.0
            }
        };
        kernels.run(Pack { values, stored_outputs, weight, packed: &mut packed });
        let mut stored_bias = AlignedBuffer::zeroed(stored_outputs);
        stored_bias[..bias.len()].copy_from_slice(bias);
        // The border is one pixel wide, which only kernels of three pixels reach into.
        let start = if side == 3 { 0 } else { input.offset(0, 0) };
        Self {
            runs,
            quads,
            used,
            weights: packed,
            bias: stored_bias,
            start,
            input_step: spec.stride * stored,
            input_row_step: spec.stride * input.row_values(),
        }
    }

    pub(crate) fn run(
        &self,
        kernels: Kernels,
        input: &[f32],
        output: &mut [f32],
        shape: PaddedShape,
        finish: Finish<'_>,
    ) {
        let to = Grid {
            start: shape.offset(0, 0),
            step: shape.stored_channels(),
            row_step: shape.row_values(),
        };
        let from = Grid { start: self.start, step: self.input_step, row_step: self.input_row_step };
        kernels.run(Multiply {
            height: shape.height,
            width: shape.width,
            input,
            from,
            runs: &self.runs,
            quads: self.quads,
            used: self.used,
            weights: &self.weights,
            initial: &self.bias,
            output,
            to,
            finish: Some(finish),
        });
    }
}
