//! `cardsight dark`: all LEDs out.

use std::path::Path;
use std::process::ExitCode;

use crate::config::{Config, Leds};
use crate::output::leds::gpio::GpioLeds;

/// Runs the command. GPIO lines keep their level when the program that held them is
/// killed: systemd runs this after the service's end.
pub fn run(config: &Path) -> anyhow::Result<ExitCode> {
    let config = Config::read(config)?;
    if config.leds == Leds::Gpio {
        // Taking the lines puts them out.
        drop(GpioLeds::open(&config.wired_leds()?)?);
    }
    Ok(ExitCode::SUCCESS)
}
