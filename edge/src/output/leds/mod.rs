//! What lights up.
//!
//! - [`rules`]: which LED is lit in which state
//! - [`terminal`]: LEDs drawn on a terminal
//! - [`gpio`]: LEDs on GPIO lines
//! - [`reopening`]: LEDs that may be missing
//! - [`fake`]: LEDs and pins that remember

pub mod fake;
pub mod gpio;
pub mod reopening;
pub mod rules;
pub mod terminal;

use std::io;

/// A row of LEDs. Implementations put all LEDs out when they are dropped.
pub trait LedOutput {
    /// Lights exactly these LEDs, in the order of the configured rules; `caption` says
    /// in words what they mean.
    ///
    /// # Errors
    /// The LEDs can't be reached.
    fn show(&mut self, lit: &[bool], caption: &str) -> io::Result<()>;

    /// Why the LEDs can't be reached at present.
    fn fault(&self) -> Option<&str> {
        None
    }
}

/// No LEDs at all.
#[derive(Debug)]
pub struct NoLeds;

impl LedOutput for NoLeds {
    fn show(&mut self, _lit: &[bool], _caption: &str) -> io::Result<()> {
        Ok(())
    }
}
