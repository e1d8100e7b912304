//! The one-dimensional transforms between pixels and points.
//!
//! A tile of `M` outputs depends on `M + 2` inputs, which are transformed to as many points. Tiles
//! of 2 outputs use the points 0, 1, -1 and infinity; tiles of 4 outputs use 2 and -2 as well.
//! Points are in this order, so that the first four mean the same in both. The matrices are those
//! of Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", 2015, with the rows
//! in our order.

use crate::kernels::simd::Simd;

/// Which weights the points of a tile are multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scaling {
    /// Those for tiles of `POINTS - 2` outputs.
    Own,
    /// Those for tiles of 4 outputs, which a tile of 2 outputs can use after a multiplication.
    OfLargerTile,
}

/// From the inputs of a tile to its points: `B^T d`.
#[inline(always)]
pub(crate) fn points_of_inputs<S: Simd, const POINTS: usize>(
    simd: S,
    d: [S::Vector; POINTS],
    scaling: Scaling,
) -> [S::Vector; POINTS] {
    let mut points = d;
    if POINTS == 4 {
        points[0] = simd.subtract(d[0], d[2]);
        points[1] = simd.add(d[1], d[2]);
        points[2] = simd.subtract(d[2], d[1]);
        points[3] = simd.subtract(d[1], d[3]);
        if scaling == Scaling::OfLargerTile {
            let zero = simd.splat(0.0);
            points[0] = simd.multiply_add(zero, points[0], simd.splat(4.0));
            points[1] = simd.multiply_add(zero, points[1], simd.splat(-3.0));
            points[2] = simd.multiply_add(zero, points[2], simd.splat(-3.0));
        }
        return points;
    }
    let even = simd.multiply_add(d[4], d[2], simd.splat(-4.0));
    let odd = simd.multiply_add(d[3], d[1], simd.splat(-4.0));
    let even_step = simd.subtract(d[4], d[2]);
    let odd_step = simd.subtract(d[3], d[1]);
    points[0] = simd.multiply_add(even_step, simd.subtract(d[0], d[2]), simd.splat(4.0));
    points[1] = simd.add(even, odd);
    points[2] = simd.subtract(even, odd);
    points[3] = simd.multiply_add(simd.subtract(d[5], d[3]), odd_step, simd.splat(-4.0));
    points[4] = simd.multiply_add(even_step, odd_step, simd.splat(2.0));
    points[5] = simd.multiply_add(even_step, odd_step, simd.splat(-2.0));
    points
}

/// From the points of a tile to its outputs: `A^T m`. The first `POINTS - 2` results count.
#[inline(always)]
pub(crate) fn outputs_of_points<S: Simd, const POINTS: usize>(
    simd: S,
    m: [S::Vector; POINTS],
) -> [S::Vector; 4] {
    let sum = simd.add(m[1], m[2]);
    let difference = simd.subtract(m[1], m[2]);
    if POINTS == 4 {
        let second = simd.subtract(difference, m[3]);
        return [simd.add(m[0], sum), second, second, second];
    }
    let outer_sum = simd.add(m[4], m[5]);
    let outer_difference = simd.subtract(m[4], m[5]);
    [
        simd.add(simd.add(m[0], sum), outer_sum),
        simd.multiply_add(difference, outer_difference, simd.splat(2.0)),
        simd.multiply_add(sum, outer_sum, simd.splat(4.0)),
        simd.multiply_add(simd.add(difference, m[3]), outer_difference, simd.splat(8.0)),
    ]
}

/// From the three weights in a row or column of a kernel to the points: `G g`. The first `points`
/// results count.
pub(crate) fn points_of_weights(g: [f64; 3], points: usize) -> [f64; 6] {
    let (even, odd) = (g[0] + g[2], g[1]);
    if points == 4 {
        return [g[0], (even + odd) / 2.0, (even - odd) / 2.0, g[2], 0.0, 0.0];
    }
    let outer_even = g[0] / 24.0 + g[2] / 6.0;
    let outer_odd = g[1] / 12.0;
    [
        g[0] / 4.0,
        -(even + odd) / 6.0,
        -(even - odd) / 6.0,
        g[2],
        outer_even + outer_odd,
        outer_even - outer_odd,
    ]
}
