//! Vectors of four values by NEON, which every 64-bit ARM processor has.
#![allow(unsafe_code, reason = "vector instructions")]

use std::arch::aarch64::*;

use super::simd::{Simd, Task};

/// NEON is part of the target: the value is proof of nothing that is not known anyway.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neon;

impl Simd for Neon {
    const LANES: usize = 4;

    type Vector = float32x4_t;
    type Array = [f32; 4];
    type Quad<'a> = float32x4_t;

    // Of 32 registers, 16 or 20 hold sums, 8 or 5 the input, and the others the weights. With 24
    // sums, the compiler moves some to memory and back.
    #[inline(always)]
    fn pixels_in_registers(vectors: usize) -> usize {
        if vectors <= 2 { 8 } else { 5 }
    }

    #[inline(always)]
    fn next_group(remaining: usize) -> usize {
        match remaining {
            1 => 1,
            2 | 3 => 2,
            _ => 4,
        }
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
    fn splat(self, value: f32) -> float32x4_t {
        // SAFETY: the target has NEON.
        unsafe { vdupq_n_f32(value) }
    }

    #[inline(always)]
    fn load(self, array: &[f32; 4]) -> float32x4_t {
        // SAFETY: the target has NEON, and the reference is valid for 4 values.
        unsafe { vld1q_f32(array.as_ptr()) }
    }

    #[inline(always)]
    fn store(self, vector: float32x4_t, array: &mut [f32; 4]) {
        // SAFETY: the target has NEON, and the reference is valid for 4 values.
        unsafe { vst1q_f32(array.as_mut_ptr(), vector) }
    }

    #[inline(always)]
    fn add(self, left: float32x4_t, right: float32x4_t) -> float32x4_t {
        // SAFETY: the target has NEON.
        unsafe { vaddq_f32(left, right) }
    }

    #[inline(always)]
    fn subtract(self, left: float32x4_t, right: float32x4_t) -> float32x4_t {
        // SAFETY: the target has NEON.
        unsafe { vsubq_f32(left, right) }
    }

    #[inline(always)]
    fn multiply_add(self, sum: float32x4_t, left: float32x4_t, right: float32x4_t) -> float32x4_t {
        // SAFETY: the target has NEON.
        unsafe { vfmaq_f32(sum, left, right) }
    }

    #[inline(always)]
    fn relu(self, vector: float32x4_t) -> float32x4_t {
        // The instruction returns "not a number" when one of its operands is that.
        // SAFETY: the target has NEON.
        unsafe { vmaxq_f32(vdupq_n_f32(0.0), vector) }
    }

    #[inline(always)]
    fn normalize(self, values: [u8; 4], mean: &[f32; 4], scale: &[f32; 4]) -> [f32; 4] {
        let mut result = [0.0; 4];
        let bytes = u64::from(u32::from_le_bytes(values));
        // SAFETY: the target has NEON.
        unsafe {
            let words = vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(bytes))));
            let difference = vsubq_f32(vcvtq_f32_u32(words), self.load(mean));
            self.store(vmulq_f32(difference, self.load(scale)), &mut result);
        }
        result
    }

    #[inline(always)]
    fn quad(self, values: &[f32; 4]) -> float32x4_t {
        self.load(values)
    }

    #[inline(always)]
    fn multiply_add_lane<const LANE: i32>(
        self,
        sum: float32x4_t,
        vector: float32x4_t,
        quad: float32x4_t,
    ) -> float32x4_t {
        // SAFETY: the target has NEON.
        unsafe { vfmaq_laneq_f32::<LANE>(sum, vector, quad) }
    }
}
