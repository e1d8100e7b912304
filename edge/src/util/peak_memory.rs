//! The most memory that this program has occupied.

use std::fs;

/// Where the kernel describes this program (`man 5 proc`).
const STATUS: &str = "/proc/self/status";

/// Returns the largest resident memory of this program up to now, in MiB. Where the kernel does not
/// report it, there is none.
pub(crate) fn peak_memory_mebibytes() -> Option<f64> {
    parse(&fs::read_to_string(STATUS).ok()?)
}

/// Finds the line "VmHWM:     36452 kB", in which kB stands for 1024 bytes.
fn parse(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_from_the_status() {
        assert_eq!(parse("VmPeak:\t 9000 kB\nVmHWM:\t    2560 kB\nVmRSS:\t 1 kB\n"), Some(2.5));
        assert_eq!(parse("Name:\tcardsight\n"), None);
    }

    #[test]
    fn linux_reports_the_peak() {
        assert!(peak_memory_mebibytes().is_some_and(|peak| peak > 0.5));
    }
}
