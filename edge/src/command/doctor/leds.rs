//! The GPIO chips, and whether the lines of the configured LEDs can be used.

use super::finding::{Finding, present_or, works_or_fails};
use crate::config::Settings;
use crate::config::settings::LedOutputSettings;
use crate::output::leds::gpio::{GpioLeds, list_chips};

/// Tests the lines of the configured LEDs.
pub(super) fn check_leds(settings: &Settings) -> Finding {
    match &settings.led_output {
        LedOutputSettings::Gpio(leds) => {
            works_or_fails(GpioLeds::open(leds).map(|_| format!("{} lines are free", leds.len())))
        }
        LedOutputSettings::Panel => {
            Finding::Absent("not on GPIO lines, but on the terminal".into())
        }
        LedOutputSettings::Off => Finding::Absent("not configured".into()),
    }
}

/// Lists all GPIO chips with their lines.
pub(super) fn list_gpio_chips() -> Vec<Finding> {
    present_or(list_chips(), "there is no GPIO chip")
}
