//! One file per command of the program.

pub mod bench;
pub mod check_config;
pub mod classify;
pub mod dark;
pub mod doctor;
pub mod run;

use crate::config::Mode;

/// A part that this version does not have, and what to use instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not built yet; {instead}")]
pub struct NotBuilt {
    what: &'static str,
    instead: &'static str,
}

impl NotBuilt {
    /// Refuses the modes that are missing.
    ///
    /// # Errors
    /// The mode is not built.
    pub fn check_mode(mode: Mode) -> Result<(), Self> {
        match mode {
            Mode::Full => Ok(()),
            Mode::Auto => Err(Self {
                what: "finding cards anywhere (--mode auto)",
                instead: "use --mode full and hold the card in the middle of the frame",
            }),
        }
    }
}
