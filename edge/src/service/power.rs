//! Supply voltage and throttling of a Raspberry Pi.

use std::fs;
use std::path::{Path, PathBuf};

/// The bits of the firmware's answer to "get_throttled", for now; those since the start of the
/// system are 16 higher. See `vcgencmd get_throttled` in Raspberry Pi's documentation.
const UNDER_VOLTAGE: u32 = 1;
const SLOWED_DOWN: u32 = 2 | 4 | 8;
const SINCE_START_SHIFT: u32 = 16;

/// What limits the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Power {
    /// The supply voltage is too low.
    pub(crate) is_low: bool,
    /// The supply voltage was too low since the start of the system.
    pub(crate) was_low: bool,
    /// The firmware keeps the processor below its speed, because of the voltage or the temperature.
    pub(crate) is_slowed: bool,
    pub(crate) was_slowed: bool,
}

impl Power {
    /// What the firmware or the voltage sensor reports. Only a Raspberry Pi does.
    pub(crate) fn of_board() -> Option<Self> {
        read(Path::new("/sys"))
    }
}

/// Reads `/sys`: the firmware's answer, or else the voltage sensor, which knows less.
fn read(sys: &Path) -> Option<Power> {
    let firmware = || folders(&sys.join("devices/platform"), 2).into_iter();
    let answer = firmware().find_map(|folder| hexadecimal(&folder.join("get_throttled")));
    if let Some(bits) = answer {
        let since_start = bits >> SINCE_START_SHIFT;
        return Some(Power {
            is_low: bits & UNDER_VOLTAGE != 0,
            was_low: since_start & UNDER_VOLTAGE != 0,
            is_slowed: bits & SLOWED_DOWN != 0,
            was_slowed: since_start & SLOWED_DOWN != 0,
        });
    }
    let sensors = folders(&sys.join("class/hwmon"), 1).into_iter();
    let text = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
    let mut sensors = sensors.filter(|folder| text(folder.join("name")).trim() == "rpi_volt");
    let is_low = text(sensors.next()?.join("in0_lcrit_alarm")).trim() == "1";
    Some(Power { is_low, was_low: is_low, is_slowed: false, was_slowed: false })
}

/// The folders in a folder, and in those down to a depth.
fn folders(root: &Path, depth: usize) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.retain(|path| path.is_dir());
    if depth > 1 {
        let below: Vec<PathBuf> =
            found.iter().flat_map(|folder| folders(folder, depth - 1)).collect();
        found.extend(below);
    }
    found
}

fn hexadecimal(path: &Path) -> Option<u32> {
    let text = fs::read_to_string(path).ok()?;
    u32::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(sys: &Path, file: &str, text: &str) {
        let path = sys.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn the_firmware_reports_the_present_and_the_past() {
        for (answer, expected) in [
            ("0\n", [false, false, false, false]),
            ("50005\n", [true, true, true, true]),
            ("0x50000\n", [false, true, false, true]),
            ("80008\n", [false, false, true, true]),
            ("20000\n", [false, false, false, true]),
        ] {
            let sys = tempfile::tempdir().unwrap();
            write(sys.path(), "devices/platform/soc/soc:firmware/get_throttled", answer);
            let Power { is_low, was_low, is_slowed, was_slowed } = read(sys.path()).unwrap();
            assert_eq!([is_low, was_low, is_slowed, was_slowed], expected, "{answer}");
        }
    }

    #[test]
    fn the_voltage_sensor_counts_without_the_firmware() {
        let sys = tempfile::tempdir().unwrap();
        write(sys.path(), "class/hwmon/hwmon0/name", "cpu_thermal\n");
        assert_eq!(read(sys.path()), None);
        write(sys.path(), "class/hwmon/hwmon1/name", "rpi_volt\n");
        write(sys.path(), "class/hwmon/hwmon1/in0_lcrit_alarm", "1\n");
        assert!(read(sys.path()).unwrap().is_low);
        write(sys.path(), "class/hwmon/hwmon1/in0_lcrit_alarm", "0\n");
        assert!(!read(sys.path()).unwrap().is_low);
    }

    #[test]
    fn other_machines_report_nothing() {
        assert_eq!(read(Path::new("/no/such/sys")), None);
    }
}
