//! The temperature of the processor.

use std::fs;
use std::path::Path;

/// Returns the temperature in degrees Celsius of the hottest thermal zone that the kernel
/// reports, if it reports any.
pub(crate) fn celsius() -> Option<f64> {
    hottest(Path::new("/sys/class/thermal"))
}

fn hottest(folder: &Path) -> Option<f64> {
    fs::read_dir(folder).ok()?.flatten().filter_map(|zone| read(&zone.path())).reduce(f64::max)
}

/// Reads a thermal zone. The kernel writes thousandths of a degree.
fn read(zone: &Path) -> Option<f64> {
    let text = fs::read_to_string(zone.join("temp")).ok()?;
    Some(text.trim().parse::<f64>().ok()? / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hottest_zone_counts_and_unreadable_ones_are_ignored() {
        let folder = tempfile::tempdir().unwrap();
        for (zone, temp) in [("zone0", "41234\n"), ("zone1", "52500\n"), ("zone2", "broken")] {
            fs::create_dir(folder.path().join(zone)).unwrap();
            fs::write(folder.path().join(zone).join("temp"), temp).unwrap();
        }
        fs::create_dir(folder.path().join("cooling_device0")).unwrap();
        assert_eq!(hottest(folder.path()), Some(52.5));
        assert_eq!(hottest(Path::new("no/such")), None);
    }
}
