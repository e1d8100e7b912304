//! `edge dark`: all lamps out.

use std::path::Path;
use std::process::ExitCode;

use crate::config::{Config, Leds};
use crate::signal::gpio::GpioLamps;

/// Runs the command. GPIO lines keep their level when the program that held them is
/// killed: systemd runs this after the service's end.
pub fn run(config: &Path) -> anyhow::Result<ExitCode> {
    let config = Config::read(config)?;
    if config.leds == Leds::Gpio {
        // Taking the lines puts them out.
        drop(GpioLamps::open(&config.wired_lamps()?)?);
    }
    Ok(ExitCode::SUCCESS)
}
