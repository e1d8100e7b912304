//! The GPIO chips, and whether the lines of the configured LEDs can be used.

use super::finding::{Finding, present_or, works_or_fails};
use crate::config::Settings;
use crate::config::settings::LedOutputSettings;
use crate::output::leds::gpio::report::{check_lines, list_chips};
use crate::output::leds::gpio::{CONSUMER, GpioError};
use crate::util::own_service::{ServiceProcess, service_process};

/// Tests the lines of the configured LEDs.
pub(super) fn check_leds(settings: &Settings) -> Finding {
    match &settings.led_output {
        LedOutputSettings::Gpio(leds) => {
            gpio_finding(check_lines(leds), service_process().as_ref())
        }
        LedOutputSettings::Panel => {
            Finding::Absent("not on GPIO lines, but on the terminal".into())
        }
        LedOutputSettings::Off => Finding::Absent("not configured".into()),
    }
}

/// What it means that the lines of the LEDs could be taken, or could not. The service holds all lines of its
/// LEDs or none of them.
fn gpio_finding(outcome: Result<String, GpioError>, service: Option<&ServiceProcess>) -> Finding {
    match (outcome, service) {
        (Err(GpioError::Taken { holder, .. }), Some(service)) if holder == CONSUMER => {
            Finding::Present(format!("the lines are in use by {service}"))
        }
        (outcome, _) => works_or_fails(outcome),
    }
}

/// Lists all GPIO chips with their lines.
pub(super) fn list_gpio_chips() -> Vec<Finding> {
    present_or(list_chips(), "there is no GPIO chip")
}
