//! The memory that this program occupies.

use std::fs;

/// Where the kernel describes this program (`man 5 proc`).
const STATUS: &str = "/proc/self/status";

/// Returns the largest resident memory of this program up to now, in MiB. Where the kernel does not
/// report it, there is none.
pub(crate) fn peak_memory_mebibytes() -> Option<f64> {
    let kibibytes = kibibytes_of("VmHWM:", &fs::read_to_string(STATUS).ok()?)?;
    Some(kibibytes as f64 / 1024.0)
}

/// Returns the resident memory of this program at present, in bytes.
pub(crate) fn resident_memory_bytes() -> Option<u64> {
    Some(kibibytes_of("VmRSS:", &fs::read_to_string(STATUS).ok()?)? * 1024)
}

/// Finds a line such as "VmHWM:     36452 kB", in which kB stands for 1024 bytes.
fn kibibytes_of(key: &str, status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_read_from_the_status() {
        let status = "VmPeak:\t 9000 kB\nVmHWM:\t    2560 kB\nVmRSS:\t 1 kB\n";
        assert_eq!(kibibytes_of("VmHWM:", status), Some(2560));
        assert_eq!(kibibytes_of("VmRSS:", status), Some(1));
        assert_eq!(kibibytes_of("VmHWM:", "Name:\tcardsight\n"), None);
    }

    #[test]
    fn linux_reports_both() {
        let (peak, resident) = (peak_memory_mebibytes(), resident_memory_bytes());
        assert!(peak.is_some_and(|peak| peak > 0.5));
        assert!(resident.is_some_and(|bytes| bytes > 1 << 19));
    }
}
