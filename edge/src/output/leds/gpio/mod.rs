//! LEDs on GPIO lines, through the character devices of the chips.
//!
//! - [`chips`]: the chips and lines of the system, and the ABI that the kernel offers for them
//! - [`pin`]: a line as an output pin
//! - [`report`]: what `cardsight doctor` reports

mod chips;
mod pin;
pub(crate) mod report;

use std::fmt;
use std::io;

use embedded_hal::digital::{OutputPin, PinState};
use gpiocdev::AbiVersion;

use crate::output::leds::LedOutput;
use pin::GpioPin;

/// The kernel lists the lines of this program as held by this name.
pub(crate) const CONSUMER: &str = "cardsight";

/// How a configuration names a line of a chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LineId {
    /// Its number on the chip.
    Offset(u32),
    /// The name that the board gives it, such as "GPIO17".
    Name(String),
}

impl fmt::Display for LineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LineId::Offset(offset) => offset.fmt(f),
            LineId::Name(name) => name.fmt(f),
        }
    }
}

/// An LED and the line that it is connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WiredLed {
    /// A chip's path, name or label: `/dev/gpiochip0`, `gpiochip0`, `pinctrl-bcm2711`.
    pub chip: String,
    pub line: LineId,
    /// Whether the LED is lit when the line is low.
    pub active_low: bool,
}

/// Why an LED can't be lit, and what the user can do about it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GpioError {
    #[error("there is no GPIO chip {chip}; the system has {present}")]
    NoChip { chip: String, present: String },
    #[error("GPIO chip {chip}: permission denied; add the user to the group \"gpio\"")]
    Permission { chip: String },
    #[error("GPIO chip {chip} has no line {line}; choose one that `cardsight doctor` lists")]
    NoLine { chip: String, line: LineId },
    #[error("GPIO line {line} of {chip} is held by {holder:?}; free it, or use another line")]
    Taken { chip: String, line: LineId, holder: String },
    #[error("GPIO line {line} of {chip} can't be used: {reason}")]
    Line { chip: String, line: LineId, reason: String },
}

/// LEDs on pins. A pin is written only when its LED changes.
#[derive(Debug)]
pub struct GpioLeds<P: OutputPin> {
    leds: Vec<PinLed<P>>,
}

#[derive(Debug)]
struct PinLed<P> {
    pin: P,
    active_low: bool,
    is_lit: bool,
}

impl<P: OutputPin> GpioLeds<P> {
    /// LEDs on pins that are off already, each pin with its `active_low`.
    pub fn new(pins: impl IntoIterator<Item = (P, bool)>) -> Self {
        let led = |(pin, active_low)| PinLed { pin, active_low, is_lit: false };
        Self { leds: pins.into_iter().map(led).collect() }
    }
}

impl GpioLeds<GpioPin> {
    /// Takes the lines of these LEDs and turns all LEDs off.
    ///
    /// # Errors
    /// A chip or a line is missing, in use, or not accessible to the user.
    pub(crate) fn open(leds: &[WiredLed]) -> Result<Self, GpioError> {
        let pins = leds.iter().map(|led| Ok((GpioPin::open(led)?, led.active_low)));
        Ok(Self::new(pins.collect::<Result<Vec<_>, GpioError>>()?))
    }

    /// By which ABI the lines are driven.
    pub(crate) fn abi_text(&self) -> &'static str {
        self.leds.first().map_or("no GPIO ABI", |led| abi_name(led.pin.abi()))
    }
}

/// What a version of the kernel's GPIO interface is called.
fn abi_name(abi: AbiVersion) -> &'static str {
    match abi {
        AbiVersion::V2 => "second GPIO ABI",
        AbiVersion::V1 => "first GPIO ABI, because the kernel has no second one",
    }
}

impl<P: OutputPin> LedOutput for GpioLeds<P>
where
    P::Error: fmt::Display,
{
    fn show(&mut self, lit: &[bool], _caption: &str) -> io::Result<()> {
        for (number, (led, &is_lit)) in (1..).zip(self.leds.iter_mut().zip(lit)) {
            if led.is_lit != is_lit {
                // After a failure the level is unknown. The LED then counts as lit, so that it
                // is written again even if it should be off.
                led.is_lit = true;
                led.pin
                    .set_state(PinState::from(is_lit != led.active_low))
                    .map_err(|error| cannot_write(number, &error))?;
                led.is_lit = is_lit;
            }
        }
        Ok(())
    }
}

fn cannot_write(number: usize, error: &impl fmt::Display) -> io::Error {
    io::Error::other(format!("the GPIO line of LED {number} can't be written: {error}"))
}

impl<P: OutputPin> Drop for GpioLeds<P> {
    fn drop(&mut self) {
        for led in &mut self.leds {
            // A line that has disappeared lights nothing anyway.
            let _ = led.pin.set_state(PinState::from(led.active_low));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::leds::fake::FakePin;

    #[test]
    fn leds_are_lit_whichever_way_they_are_wired() {
        let pins = [FakePin::new(false), FakePin::new(true)];
        let mut leds = GpioLeds::new([(pins[0].clone(), false), (pins[1].clone(), true)]);
        leds.show(&[true, true], "").unwrap();
        assert_eq!(pins.each_ref().map(FakePin::is_high), [true, false]);
        leds.show(&[true, false], "").unwrap();
        assert_eq!(pins.each_ref().map(FakePin::is_high), [true, true]);
        assert_eq!(pins.each_ref().map(FakePin::writes), [1, 2], "only changes are written");
    }

    #[test]
    fn leds_are_turned_off_when_they_are_dropped_even_by_a_panic() {
        let pin = FakePin::new(true);
        let mut leds = GpioLeds::new([(pin.clone(), true)]);
        leds.show(&[true], "").unwrap();
        assert!(!pin.is_high());
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let _held = leds;
            std::panic::resume_unwind(Box::new("scripted"));
        }));
        assert!(panic.is_err() && pin.is_high());
    }

    #[test]
    fn a_pin_that_fails_is_written_again() {
        let pin = FakePin::new(false);
        let mut leds = GpioLeds::new([(pin.clone(), false)]);
        pin.fail(true);
        assert!(leds.show(&[true], "").is_err());
        pin.fail(false);
        leds.show(&[false], "").unwrap();
        assert_eq!((pin.is_high(), pin.writes()), (false, 1));
    }

    #[test]
    fn a_missing_chip_is_named() {
        let led =
            WiredLed { chip: "no-such-chip".into(), line: LineId::Offset(17), active_low: false };
        let error = GpioLeds::open(&[led]).err().unwrap().to_string();
        assert!(error.contains("no-such-chip"), "{error}");
    }
}
