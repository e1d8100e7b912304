//! Memory for activations, weights and intermediate results.

use std::ops::{Deref, DerefMut};

/// The alignment in bytes: a cache line.
const ALIGNMENT: usize = 64;

/// A fixed number of values whose first one begins a cache line, so that no vector of a kernel lies
/// on two lines. Any `[f32]` is accepted for activations; this one is faster.
#[derive(Debug, Default)]
pub struct AlignedBuffer {
    values: Vec<f32>,
    start: usize,
    length: usize,
}

impl AlignedBuffer {
    /// A buffer of `length` zeros.
    pub fn zeroed(length: usize) -> Self {
        let values = vec![0.0; length + ALIGNMENT / size_of::<f32>()];
        // `align_offset` may decline to answer; the buffer is then correct, but not aligned.
        let start = values.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT / size_of::<f32>());
        Self { values, start, length }
    }
}

impl Clone for AlignedBuffer {
    fn clone(&self) -> Self {
        let mut copy = Self::zeroed(self.length);
        copy.copy_from_slice(self);
        copy
    }
}

impl Deref for AlignedBuffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[self.start..self.start + self.length]
    }
}

impl DerefMut for AlignedBuffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[self.start..self.start + self.length]
    }
}

/// Memory for the intermediate results of [`Convolution::run`](crate::Convolution::run).
///
/// It grows when a convolution needs more than all before it, and is reused otherwise: one for
/// each thread is enough for all convolutions of all networks.
#[derive(Debug, Default)]
pub struct Scratch {
    buffer: AlignedBuffer,
}

impl Scratch {
    /// At least `length` values with unknown contents.
    pub(crate) fn values(&mut self, length: usize) -> &mut [f32] {
        if self.buffer.len() < length {
            self.buffer = AlignedBuffer::zeroed(length);
        }
        &mut self.buffer[..length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_aligned_and_equal() {
        let mut buffer = AlignedBuffer::zeroed(19);
        buffer[18] = 2.0;
        let copy = buffer.clone();
        assert_eq!(*copy, *buffer);
        assert_eq!(copy.len(), 19);
    }

    #[test]
    fn scratch_only_grows() {
        let mut scratch = Scratch::default();
        scratch.values(100)[99] = 1.0;
        assert_eq!(scratch.values(10).len(), 10);
        assert_eq!(scratch.values(100)[99], 1.0);
    }
}
