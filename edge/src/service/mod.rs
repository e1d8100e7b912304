//! What makes the program a service that runs for months.
//!
//! - [`life`]: what stays while everything else comes and goes
//! - [`notify`]: readiness and watchdog of systemd
//! - [`signals`]: stop and reload
//! - [`vitals`]: how well it runs
//! - [`status`]: the same as a file
//! - [`temperature`]: of the processor

pub mod life;
pub mod notify;
pub mod signals;
pub mod status;
pub mod temperature;
pub mod vitals;
