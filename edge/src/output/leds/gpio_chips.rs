//! The GPIO chips of the system and their lines.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use common::error::chain;
use linux_embedded_hal::gpio_cdev::{self, Chip, Line};

use crate::util::errno::ErrnoKind;
use crate::util::numbered::numbered_entries;

/// The folder of the character devices of GPIO chips.
const DEVICES: &str = "/dev";

/// A GPIO chip of the system.
#[derive(Debug)]
pub(crate) struct ChipInfo {
    pub path: PathBuf,
    /// What the chip reports, or why it can't be queried.
    pub details: Result<ChipDetails, ChipError>,
}

/// What a GPIO chip reports about itself.
#[derive(Debug)]
pub(crate) struct ChipDetails {
    /// The driver's name for the chip, such as "pinctrl-bcm2711"; may be empty.
    pub label: String,
    /// All lines of the chip, by their offsets.
    pub lines: Vec<Result<LineInfo, ChipError>>,
}

/// A line of a GPIO chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LineInfo {
    /// The number of the line on its chip.
    pub offset: u32,
    /// The name that the board gives the line, such as "GPIO17".
    pub name: Option<String>,
    /// Who holds the line, if anybody does.
    pub holder: Option<String>,
}

/// A chip or line that can't be queried.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChipError {
    #[error("permission denied; add the user to the group \"gpio\"")]
    Permission,
    #[error("the folder of the GPIO chips can't be read")]
    Folder(#[source] io::Error),
    #[error("the kernel does not describe it")]
    Query(#[source] gpio_cdev::Error),
}

impl From<gpio_cdev::Error> for ChipError {
    fn from(error: gpio_cdev::Error) -> Self {
        // The kernel checks the permission when the chip is opened, and `gpio_cdev` passes
        // this error on as the cause of its own.
        let opening = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
        match opening.map(ErrnoKind::of) {
            Some(ErrnoKind::PermissionDenied) => ChipError::Permission,
            _ => ChipError::Query(error),
        }
    }
}

impl fmt::Display for ChipInfo {
    /// One line for the chip, then one line for each of its lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        let details = match &self.details {
            Ok(details) => details,
            Err(error) => return write!(f, "{path}: {}", chain(error)),
        };
        write!(f, "{path} ({}), {} lines", details.label, details.lines.len())?;
        for (offset, line) in details.lines.iter().enumerate() {
            match line {
                Ok(line) => write!(f, "\n  {line}")?,
                Err(error) => write!(f, "\n  line {offset}: {}", chain(error))?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for LineInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.offset)?;
        if let Some(name) = &self.name {
            write!(f, " ({name})")?;
        }
        match &self.holder {
            Some(holder) => write!(f, ": held by {holder:?}"),
            None => f.write_str(": free"),
        }
    }
}

/// All GPIO chips of the system with their lines, sorted by their numbers. No line is
/// requested. If the list itself can't be read, its folder takes the place of a chip.
pub(crate) fn list_chips() -> Vec<ChipInfo> {
    list_chips_in(Path::new(DEVICES))
}

fn list_chips_in(folder: &Path) -> Vec<ChipInfo> {
    match numbered_entries(folder, "gpiochip") {
        Ok(paths) => {
            paths.into_iter().map(|path| ChipInfo { details: query_chip(&path), path }).collect()
        }
        Err(source) => {
            let details = Err(ChipError::Folder(source));
            vec![ChipInfo { path: folder.to_owned(), details }]
        }
    }
}

fn query_chip(path: &Path) -> Result<ChipDetails, ChipError> {
    let chip = Chip::new(path)?;
    let lines = chip.lines().map(|line| Ok(query_line(&line)?)).collect();
    Ok(ChipDetails { label: chip.label().to_owned(), lines })
}

/// Asks the kernel about a line, without requesting it.
pub(crate) fn query_line(line: &Line) -> Result<LineInfo, gpio_cdev::Error> {
    let info = line.info()?;
    // Only a line with this flag is held: the kernel also calls a line "used" that a
    // program has left as an output.
    let holder = info.is_kernel().then(|| info.consumer().unwrap_or("the kernel").to_owned());
    Ok(LineInfo { offset: line.offset(), name: info.name().map(str::to_owned), holder })
}

/// A chip that was searched for and is not there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ChipSearchError {
    /// No chip has this path, name or label, but not every chip may be opened.
    Permission,
    /// No chip has this path, name or label. The text lists the chips that are there.
    NotFound { present: String },
}

/// Opens the chip with a path, a name or a label.
pub(crate) fn find_chip(id: &str) -> Result<Chip, ChipSearchError> {
    let paths = match numbered_entries(Path::new(DEVICES), "gpiochip") {
        Ok(paths) => paths,
        Err(error) => {
            let present = chain(&ChipError::Folder(error));
            return Err(ChipSearchError::NotFound { present });
        }
    };
    let mut present = Vec::new();
    let mut is_forbidden = false;
    for path in paths {
        match Chip::new(&path).map_err(ChipError::from) {
            Ok(chip) if path == Path::new(id) || chip.name() == id || chip.label() == id => {
                return Ok(chip);
            }
            Ok(chip) => present.push(format!("{} ({})", chip.name(), chip.label())),
            Err(error) => {
                is_forbidden |= matches!(error, ChipError::Permission);
                present.push(format!("{} ({})", path.display(), chain(&error)));
            }
        }
    }
    if is_forbidden {
        return Err(ChipSearchError::Permission);
    }
    let present = if present.is_empty() { "none".into() } else { present.join(", ") };
    Err(ChipSearchError::NotFound { present })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_described_with_its_name_and_its_holder() {
        let line = LineInfo { offset: 17, name: Some("GPIO17".into()), holder: None };
        assert_eq!(line.to_string(), "line 17 (GPIO17): free");
        let held = LineInfo { name: None, holder: Some("spi0 CS0".into()), ..line };
        assert_eq!(held.to_string(), "line 17: held by \"spi0 CS0\"");
    }

    #[test]
    fn a_chip_is_described_with_all_its_lines() {
        let line = |offset| Ok(LineInfo { offset, name: None, holder: None });
        let details = ChipDetails {
            label: "pinctrl-rp1".into(),
            lines: vec![line(0), Err(ChipError::Permission)],
        };
        let chip = ChipInfo { path: "/dev/gpiochip0".into(), details: Ok(details) };
        let text = chip.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..2], ["/dev/gpiochip0 (pinctrl-rp1), 2 lines", "  line 0: free"]);
        assert!(lines[2].contains("line 1: permission denied"), "{text}");
    }

    #[test]
    fn what_can_not_be_queried_is_listed_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("gpiochip3"), "").unwrap();
        let chips = list_chips_in(folder.path());
        assert_eq!(chips.len(), 1);
        assert!(matches!(chips[0].details, Err(ChipError::Query(_))), "{chips:?}");
        let missing = list_chips_in(&folder.path().join("missing"));
        assert!(matches!(missing[0].details, Err(ChipError::Folder(_))), "{missing:?}");
    }
}
