//! Vectors of eight values by AVX2 and FMA.
#![allow(unsafe_code, reason = "vector instructions that not every x86-64 processor has")]

use std::arch::x86_64::*;

use super::simd::{Simd, Task};

/// The proof that the processor has AVX2 and FMA. Only [`Avx2::new`] makes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2 {
    _proof: (),
}

impl Avx2 {
    /// `None` on a processor without AVX2 or FMA.
    pub(crate) fn new() -> Option<Self> {
        let is_available = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        is_available.then_some(Self { _proof: () })
    }
}

/// Compiles `task` and all that is inlined into it with AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
fn run_with_avx2<T: Task>(simd: Avx2, task: T) -> T::Output {
    task.run(simd)
}

impl Simd for Avx2 {
    const LANES: usize = 8;

    type Vector = __m256;
    type Array = [f32; 8];
    type Quad<'a> = &'a [f32; 4];

    // Of 16 registers, 8 or 12 hold sums, 1 or 2 the weights, and 1 a value of the input. With
    // three vectors of weights, the compiler moves sums to memory and back.
    #[inline(always)]
    fn pixels_in_registers(vectors: usize) -> usize {
        if vectors == 1 { 8 } else { 6 }
    }

    #[inline(always)]
    fn next_group(remaining: usize) -> usize {
        remaining.min(2)
    }

    #[inline(always)]
    fn vectorize<T: Task>(self, task: T) -> T::Output {
        // SAFETY: `self` proves that the processor has AVX2 and FMA.
        unsafe { run_with_avx2(self, task) }
    }

    #[inline(always)]
    fn arrays(values: &[f32]) -> &[[f32; 8]] {
        values.as_chunks().0
    }

    #[inline(always)]
    fn arrays_mut(values: &mut [f32]) -> &mut [[f32; 8]] {
        values.as_chunks_mut().0
    }

    #[inline(always)]
    fn splat(self, value: f32) -> __m256 {
        // SAFETY: `self` proves that the processor has AVX.
        unsafe { _mm256_set1_ps(value) }
    }

    #[inline(always)]
    fn load(self, array: &[f32; 8]) -> __m256 {
        // SAFETY: `self` proves that the processor has AVX, and the reference is valid for 8 values.
        unsafe { _mm256_loadu_ps(array.as_ptr()) }
    }

    #[inline(always)]
    fn store(self, vector: __m256, array: &mut [f32; 8]) {
        // SAFETY: `self` proves that the processor has AVX, and the reference is valid for 8 values.
        unsafe { _mm256_storeu_ps(array.as_mut_ptr(), vector) }
    }

    #[inline(always)]
    fn add(self, left: __m256, right: __m256) -> __m256 {
        // SAFETY: `self` proves that the processor has AVX.
        unsafe { _mm256_add_ps(left, right) }
    }

    #[inline(always)]
    fn subtract(self, left: __m256, right: __m256) -> __m256 {
        // SAFETY: `self` proves that the processor has AVX.
        unsafe { _mm256_sub_ps(left, right) }
    }

    #[inline(always)]
    fn multiply_add(self, sum: __m256, left: __m256, right: __m256) -> __m256 {
        // SAFETY: `self` proves that the processor has FMA.
        unsafe { _mm256_fmadd_ps(left, right, sum) }
    }

    #[inline(always)]
    fn relu(self, vector: __m256) -> __m256 {
        // The instruction returns its second operand when one of them is not a number.
        // SAFETY: `self` proves that the processor has AVX.
        unsafe { _mm256_max_ps(_mm256_setzero_ps(), vector) }
    }

    #[inline(always)]
    fn normalize(self, values: [u8; 4], mean: &[f32; 4], scale: &[f32; 4]) -> [f32; 4] {
        let mut result = [0.0; 4];
        // SAFETY: `self` proves that the processor has AVX2, and the references are valid for 4
        // values.
        unsafe {
            let bytes = _mm_cvtsi32_si128(i32::from_le_bytes(values));
            let values = _mm_cvtepi32_ps(_mm_cvtepu8_epi32(bytes));
            let difference = _mm_sub_ps(values, _mm_loadu_ps(mean.as_ptr()));
            let product = _mm_mul_ps(difference, _mm_loadu_ps(scale.as_ptr()));
            _mm_storeu_ps(result.as_mut_ptr(), product);
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
        sum: __m256,
        vector: __m256,
        quad: &[f32; 4],
    ) -> __m256 {
        // SAFETY: `self` proves that the processor has AVX and FMA.
        unsafe { _mm256_fmadd_ps(_mm256_broadcast_ss(&quad[LANE as usize]), vector, sum) }
    }
}
