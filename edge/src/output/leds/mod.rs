//! Rows of LEDs.
//!
//! - [`rules`]: which LED is lit in which state
//! - [`rule_table`]: the table of all rules
//! - [`terminal`]: LEDs drawn on a terminal
//! - [`gpio`]: LEDs on GPIO lines
//! - [`reopening`]: LEDs that may be missing or fail
//! - `fake`: LEDs and pins without hardware, for tests

#[cfg(any(test, feature = "testing"))]
pub mod fake;
pub mod gpio;
pub mod reopening;
pub(crate) mod rule_table;
pub mod rules;
pub(crate) mod terminal;

use std::io;

/// A row of LEDs. An implementation turns all LEDs off when it is dropped.
pub trait LedOutput {
    /// Lights exactly these LEDs, in the order of the configured rules. `caption` states in
    /// words what they show.
    ///
    /// # Errors
    /// The LEDs can't be reached.
    fn show(&mut self, lit: &[bool], caption: &str) -> io::Result<()>;

    /// Why the LEDs can't be reached at present.
    fn fault(&self) -> Option<&str> {
        None
    }
}

/// A device without LEDs.
#[derive(Debug)]
pub(crate) struct NoLeds;

impl LedOutput for NoLeds {
    fn show(&mut self, _lit: &[bool], _caption: &str) -> io::Result<()> {
        Ok(())
    }
}
