//! The GPIO chips of the system and their lines.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use common::error::chain;
use gpiocdev::line::Info;
use gpiocdev::{AbiVersion, Chip};

use crate::util::errno::ErrnoKind;
use crate::util::numbered::numbered_entries;

/// The folder of the character devices of GPIO chips.
const DEVICES: &str = "/dev";

/// An open GPIO chip.
#[derive(Debug)]
pub(super) struct GpioChip {
    chip: Chip,
    /// The driver's name for the chip, such as "pinctrl-bcm2711"; may be empty.
    pub label: String,
    /// The number of lines.
    pub lines: u32,
    /// The ABI by which the chip is used.
    pub abi: AbiVersion,
}

impl GpioChip {
    /// Opens the chip with a path, and finds out which ABI the kernel offers.
    pub(super) fn open(path: &Path) -> Result<Self, ChipError> {
        let mut chip = Chip::from_path(path)?;
        let info = chip.info()?;
        let abi = newest_abi(|abi| chip.using_abi_version(abi).line_info(0))?;
        chip.using_abi_version(abi);
        Ok(Self { chip, label: info.label, lines: info.num_lines, abi })
    }

    /// The path of the device, which is not a link.
    pub(super) fn path(&self) -> &Path {
        self.chip.path()
    }

    /// Asks the kernel about a line, without requesting it.
    pub(super) fn line(&self, offset: u32) -> Result<Info, ChipError> {
        Ok(self.chip.line_info(offset)?)
    }

    /// Asks the kernel about all lines.
    pub(super) fn all_lines(&self) -> impl Iterator<Item = Result<Info, ChipError>> {
        (0..self.lines).map(|offset| self.line(offset))
    }
}

/// The second ABI if a query with it succeeds, otherwise the first one. Linux 5.10 has added the
/// second, and Linux 7.1 does not enable the first by default.
///
/// # Errors
/// Neither query succeeds: the error of the second ABI, since it is not the version that is wrong.
fn newest_abi<T, E>(mut query: impl FnMut(AbiVersion) -> Result<T, E>) -> Result<AbiVersion, E> {
    match query(AbiVersion::V2) {
        Ok(_) => Ok(AbiVersion::V2),
        Err(_) if query(AbiVersion::V1).is_ok() => Ok(AbiVersion::V1),
        Err(error) => Err(error),
    }
}

/// Who holds a line, if anybody does.
pub(super) fn holder(line: &Info) -> Option<&str> {
    let name = if line.consumer.is_empty() { "the kernel" } else { &line.consumer };
    line.used.then_some(name)
}

/// A chip or line that can't be queried.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChipError {
    #[error("permission denied; add the user to the group \"gpio\"")]
    Permission,
    #[error("the folder of the GPIO chips can't be read")]
    Folder(#[source] io::Error),
    #[error("the kernel does not describe it: {0}")]
    Query(gpiocdev::Error),
}

impl From<gpiocdev::Error> for ChipError {
    fn from(error: gpiocdev::Error) -> Self {
        // The kernel checks the permission when the chip is opened.
        if let gpiocdev::Error::Os(errno) = &error
            && ErrnoKind::of(&io::Error::from_raw_os_error(errno.0)) == ErrnoKind::PermissionDenied
        {
            return ChipError::Permission;
        }
        ChipError::Query(error)
    }
}

/// The devices of all GPIO chips, sorted by their numbers; links to them are left out.
pub(super) fn chip_paths() -> Result<Vec<PathBuf>, ChipError> {
    chip_paths_in(Path::new(DEVICES))
}

fn chip_paths_in(folder: &Path) -> Result<Vec<PathBuf>, ChipError> {
    let mut devices = Vec::new();
    for path in numbered_entries(folder, "gpiochip").map_err(ChipError::Folder)? {
        // Raspberry Pi OS links gpiochip4 to gpiochip0 on a Raspberry Pi 5. A link to nothing stays,
        // so that it is reported.
        let device = fs::canonicalize(&path).unwrap_or(path);
        if !devices.contains(&device) {
            devices.push(device);
        }
    }
    Ok(devices)
}

/// A chip that was searched for and is not there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ChipSearchError {
    /// No chip has this path, name or label, but not every chip may be opened.
    Permission,
    /// No chip has this path, name or label. The text lists the chips that are there.
    NotFound { present: String },
}

/// Opens the chip with a path, a name or a label. Paths and names may be those of links.
pub(super) fn find_chip(id: &str) -> Result<GpioChip, ChipSearchError> {
    let paths =
        chip_paths().map_err(|error| ChipSearchError::NotFound { present: chain(&error) })?;
    let device = device_of(Path::new(DEVICES), id);
    let mut present = Vec::new();
    let mut is_forbidden = false;
    for path in paths {
        match GpioChip::open(&path) {
            Ok(chip) if device.as_ref() == Some(&path) || chip.label == id => return Ok(chip),
            Ok(chip) => present.push(format!("{} ({})", path.display(), chip.label)),
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

/// The device that a path, or a name in the folder of devices, leads to.
fn device_of(devices: &Path, id: &str) -> Option<PathBuf> {
    // A path that is absolute replaces the folder.
    fs::canonicalize(devices.join(id)).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn the_second_abi_is_preferred_and_the_first_is_the_fallback() {
        let kernel = |versions: &'static [AbiVersion]| {
            newest_abi(move |abi| if versions.contains(&abi) { Ok(()) } else { Err(abi) })
        };
        assert_eq!(kernel(&[AbiVersion::V1, AbiVersion::V2]), Ok(AbiVersion::V2));
        assert_eq!(kernel(&[AbiVersion::V2]), Ok(AbiVersion::V2));
        assert_eq!(kernel(&[AbiVersion::V1]), Ok(AbiVersion::V1));
        assert_eq!(kernel(&[]), Err(AbiVersion::V2), "the error of the second ABI is reported");
    }

    #[test]
    fn a_name_or_path_that_is_a_link_leads_to_its_device() {
        let folder = tempfile::tempdir().unwrap();
        let devices = folder.path().canonicalize().unwrap();
        let device = devices.join("gpiochip0");
        fs::write(&device, "").unwrap();
        symlink("gpiochip0", devices.join("gpiochip4")).unwrap();
        symlink("no-such-chip", devices.join("gpiochip5")).unwrap();
        let path = devices.join("gpiochip4");
        for id in ["gpiochip0", "gpiochip4", path.to_str().unwrap()] {
            assert_eq!(device_of(&devices, id).as_ref(), Some(&device), "{id}");
        }
        assert_eq!(device_of(&devices, "gpiochip5"), None);
        let listed = chip_paths_in(&devices).unwrap();
        assert_eq!(listed, [device, devices.join("gpiochip5")], "each device once");
        assert!(matches!(chip_paths_in(&devices.join("missing")), Err(ChipError::Folder(_))));
    }

    #[test]
    fn a_line_is_held_by_its_consumer() {
        let free = Info { consumer: "released".into(), ..Info::default() };
        assert_eq!(holder(&free), None);
        assert_eq!(holder(&Info { used: true, ..free }), Some("released"));
        assert_eq!(holder(&Info { used: true, ..Info::default() }), Some("the kernel"));
    }
}
