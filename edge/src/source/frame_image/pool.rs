//! Buffers for the pixels of frames, which are used again.

use std::sync::Mutex;

use crate::util::lock::lock;

/// The most buffers that are kept, and the most bytes of all of them together. A run needs a few
/// buffers: for the frame that is recognised, the one that waits, the one that the camera fills
/// and the one on the screen.
const MOST_BUFFERS: usize = 12;
const MOST_BYTES: usize = 16 << 20;

/// The buffers of this program that nobody uses at present.
pub(crate) static POOL: BufferPool = BufferPool { free: Mutex::new(Vec::new()) };

/// Buffers that nobody uses at present.
#[derive(Debug)]
pub(crate) struct BufferPool {
    free: Mutex<Vec<Vec<u8>>>,
}

impl BufferPool {
    /// An empty buffer, with room for this number of bytes.
    pub(crate) fn take(&self, bytes: usize) -> Vec<u8> {
        let mut free = lock(&self.free);
        // A buffer that is much too large is left for those who need it.
        let fits = |buffer: &Vec<u8>| (bytes..=2 * bytes).contains(&buffer.capacity());
        let mut buffer = match free.iter().position(fits) {
            Some(at) => free.swap_remove(at),
            None => Vec::with_capacity(bytes),
        };
        buffer.clear();
        buffer
    }

    /// Keeps a buffer for the next one who needs it, unless there are enough.
    pub(crate) fn give_back(&self, buffer: Vec<u8>) {
        let mut free = lock(&self.free);
        let kept: usize = free.iter().map(Vec::capacity).sum();
        if buffer.capacity() == 0 || kept + buffer.capacity() > MOST_BYTES {
            return;
        }
        if free.len() == MOST_BUFFERS {
            // The oldest one, so that buffers of a size that is no longer in use disappear.
            free.remove(0);
        }
        free.push(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool() -> BufferPool {
        BufferPool { free: Mutex::new(Vec::new()) }
    }

    #[test]
    fn a_buffer_is_used_again_for_about_as_many_bytes() {
        let pool = pool();
        let mut buffer = pool.take(1000);
        buffer.extend([7; 1000]);
        let place = buffer.as_ptr();
        pool.give_back(buffer);
        let smaller = pool.take(400);
        assert_ne!(smaller.as_ptr(), place, "it is much too large");
        let again = pool.take(600);
        assert!(again.is_empty() && again.as_ptr() == place);
        assert!(lock(&pool.free).is_empty());
    }

    #[test]
    fn the_pool_does_not_grow_without_bound() {
        let pool = pool();
        for _ in 0..100 {
            pool.give_back(vec![0; 10]);
            pool.give_back(vec![0; MOST_BYTES]);
        }
        assert_eq!(lock(&pool.free).len(), MOST_BUFFERS);
    }
}
