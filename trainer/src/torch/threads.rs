//! How many threads a training run computes on.

use std::num::NonZeroUsize;

use rayon::{ThreadPoolBuildError, ThreadPoolBuilder};

/// Computes on this many threads: each of libtorch's operators, and the making of batches, which
/// runs beside them. Without a number, both use all cores. Call it once, before anything is
/// computed.
///
/// # Errors
/// The threads that make batches have been started before, or can't be started.
pub fn set_threads(count: Option<NonZeroUsize>) -> Result<(), ThreadPoolBuildError> {
    let Some(count) = count else { return Ok(()) };
    tch::set_num_threads(i32::try_from(count.get()).unwrap_or(i32::MAX));
    ThreadPoolBuilder::new().num_threads(count.get()).build_global()
}

/// The threads that are in use, as a clause for the log.
pub fn description() -> String {
    format!(
        "{} threads compute, and {} make batches",
        tch::get_num_threads(),
        rayon::current_num_threads()
    )
}
