//! The weights of Winograd's minimal filtering.

use crate::buffer::AlignedBuffer;
use crate::kernels::Kernels;
use crate::multiply::Pack;
use crate::spec::ConvolutionSpec;
use crate::winograd::points::points_of_weights;

/// Transforms and packs the weights: for each point, those of all stored channels.
///
/// The transform is computed in double precision and rounded once.
pub(crate) fn transform_weights(
    spec: &ConvolutionSpec,
    weights: &[f32],
    side: usize,
    stored_inputs: usize,
    stored_outputs: usize,
    kernels: Kernels,
) -> AlignedBuffer {
    let per_point = stored_inputs * stored_outputs;
    let mut packed = AlignedBuffer::zeroed(side * side * per_point);
    let mut transformed = vec![0.0; side * side * spec.inputs * spec.outputs];
    for (kernel, points) in weights.chunks_exact(9).zip(transformed.chunks_exact_mut(side * side)) {
        transform_kernel(kernel, side, points);
    }
    for (point, packed) in packed.chunks_exact_mut(per_point).enumerate() {
        let weight = |output: usize, input: usize| {
            if output < spec.outputs && input < spec.inputs {
                transformed[(output * spec.inputs + input) * side * side + point]
            } else {
                0.0
            }
        };
        kernels.run(Pack { values: stored_inputs, stored_outputs, weight, packed });
    }
    packed
}

/// `G g G^T` of a kernel of 3 by 3 weights.
fn transform_kernel(kernel: &[f32], side: usize, points: &mut [f32]) {
    let mut rows = [[0.0; 6]; 3];
    for (row, values) in kernel.as_chunks::<3>().0.iter().enumerate() {
        rows[row] = points_of_weights(values.map(f64::from), side);
    }
    for x in 0..side {
        let column = points_of_weights([rows[0][x], rows[1][x], rows[2][x]], side);
        for y in 0..side {
            points[y * side + x] = column[y] as f32;
        }
    }
}
