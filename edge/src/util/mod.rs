//! Helpers without knowledge of cards.
//!
//! - [`elapsed`]: wall-clock time and CPU time of the same work
//! - [`errno`]: what an error number of the kernel means for a device
//! - [`holders`]: which program holds a device
//! - [`interval`]: the interval at which something happens regularly
//! - [`latest`]: a slot between two threads that holds the newest value only
//! - [`list`]: lists in messages
//! - [`lock`]: locks that outlive a panic
//! - [`log_once`]: a repeated fault is logged when it begins, changes and ends
//! - [`memory`]: the memory that this program occupies
//! - [`numbered`]: devices that the kernel numbers
//! - [`own_service`]: the cardsight service that runs on this machine
//! - [`parallel`]: work that is spread over threads
//! - [`reopen`]: a device that is opened again after it failed or disappeared
//! - [`round`]: rounding for numbers that people read
//! - [`spread`]: median and 95th percentile of durations

pub(crate) mod elapsed;
pub(crate) mod errno;
pub(crate) mod holders;
pub(crate) mod interval;
pub(crate) mod latest;
pub(crate) mod list;
pub(crate) mod lock;
pub(crate) mod log_once;
pub(crate) mod memory;
pub(crate) mod numbered;
pub(crate) mod own_service;
pub(crate) mod parallel;
pub(crate) mod reopen;
pub(crate) mod round;
pub(crate) mod spread;
