//! What makes the program a service that runs for months.
//!
//! - [`context`]: what stays while configurations are reloaded
//! - [`notify`]: notifications for systemd
//! - [`signals`]: stop and reload
//! - [`statistics`]: counts and times of a run
//! - [`status`]: the file `status.json`
//! - [`status_report`]: reading that file
//! - [`temperature`]: the temperature of the processor

pub mod context;
pub mod notify;
pub mod signals;
pub(crate) mod statistics;
pub mod status;
pub(crate) mod status_report;
pub(crate) mod temperature;
