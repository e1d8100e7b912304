//! `cardsight status`: what the running program says about itself.

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use common::output::print;

use crate::cli::StatusArgs;
use crate::clock::{Clock, SystemClock};
use crate::service::status_report::{StatusError, StatusReport};

/// A program that is started again and again is healthy for a moment each time.
const LEAST_UPTIME: Duration = Duration::from_secs(5);

/// The time between two looks at the file.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// Prints the status. Fails if the program is not healthy.
pub(super) fn run(args: &StatusArgs) -> anyhow::Result<ExitCode> {
    let read = || StatusReport::read(&args.file, SystemTime::now());
    let (report, is_healthy) = match args.wait_healthy {
        Some(seconds) => {
            wait_until_healthy(&SystemClock::start(), Duration::from_secs(seconds), read)?
        }
        None => {
            let report = read()?;
            let is_healthy = report.is_healthy();
            (report, is_healthy)
        }
    };
    if args.json {
        print(&format!("{}\n", report.json.trim_end()))?;
    } else {
        print(&report.to_string())?;
    }
    Ok(if is_healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads the status until the program is healthy and has run for [`LEAST_UPTIME`], or until the time
/// is over. Returns the last status, and whether it was so.
fn wait_until_healthy(
    clock: &impl Clock,
    limit: Duration,
    mut read: impl FnMut() -> Result<StatusReport, StatusError>,
) -> Result<(StatusReport, bool), StatusError> {
    let end = clock.now() + limit;
    loop {
        let report = read();
        let is_healthy = report
            .as_ref()
            .is_ok_and(|report| report.is_healthy() && report.uptime() >= LEAST_UPTIME);
        if is_healthy || clock.now() >= end {
            return Ok((report?, is_healthy));
        }
        clock.sleep(LOOK_INTERVAL.min(end.saturating_sub(clock.now())));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::clock::FakeClock;

    /// A program that is healthy from this time of the clock on.
    fn report(clock: &FakeClock, healthy_at: Duration) -> Result<StatusReport, StatusError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (healthy, uptime) = (clock.now() >= healthy_at, clock.now().as_secs());
        let text = format!(r#"{{"healthy": {healthy}, "uptime_seconds": {uptime}}}"#);
        fs::write(file.path(), text).unwrap();
        StatusReport::read(file.path(), SystemTime::now())
    }

    #[test]
    fn a_program_that_becomes_healthy_and_stays_up_is_waited_for() {
        let limit = Duration::from_secs(60);
        for (healthy_at, waited) in [(0, 5), (5, 5), (20, 20)] {
            let clock = FakeClock::default();
            let read = || report(&clock, Duration::from_secs(healthy_at));
            let (_, is_healthy) = wait_until_healthy(&clock, limit, read).unwrap();
            assert!(is_healthy);
            assert_eq!(clock.now(), Duration::from_secs(waited));
        }
    }

    #[test]
    fn the_wait_ends_in_time_with_the_last_status_or_the_last_error() {
        let limit = Duration::from_millis(2_250);
        let clock = FakeClock::default();
        let read = || report(&clock, Duration::from_secs(9));
        let (last, is_healthy) = wait_until_healthy(&clock, limit, read).unwrap();
        assert!(!is_healthy && last.uptime() == Duration::from_secs(2));
        assert_eq!(clock.now(), limit);
        let missing = || StatusReport::read(Path::new("no/such"), SystemTime::now());
        let error = wait_until_healthy(&FakeClock::default(), limit, missing).unwrap_err();
        assert!(matches!(error, StatusError::Missing { .. }), "{error}");
    }
}
