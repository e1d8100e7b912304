//! Work that is spread over a fixed number of threads. The results do not depend on the number.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// A fixed number of threads. With one thread, everything runs on the thread of the caller.
#[derive(Debug, Default)]
pub(crate) struct Workers {
    pool: Option<ThreadPool>,
}

impl Workers {
    /// Starts this number of threads.
    ///
    /// # Errors
    /// The system refuses to start a thread.
    pub(crate) fn start(threads: NonZeroUsize) -> Result<Self, ThreadPoolBuildError> {
        if threads == NonZeroUsize::MIN {
            return Ok(Self::default());
        }
        let name = |number| format!("worker {number}");
        let pool = ThreadPoolBuilder::new().num_threads(threads.get()).thread_name(name).build()?;
        Ok(Self { pool: Some(pool) })
    }

    /// Applies a function to each item. Returns the results in the order of the items.
    pub(crate) fn map<T: Send, R: Send>(
        &self,
        items: Vec<T>,
        function: impl Fn(T) -> R + Send + Sync,
    ) -> Vec<R> {
        match &self.pool {
            Some(pool) if items.len() > 1 => {
                pool.install(|| items.into_par_iter().map(function).collect())
            }
            _ => items.into_iter().map(function).collect(),
        }
    }
}

/// Returns the number of cores minus one, which is left to everything else; at least one.
pub(crate) fn default_threads() -> NonZeroUsize {
    let cores = available_parallelism().map_or(1, NonZeroUsize::get);
    NonZeroUsize::new(cores - 1).unwrap_or(NonZeroUsize::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items_whatever_the_number_of_threads() {
        let expected: Vec<u32> = (0..100).map(|item| item * item).collect();
        for threads in [1, 2, 5] {
            let workers = Workers::start(NonZeroUsize::new(threads).unwrap()).unwrap();
            assert_eq!(workers.map((0..100).collect(), |item: u32| item * item), expected);
        }
        assert!(default_threads().get() >= 1);
    }
}
