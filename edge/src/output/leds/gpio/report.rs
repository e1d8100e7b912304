//! What `cardsight doctor` reports about GPIO chips and about the lines of the LEDs.

use std::fmt;
use std::path::{Path, PathBuf};

use common::error::chain;
use gpiocdev::AbiVersion;
use gpiocdev::line::Info;

use crate::output::leds::gpio::chips::{ChipError, GpioChip, chip_paths, holder};
use crate::output::leds::gpio::{GpioError, GpioLeds, WiredLed, abi_name};

/// A GPIO chip of the system.
#[derive(Debug)]
pub(crate) struct ChipReport {
    path: PathBuf,
    /// What the chip reports, or why it can't be queried.
    details: Result<ChipDetails, ChipError>,
}

/// What a GPIO chip reports about itself.
#[derive(Debug)]
struct ChipDetails {
    label: String,
    abi: AbiVersion,
    /// All lines of the chip, by their offsets.
    lines: Vec<Result<Info, ChipError>>,
}

/// All GPIO chips of the system with their lines, sorted by their numbers. No line is
/// requested. If the list itself can't be read, its folder takes the place of a chip.
pub(crate) fn list_chips() -> Vec<ChipReport> {
    match chip_paths() {
        Ok(paths) => paths.into_iter().map(report).collect(),
        Err(error) => vec![ChipReport { path: "/dev".into(), details: Err(error) }],
    }
}

fn report(path: PathBuf) -> ChipReport {
    ChipReport { details: describe(&path), path }
}

fn describe(path: &Path) -> Result<ChipDetails, ChipError> {
    let chip = GpioChip::open(path)?;
    let lines = chip.all_lines().collect();
    Ok(ChipDetails { label: chip.label, abi: chip.abi, lines })
}

/// Takes the lines of these LEDs, and gives them back. The text says by which ABI.
///
/// # Errors
/// See [`GpioLeds::open`].
pub(crate) fn check_lines(leds: &[WiredLed]) -> Result<String, GpioError> {
    let lines = GpioLeds::open(leds)?;
    Ok(format!("{} lines are free; {}", leds.len(), lines.abi_text()))
}

impl fmt::Display for ChipReport {
    /// One line for the chip, then one line for each of its lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        let ChipDetails { label, abi, lines } = match &self.details {
            Ok(details) => details,
            Err(error) => return write!(f, "{path}: {}", chain(error)),
        };
        write!(f, "{path} ({label}), {} lines, {}", lines.len(), abi_name(*abi))?;
        for (offset, line) in lines.iter().enumerate() {
            match line {
                Ok(line) => write!(f, "\n  {}", line_text(line))?,
                Err(error) => write!(f, "\n  line {offset}: {}", chain(error))?,
            }
        }
        Ok(())
    }
}

fn line_text(line: &Info) -> String {
    let name = if line.name.is_empty() { String::new() } else { format!(" ({})", line.name) };
    let holder = holder(line).map_or("free".into(), |holder| format!("held by {holder:?}"));
    format!("line {}{name}: {holder}", line.offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_described_with_its_name_and_its_holder() {
        let line = Info { offset: 17, name: "GPIO17".into(), ..Info::default() };
        assert_eq!(line_text(&line), "line 17 (GPIO17): free");
        let consumer = "spi0 CS0".into();
        let held = Info { name: String::new(), used: true, consumer, ..line };
        assert_eq!(line_text(&held), "line 17: held by \"spi0 CS0\"");
    }

    #[test]
    fn a_chip_is_described_with_its_abi_and_all_its_lines() {
        let details = ChipDetails {
            label: "pinctrl-rp1".into(),
            abi: AbiVersion::V2,
            lines: vec![Ok(Info::default()), Err(ChipError::Permission)],
        };
        let chip = ChipReport { path: "/dev/gpiochip0".into(), details: Ok(details) };
        let text = chip.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "/dev/gpiochip0 (pinctrl-rp1), 2 lines, second GPIO ABI");
        assert_eq!(lines[1], "  line 0: free");
        assert!(lines[2].contains("line 1: permission denied"), "{text}");
    }

    #[test]
    fn what_is_not_a_chip_is_listed_with_the_reason() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let chip = report(file.path().to_owned());
        assert!(chip.to_string().contains("the kernel does not describe it"), "{chip}");
    }
}
