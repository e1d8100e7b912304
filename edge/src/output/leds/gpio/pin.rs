//! A GPIO line as an output pin, through whichever ABI the kernel offers.

use std::fmt;

use embedded_hal::digital::{self, ErrorKind, ErrorType, OutputPin, PinState};
use gpiocdev::line::{Info, Value};
use gpiocdev::{AbiVersion, Request};
use linux_embedded_hal::gpio_cdev::{self, LineRequestFlags};
use linux_embedded_hal::{CdevPin, CdevPinError};

use crate::output::leds::gpio::chips::{ChipError, ChipSearchError, GpioChip, find_chip, holder};
use crate::output::leds::gpio::{CONSUMER, GpioError, LineId, WiredLed};

/// A line that this program holds.
pub(crate) enum GpioPin {
    /// Through the second ABI.
    Second(gpiocdev_embedded_hal::OutputPin),
    /// Through the first ABI, which kernels before 5.10 have alone.
    First(CdevPin),
}

/// Why a pin can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PinError {
    #[error("{0}")]
    Second(gpiocdev_embedded_hal::Error),
    #[error("{0}")]
    First(CdevPinError),
}

impl From<gpiocdev::Error> for PinError {
    fn from(error: gpiocdev::Error) -> Self {
        PinError::Second(error.into())
    }
}

impl From<gpio_cdev::Error> for PinError {
    fn from(error: gpio_cdev::Error) -> Self {
        PinError::First(error.into())
    }
}

impl GpioPin {
    /// Takes the line of an LED as an output, dark.
    pub(super) fn open(led: &WiredLed) -> Result<Self, GpioError> {
        let WiredLed { chip: name, line: id, active_low } = led;
        let chip = find_chip(name).map_err(|error| match error {
            ChipSearchError::Permission => GpioError::Permission { chip: name.clone() },
            ChipSearchError::NotFound { present } => {
                GpioError::NoChip { chip: name.clone(), present }
            }
        })?;
        let failed =
            |reason: String| GpioError::Line { chip: name.clone(), line: id.clone(), reason };
        let line = find_line(id, chip.lines, |offset| chip.line(offset))
            .map_err(|error| failed(common::error::chain(&error)))?
            .ok_or_else(|| GpioError::NoLine { chip: name.clone(), line: id.clone() })?;
        if let Some(holder) = holder(&line) {
            let holder = holder.to_owned();
            return Err(GpioError::Taken { chip: name.clone(), line: id.clone(), holder });
        }
        Self::request(&chip, line.offset, *active_low).map_err(|error| failed(error.to_string()))
    }

    fn request(chip: &GpioChip, offset: u32, is_high: bool) -> Result<Self, PinError> {
        match chip.abi {
            AbiVersion::V2 => {
                let request = Request::builder()
                    .using_abi_version(chip.abi)
                    .on_chip(chip.path())
                    .with_consumer(CONSUMER)
                    .with_line(offset)
                    .as_output(if is_high { Value::Active } else { Value::Inactive })
                    .request()?;
                request.try_into().map(GpioPin::Second).map_err(PinError::Second)
            }
            AbiVersion::V1 => {
                let line = gpio_cdev::Chip::new(chip.path())?.get_line(offset)?;
                let handle = line.request(LineRequestFlags::OUTPUT, is_high.into(), CONSUMER)?;
                Ok(GpioPin::First(CdevPin::new(handle)?))
            }
        }
    }

    /// The ABI by which the pin is driven.
    pub(super) fn abi(&self) -> AbiVersion {
        match self {
            GpioPin::Second(_) => AbiVersion::V2,
            GpioPin::First(_) => AbiVersion::V1,
        }
    }
}

impl fmt::Debug for GpioPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GpioPin").field(&self.abi()).finish()
    }
}

impl digital::Error for PinError {
    fn kind(&self) -> ErrorKind {
        match self {
            PinError::Second(error) => error.kind(),
            PinError::First(error) => error.kind(),
        }
    }
}

impl ErrorType for GpioPin {
    type Error = PinError;
}

impl OutputPin for GpioPin {
    fn set_low(&mut self) -> Result<(), PinError> {
        self.set_state(PinState::Low)
    }

    fn set_high(&mut self) -> Result<(), PinError> {
        self.set_state(PinState::High)
    }

    fn set_state(&mut self, state: PinState) -> Result<(), PinError> {
        match self {
            GpioPin::Second(pin) => pin.set_state(state).map_err(PinError::Second),
            GpioPin::First(pin) => pin.set_state(state).map_err(PinError::First),
        }
    }
}

/// The line with an offset or a name, if a chip with that number of lines has it.
///
/// # Errors
/// A line that might be the one can't be queried.
fn find_line(
    id: &LineId,
    lines: u32,
    query: impl Fn(u32) -> Result<Info, ChipError>,
) -> Result<Option<Info>, ChipError> {
    match id {
        LineId::Offset(offset) if *offset >= lines => Ok(None),
        LineId::Offset(offset) => query(*offset).map(Some),
        LineId::Name(name) => {
            let mut unknown = None;
            for line in (0..lines).map(query) {
                match line {
                    Ok(line) if line.name == *name => return Ok(Some(line)),
                    Ok(_) => {}
                    Err(error) => unknown = Some(error),
                }
            }
            unknown.map_or(Ok(None), Err)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chip whose third line can't be queried.
    fn query(offset: u32) -> Result<Info, ChipError> {
        match offset {
            2 => Err(ChipError::Permission),
            offset => Ok(Info { offset, name: format!("GPIO{offset}"), ..Info::default() }),
        }
    }

    #[test]
    fn a_line_is_found_by_its_offset_and_by_its_name() {
        let found = |id| find_line(&id, 4, query).unwrap().map(|line| line.offset);
        assert_eq!(found(LineId::Offset(3)), Some(3));
        assert_eq!(found(LineId::Offset(4)), None);
        assert_eq!(found(LineId::Name("GPIO3".into())), Some(3), "in spite of line 2");
        let missing = find_line(&LineId::Name("GPIO9".into()), 2, query);
        assert!(matches!(missing, Ok(None)));
    }

    #[test]
    fn a_line_that_can_not_be_queried_is_not_a_missing_one() {
        for id in [LineId::Offset(2), LineId::Name("GPIO9".into())] {
            assert!(matches!(find_line(&id, 4, query), Err(ChipError::Permission)), "{id}");
        }
    }
}
