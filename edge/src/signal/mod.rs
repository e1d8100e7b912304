//! What lights up.
//!
//! - [`rules`]: which lamp is lit in which state
//! - [`panel`]: lamps drawn on a terminal
//! - [`fake`]: lamps that remember

pub mod fake;
pub mod panel;
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
}

/// No lamps at all.
#[derive(Debug)]
pub struct NoIndicator;

impl Indicator for NoIndicator {
    fn show(&mut self, _lit: &[bool], _caption: &str) -> io::Result<()> {
        Ok(())
    }
}
