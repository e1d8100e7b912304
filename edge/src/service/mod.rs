//! What makes the program a service that runs for months.
//!
//! - [`context`]: what stays while everything else comes and goes
//! - [`notify`]: readiness and watchdog of systemd
//! - [`signals`]: stop and reload
//! - [`statistics`]: how well it runs
//! - [`status`]: the same as a file
//! - [`temperature`]: of the processor

pub mod context;
pub mod notify;
pub mod signals;
pub mod statistics;
pub mod status;
pub mod temperature;
