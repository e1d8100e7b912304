//! What makes the program a service that runs for months.
//!
//! - [`context`]: what stays while configurations are reloaded
//! - [`counters`]: counts for metrics
//! - [`faults`]: what does not work at present
//! - [`identity`]: which device this is
//! - [`notify`]: notifications for systemd
//! - [`power`]: supply voltage and throttling
//! - [`signals`]: stop and reload
//! - [`statistics`]: counts and times of a run
//! - [`status`]: the status once a second, and the file `status.json`
//! - [`status_report`]: reading that file
//! - [`temperature`]: the temperature of the processor

pub mod context;
pub(crate) mod counters;
pub(crate) mod faults;
pub(crate) mod identity;
pub mod notify;
pub(crate) mod power;
pub mod signals;
pub(crate) mod statistics;
pub mod status;
pub(crate) mod status_report;
pub(crate) mod temperature;
