//! Vectors at equal distances in memory, checked once for all of them.
#![allow(unsafe_code, reason = "one bounds check for many vectors; the transforms consist of them")]

use std::marker::PhantomData;

use super::simd::Simd;

/// `COUNT` vectors to read, `stride` values apart.
#[derive(Clone, Copy)]
pub(crate) struct Strided<'a, S: Simd, const COUNT: usize> {
    /// Valid for `LANES` reads at each multiple of `stride` below `COUNT * stride`.
    first: *const f32,
    stride: usize,
    values: PhantomData<(&'a [f32], S)>,
}

impl<'a, S: Simd, const COUNT: usize> Strided<'a, S, COUNT> {
    /// # Panics
    ///
    /// When the last vector lies outside `values`.
    #[inline(always)]
    pub(crate) fn new(values: &'a [f32], start: usize, stride: usize) -> Self {
        check::<S, COUNT>(values[start..].len(), stride);
        // SAFETY: the slice above was not refused, so `start` is at most the length.
        let first = unsafe { values.as_ptr().add(start) };
        Self { first, stride, values: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn load(&self, simd: S, index: usize) -> S::Vector {
        assert!(index < COUNT);
        // SAFETY: `new` has checked the last vector, and this one is not behind it. An array of
        // `f32` has the alignment of `f32`.
        simd.load(unsafe { &*self.first.add(index * self.stride).cast::<S::Array>() })
    }
}

/// `COUNT` vectors to write, `stride` values apart.
pub(crate) struct StridedMut<'a, S: Simd, const COUNT: usize> {
    /// Valid for `LANES` writes at each multiple of `stride` below `COUNT * stride`.
    first: *mut f32,
    stride: usize,
    values: PhantomData<(&'a mut [f32], S)>,
}

impl<'a, S: Simd, const COUNT: usize> StridedMut<'a, S, COUNT> {
    /// # Panics
    ///
    /// When the last vector lies outside `values`.
    #[inline(always)]
    pub(crate) fn new(values: &'a mut [f32], start: usize, stride: usize) -> Self {
        let reached = &mut values[start..];
        check::<S, COUNT>(reached.len(), stride);
        Self { first: reached.as_mut_ptr(), stride, values: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn store(&mut self, simd: S, index: usize, vector: S::Vector) {
        assert!(index < COUNT);
        // SAFETY: `new` has checked the last vector, and this one is not behind it. The slice is
        // borrowed for writing as long as `self` lives. An array of `f32` has the alignment of
        // `f32`.
        simd.store(vector, unsafe { &mut *self.first.add(index * self.stride).cast::<S::Array>() });
    }
}

/// Refuses `COUNT` vectors, `stride` values apart, that don't lie within `length` values.
#[inline(always)]
fn check<S: Simd, const COUNT: usize>(length: usize, stride: usize) {
    const { assert!(COUNT >= 1 && COUNT <= 64) };
    // The product does not overflow because of the first condition.
    let is_inside = stride < usize::MAX / 128 && (COUNT - 1) * stride + S::LANES <= length;
    assert!(is_inside, "the last vector lies outside");
}
