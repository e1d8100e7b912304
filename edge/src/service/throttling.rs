//! Whether a Raspberry Pi has lowered its clock because of heat or a weak power supply.

use std::fs;
use std::path::Path;

/// Where the firmware's driver reports it, as a number in hexadecimal digits. Other boards have no
/// such file.
const THROTTLED: &str = "/sys/devices/platform/soc/soc:firmware/get_throttled";

/// The bits for what lasts at present: under-voltage, a limited clock, throttling, and the soft
/// temperature limit. The upper half of the number says the same of the time since the start.
const PRESENT: u32 = 0xf;

/// Returns whether the board runs at less than its speed, if it reports this.
pub(crate) fn is_throttled() -> Option<bool> {
    read(Path::new(THROTTLED))
}

fn read(path: &Path) -> Option<bool> {
    let text = fs::read_to_string(path).ok()?;
    let digits = text.trim().trim_start_matches("0x");
    Some(u32::from_str_radix(digits, 16).ok()? & PRESENT != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lasts_at_present_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("get_throttled");
        let cases =
            [("0\n", Some(false)), ("50000\n", Some(false)), ("0x50005", Some(true)), ("x", None)];
        for (text, expected) in cases {
            fs::write(&path, text).unwrap();
            assert_eq!(read(&path), expected, "{text:?}");
        }
        assert_eq!(read(Path::new("no/such")), None);
    }
}
