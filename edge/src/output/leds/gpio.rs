//! LEDs on GPIO lines, through the character device.

use std::fmt;
use std::io;

use embedded_hal::digital::{OutputPin, PinState};
use linux_embedded_hal::CdevPin;
use linux_embedded_hal::gpio_cdev::{self, Chip, Line, LineRequestFlags};

use crate::output::leds::LedOutput;

/// How the kernel calls us as the holder of lines.
const CONSUMER: &str = "cardsight";

/// A line of a chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineId {
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

/// An LED and where it hangs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WiredLed {
    /// A chip's path, name or label: `/dev/gpiochip0`, `gpiochip0`, `pinctrl-bcm2711`.
    pub chip: String,
    pub line: LineId,
    /// Lit when the line is low.
    pub active_low: bool,
}

/// An LED that can't be lit, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum GpioError {
    #[error("there is no GPIO chip {chip}; there are: {present}")]
    NoChip { chip: String, present: String },
    #[error("GPIO chip {chip}: permission denied; add the user to the group \"gpio\"")]
    Permission { chip: String },
    #[error("GPIO chip {chip} has no line {line}; `cardsight doctor` lists them")]
    NoLine { chip: String, line: LineId },
    #[error("GPIO line {line} of {chip} is held by {holder:?}; free it, or use another line")]
    Taken { chip: String, line: LineId, holder: String },
    #[error("GPIO line {line} of {chip}: {source}")]
    Line { chip: String, line: LineId, source: gpio_cdev::Error },
}

/// LEDs on pins. A pin is only written when its LED changes.
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
    /// Of pins with their `active_low`; each is dark already.
    pub fn new(pins: impl IntoIterator<Item = (P, bool)>) -> Self {
        let led = |(pin, active_low)| PinLed { pin, active_low, is_lit: false };
        Self { leds: pins.into_iter().map(led).collect() }
    }
}

impl GpioLeds<CdevPin> {
    /// Takes the lines of these LEDs, all dark.
    ///
    /// # Errors
    /// A chip or a line is missing, taken or not allowed.
    pub fn open(leds: &[WiredLed]) -> Result<Self, GpioError> {
        let pins = leds.iter().map(|led| Ok((open_line(led)?, led.active_low)));
        Ok(Self::new(pins.collect::<Result<Vec<_>, GpioError>>()?))
    }
}

impl<P: OutputPin> LedOutput for GpioLeds<P>
where
    P::Error: fmt::Debug,
{
    fn show(&mut self, lit: &[bool], _caption: &str) -> io::Result<()> {
        for (led, &lit) in self.leds.iter_mut().zip(lit) {
            if led.is_lit != lit {
                // Set before it is tried: after a failure it is unknown, and put out again.
                led.is_lit = true;
                led.pin
                    .set_state(PinState::from(lit != led.active_low))
                    .map_err(|error| io::Error::other(format!("{error:?}")))?;
                led.is_lit = lit;
            }
        }
        Ok(())
    }
}

impl<P: OutputPin> Drop for GpioLeds<P> {
    fn drop(&mut self) {
        for led in &mut self.leds {
            // A line that is gone is dark.
            let _ = led.pin.set_state(PinState::from(led.active_low));
        }
    }
}

fn open_line(led: &WiredLed) -> Result<CdevPin, GpioError> {
    let chip = led.chip.clone();
    let mut device = open_chip(&chip)?;
    let found = match &led.line {
        LineId::Offset(offset) => device.get_line(*offset).ok(),
        LineId::Name(name) => device
            .lines()
            .find(|line| line.info().is_ok_and(|info| info.name() == Some(name.as_str()))),
    };
    let line = || led.line.clone();
    let found = found.ok_or_else(|| GpioError::NoLine { chip: chip.clone(), line: line() })?;
    if let Some(holder) = holder(&found) {
        return Err(GpioError::Taken { chip, line: line(), holder });
    }
    found
        .request(LineRequestFlags::OUTPUT, u8::from(led.active_low), CONSUMER)
        .and_then(CdevPin::new)
        .map_err(|source| GpioError::Line { chip, line: line(), source })
}

/// Who holds a line, if anybody does.
fn holder(line: &Line) -> Option<String> {
    let info = line.info().ok()?;
    // `is_used` would count a line that was left as an output.
    info.is_kernel().then(|| info.consumer().unwrap_or("the kernel").to_owned())
}

fn open_chip(id: &str) -> Result<Chip, GpioError> {
    let mut present = Vec::new();
    let mut is_forbidden = false;
    for path in chip_paths() {
        match Chip::new(&path) {
            Ok(chip) if path == id || chip.name() == id || chip.label() == id => return Ok(chip),
            Ok(chip) => present.push(format!("{} ({})", chip.name(), chip.label())),
            Err(error) => {
                is_forbidden |= is_permission(&error);
                present.push(path);
            }
        }
    }
    if is_forbidden {
        return Err(GpioError::Permission { chip: id.to_owned() });
    }
    let present = if present.is_empty() { "none".into() } else { present.join(", ") };
    Err(GpioError::NoChip { chip: id.to_owned(), present })
}

fn is_permission(error: &gpio_cdev::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().map(io::Error::kind)
            == Some(io::ErrorKind::PermissionDenied)
            || error.to_string().contains("EACCES")
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The chips of the system, by number.
fn chip_paths() -> Vec<String> {
    let mut found: Vec<(u32, String)> = Vec::new();
    for entry in std::fs::read_dir("/dev").into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(Ok(number)) = name.strip_prefix("gpiochip").map(str::parse) {
            found.push((number, format!("/dev/{name}")));
        }
    }
    found.sort_unstable();
    found.into_iter().map(|(_, path)| path).collect()
}

/// A line for each chip of the system: name, label, lines.
pub fn describe_chips() -> Vec<String> {
    let describe = |path: String| match Chip::new(&path) {
        Ok(chip) => format!("{path} ({}), {} lines", chip.label(), chip.num_lines()),
        Err(error) => format!("{path}: {error}"),
    };
    chip_paths().into_iter().map(describe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::leds::fake::FakePin;

    #[test]
    fn leds_follow_their_rules_whichever_way_they_are_wired() {
        let pins = [FakePin::new(false), FakePin::new(true)];
        let mut leds = GpioLeds::new([(pins[0].clone(), false), (pins[1].clone(), true)]);
        leds.show(&[true, true], "").unwrap();
        assert_eq!(pins.each_ref().map(FakePin::is_high), [true, false]);
        leds.show(&[true, false], "").unwrap();
        assert_eq!(pins.each_ref().map(FakePin::is_high), [true, true]);
        assert_eq!(pins.each_ref().map(FakePin::writes), [1, 2], "only changes are written");
    }

    #[test]
    fn leds_go_out_when_they_are_dropped_even_by_a_panic() {
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
    fn a_chip_that_is_not_there_is_named() {
        let led =
            WiredLed { chip: "no-such-chip".into(), line: LineId::Offset(17), active_low: false };
        let error = GpioLeds::open(&[led]).err().unwrap().to_string();
        assert!(error.contains("no-such-chip"), "{error}");
    }
}
