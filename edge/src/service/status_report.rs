//! Reading `status.json`, and what it says in words.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use common::regular_file;
use serde::Deserialize;

/// The program updates the file every second. An older file is that of a program that hangs or was
/// killed.
const OUTDATED: Duration = Duration::from_secs(10);

/// A file that can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StatusError {
    #[error(
        "there is no {path:?}, so the service is not running; `systemctl status cardsight` says why, \
         and --file names the file of another run"
    )]
    Missing { path: PathBuf },
    #[error("can't read {path:?}")]
    Read { path: PathBuf, source: io::Error },
    #[error("{path:?} is not a status file of cardsight")]
    Damaged { path: PathBuf, source: serde_json::Error },
}

/// The state of a program. Another version may write fewer keys.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StatusReport {
    healthy: bool,
    state: String,
    card: Option<String>,
    confidence: Option<f64>,
    cards: Vec<String>,
    fps: f64,
    frame_age_millis: Option<u64>,
    dropped_frames: u64,
    reconnects: u64,
    restarts: u64,
    temperature_celsius: Option<f64>,
    model: Model,
    uptime_seconds: u64,
    version: String,
    commit: String,
    faults: BTreeMap<String, String>,
    /// The time since the last update, if the file is outdated.
    #[serde(skip)]
    outdated_for: Option<Duration>,
    /// The text of the file.
    #[serde(skip)]
    pub(crate) json: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Model {
    name: String,
    sha256: String,
}

impl StatusReport {
    /// Reads the file at this time of day.
    ///
    /// # Errors
    /// There is no such file, or it has another content.
    pub(crate) fn read(path: &Path, now: SystemTime) -> Result<Self, StatusError> {
        let read_error = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => StatusError::Missing { path: path.to_owned() },
            _ => StatusError::Read { path: path.to_owned(), source },
        };
        let json = regular_file::read_text(path).map_err(read_error)?;
        let written = fs::metadata(path).and_then(|found| found.modified()).map_err(read_error)?;
        let report: Self = serde_json::from_str(&json)
            .map_err(|source| StatusError::Damaged { path: path.to_owned(), source })?;
        // Clocks of boards without a battery jump: a time in the future says nothing.
        let outdated_for = now.duration_since(written).ok().filter(|age| *age >= OUTDATED);
        Ok(Self { outdated_for, json, ..report })
    }

    /// Whether frames go through the complete pipeline at present.
    pub(crate) fn is_healthy(&self) -> bool {
        self.healthy && self.outdated_for.is_none()
    }

    /// The time since the program started.
    pub(crate) fn uptime(&self) -> Duration {
        Duration::from_secs(self.uptime_seconds)
    }

    fn health(&self) -> String {
        let uptime = span(self.uptime_seconds);
        match self.outdated_for {
            Some(age) => format!(
                "no: the last update was {} ago; the program hangs or was killed",
                span(age.as_secs())
            ),
            None if self.healthy => format!("yes, running for {uptime}"),
            None => format!("no, running for {uptime}"),
        }
    }

    fn sight(&self) -> String {
        let Some(card) = &self.card else { return self.state.clone() };
        let confidence = self.confidence.map_or(String::new(), |value| format!(" ({value:.3})"));
        let others: Vec<&str> =
            self.cards.iter().filter(|other| *other != card).map(String::as_str).collect();
        let others = if others.is_empty() {
            String::new()
        } else {
            format!(", and the {}", others.join(", the "))
        };
        format!("{} the {card}{confidence}{others}", self.state)
    }

    fn frames(&self) -> String {
        let age = self.frame_age_millis.map_or("no frame yet".to_owned(), |millis| {
            format!("{:.2} per second, the last one {millis} ms ago", self.fps)
        });
        format!(
            "{age}, {} dropped, camera opened again {}",
            self.dropped_frames,
            times(self.reconnects)
        )
    }
}

impl fmt::Display for StatusReport {
    /// A line for each thing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "healthy: {}", self.health())?;
        writeln!(f, "state: {}", self.sight())?;
        writeln!(f, "frames: {}", self.frames())?;
        for (part, fault) in &self.faults {
            writeln!(f, "fault of {part}: {fault}")?;
        }
        if let Some(celsius) = self.temperature_celsius {
            writeln!(f, "temperature: {celsius:.0} °C")?;
        }
        writeln!(f, "restarts: {}", self.restarts)?;
        writeln!(f, "model: {}, sha256 {}", self.model.name, self.model.sha256)?;
        writeln!(f, "version: {} ({})", self.version, self.commit)
    }
}

/// A duration such as "3 h 5 min".
fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

#[cfg(test)]
mod tests {
    use common::error::chain;

    use super::*;

    const FILE: &str = r#"{"written":"2026-01-01T00:00:00Z","state":"seen","healthy":true,
        "card":"ace of spades","confidence":0.987,"cards":["ace of spades","joker"],"fps":29.97,
        "frame_age_millis":33,"frames":900,"dropped_frames":12,"stages":null,"reconnects":1,
        "restarts":2,"temperature_celsius":51.4,"model":{"name":"compiled in","sha256":"00ff"},
        "uptime_seconds":11100,"version":"0.2.0","commit":"1a2b3c4d5e6f",
        "faults":{"screen":"there is no screen"}}"#;

    fn read(text: &str, age: Duration) -> Result<StatusReport, StatusError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        let written = fs::metadata(file.path()).unwrap().modified().unwrap();
        StatusReport::read(file.path(), written + age)
    }

    #[test]
    fn every_line_is_in_words() {
        let report = read(FILE, Duration::ZERO).unwrap();
        assert!(report.is_healthy());
        assert_eq!(
            report.to_string(),
            "healthy: yes, running for 3 h 5 min\n\
             state: seen the ace of spades (0.987), and the joker\n\
             frames: 29.97 per second, the last one 33 ms ago, 12 dropped, camera opened again once\n\
             fault of screen: there is no screen\n\
             temperature: 51 °C\n\
             restarts: 2\n\
             model: compiled in, sha256 00ff\n\
             version: 0.2.0 (1a2b3c4d5e6f)\n"
        );
        assert_eq!(report.json, FILE);
    }

    #[test]
    fn an_outdated_file_is_not_healthy_and_one_from_the_future_is() {
        let old = read(FILE, Duration::from_secs(75)).unwrap();
        assert!(!old.is_healthy());
        assert!(old.to_string().starts_with("healthy: no: the last update was 1 min 15 s ago"));
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), FILE).unwrap();
        assert!(StatusReport::read(file.path(), SystemTime::UNIX_EPOCH).unwrap().is_healthy());
    }

    #[test]
    fn the_file_of_another_version_is_read_and_other_files_are_refused() {
        let old = read(r#"{"healthy": false, "troubles": []}"#, Duration::ZERO).unwrap();
        assert!(!old.is_healthy() && old.to_string().contains("no frame yet"), "{old}");
        let damaged = read("{torn", Duration::ZERO).unwrap_err();
        assert!(matches!(damaged, StatusError::Damaged { .. }), "{damaged}");
        let missing = StatusReport::read(Path::new("no/such"), SystemTime::now()).unwrap_err();
        assert!(chain(&missing).contains("the service is not running"), "{missing}");
    }
}
