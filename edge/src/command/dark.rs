//! `cardsight dark`: all LEDs off.

use std::path::Path;
use std::process::ExitCode;

use crate::config;
use crate::config::settings::LedOutputSettings;
use crate::output::leds::gpio::GpioLeds;

/// Switches off the LEDs of a configuration. GPIO lines keep their level when the program that
/// holds them is killed, so systemd runs this command after the end of the service.
pub(super) fn run(config: &Path) -> anyhow::Result<ExitCode> {
    if let LedOutputSettings::Gpio(leds) = config::load_file(config)?.led_output {
        // Opening the lines switches them off.
        drop(GpioLeds::open(&leds)?);
    }
    Ok(ExitCode::SUCCESS)
}
