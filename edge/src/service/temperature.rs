//! The processor's temperature.

use std::fs;
use std::path::Path;

/// In degrees Celsius: the hottest of the kernel's thermal zones; none where it has none.
pub fn celsius() -> Option<f64> {
    hottest(Path::new("/sys/class/thermal"))
}

/// The kernel writes thousandths of a degree.
fn hottest(folder: &Path) -> Option<f64> {
    let read = |zone: fs::DirEntry| {
        let text = fs::read_to_string(zone.path().join("temp")).ok()?;
        Some(text.trim().parse::<f64>().ok()? / 1000.0)
    };
    fs::read_dir(folder).ok()?.flatten().filter_map(read).reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hottest_zone_counts_and_broken_ones_do_not() {
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
