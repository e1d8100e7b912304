//! What lights up.
//!
//! - [`rules`]: which lamp is lit in which state
//! - [`panel`]: lamps drawn on a terminal
//! - [`gpio`]: lamps on GPIO lines
//! - [`retry`]: lamps that may be missing
//! - [`fake`]: lamps and pins that remember

pub mod fake;
pub mod gpio;
pub mod panel;
pub mod retry;
pub mod rules;

use std::io;

/// A row of lamps. Implementations put all lamps out when they are dropped.
pub trait Indicator {
    /// Lights exactly these lamps, in the order of the configured rules; `caption` says
    /// in words what they mean.
    ///
    /// # Errors
    /// The lamps can't be reached.
    fn show(&mut self, lit: &[bool], caption: &str) -> io::Result<()>;

    /// Why the lamps can't be reached at present.
    fn trouble(&self) -> Option<&str> {
        None
    }
}

/// No lamps at all.
#[derive(Debug)]
pub struct NoIndicator;

impl Indicator for NoIndicator {
    fn show(&mut self, _lit: &[bool], _caption: &str) -> io::Result<()> {
        Ok(())
    }
}
