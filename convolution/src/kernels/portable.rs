//! Vectors of four values in safe code, which the compiler turns into what the processor has.

use super::simd::{Simd, Task};

/// Arrays in place of vectors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portable;

impl Simd for Portable {
    const LANES: usize = 4;

    type Vector = [f32; 4];
    type Array = [f32; 4];
    type Quad<'a> = &'a [f32; 4];

    #[inline(always)]
    fn pixels_in_registers(_vectors: usize) -> usize {
        4
    }

    #[inline(always)]
    fn next_group(remaining: usize) -> usize {
        remaining.min(2)
    }

    #[inline(always)]
    fn vectorize<T: Task>(self, task: T) -> T::Output {
        task.run(self)
    }

    #[inline(always)]
    fn arrays(values: &[f32]) -> &[[f32; 4]] {
        values.as_chunks().0
    }

    #[inline(always)]
    fn arrays_mut(values: &mut [f32]) -> &mut [[f32; 4]] {
        values.as_chunks_mut().0
    }

    #[inline(always)]
    fn splat(self, value: f32) -> [f32; 4] {
        [value; 4]
    }

    #[inline(always)]
    fn load(self, array: &[f32; 4]) -> [f32; 4] {
        *array
    }

    #[inline(always)]
    fn store(self, vector: [f32; 4], array: &mut [f32; 4]) {
        *array = vector;
    }

    #[inline(always)]
    fn add(self, left: [f32; 4], right: [f32; 4]) -> [f32; 4] {
        let mut result = left;
        for lane in 0..4 {
            result[lane] += right[lane];
        }
        result
    }

    #[inline(always)]
    fn subtract(self, left: [f32; 4], right: [f32; 4]) -> [f32; 4] {
        let mut result = left;
        for lane in 0..4 {
            result[lane] -= right[lane];
        }
        result
    }

    #[inline(always)]
    fn multiply_add(self, sum: [f32; 4], left: [f32; 4], right: [f32; 4]) -> [f32; 4] {
        let mut result = sum;
        for lane in 0..4 {
            result[lane] += left[lane] * right[lane];
        }
        result
    }

    #[inline(always)]
    fn relu(self, vector: [f32; 4]) -> [f32; 4] {
        let mut result = vector;
        for value in &mut result {
            *value = if *value < 0.0 { 0.0 } else { *value };
        }
        result
    }

    #[inline(always)]
    fn normalize(self, values: [u8; 4], mean: &[f32; 4], scale: &[f32; 4]) -> [f32; 4] {
        let mut result = values.map(f32::from);
        for lane in 0..4 {
            result[lane] = (result[lane] - mean[lane]) * scale[lane];
        }
        result
    }

    #[inline(always)]
    fn quad(self, values: &[f32; 4]) -> &[f32; 4] {
        values
    }

    #[inline(always)]
    fn multiply_add_lane<const LANE: i32>(
        self,
        sum: [f32; 4],
        vector: [f32; 4],
        quad: &[f32; 4],
    ) -> [f32; 4] {
        self.multiply_add(sum, vector, [quad[LANE as usize]; 4])
    }
}
