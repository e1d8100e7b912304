//! The GPIO chips, and whether the lines of the configured LEDs can be used.

use super::finding::{Finding, present_or, works_or_fails};
use crate::config::Settings;
use crate::config::settings::LedOutputSettings;
use crate::output::leds::gpio::{CONSUMER, GpioError, GpioLeds, WiredLed, list_chips};
use crate::util::own_service::{ServiceProcess, service_process};

/// Tests the lines of the configured LEDs.
pub(super) fn check_leds(settings: &Settings) -> Finding {
    match &settings.led_output {
        LedOutputSettings::Gpio(leds) => {
            let outcome = GpioLeds::open(leds).map(drop);
            gpio_finding(leds, outcome, service_process().as_ref())
        }
        LedOutputSettings::Panel => {
            Finding::Absent("not on GPIO lines, but on the terminal".into())
        }
        LedOutputSettings::Off => Finding::Absent("not configured".into()),
    }
}

/// What it means that these LEDs could be opened, or could not. The service holds all lines of its
/// LEDs or none of them.
fn gpio_finding(
    leds: &[WiredLed],
    outcome: Result<(), GpioError>,
    service: Option<&ServiceProcess>,
) -> Finding {
    match (outcome, service) {
        (Err(GpioError::Taken { holder, .. }), Some(service)) if holder == CONSUMER => {
            Finding::Present(format!("the lines are in use by {service}"))
        }
        (outcome, _) => works_or_fails(outcome.map(|()| format!("{} lines are free", leds.len()))),
    }
}

/// Lists all GPIO chips with their lines.
pub(super) fn list_gpio_chips() -> Vec<Finding> {
    present_or(list_chips(), "there is no GPIO chip")
}
