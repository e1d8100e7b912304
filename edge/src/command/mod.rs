//! One file per command of the program.

pub mod bench;
pub mod check_config;
pub mod classify;
pub mod doctor;
pub mod run;

use crate::config::{Leds, Mode, Source};

/// A part that this version does not have, and what to use instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not built yet; {instead}")]
pub struct NotBuilt {
    what: String,
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
                what: "finding cards anywhere (--mode auto)".into(),
                instead: "use --mode full and hold the card in the middle of the frame",
            }),
        }
    }

    /// Refuses the sources that are missing.
    ///
    /// # Errors
    /// The source is not built.
    pub fn check_source(source: &Source) -> Result<(), Self> {
        match source {
            Source::Demo | Source::Files(_) => Ok(()),
            Source::Camera(device) => Err(Self {
                what: format!("the camera source ({})", device.display()),
                instead: "use --source demo, or a folder of pictures",
            }),
        }
    }

    /// Refuses the lamps that are missing.
    ///
    /// # Errors
    /// The lamps are not built.
    pub fn check_leds(leds: Leds) -> Result<(), Self> {
        match leds {
            Leds::Panel | Leds::Off => Ok(()),
            Leds::Gpio => Err(Self {
                what: "lighting GPIO lines (--leds gpio)".into(),
                instead: "use --leds panel",
            }),
        }
    }
}
