//! The status of the program, once a second, for people and programs outside: in `status.json` and
//! in the feed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::Card;
use common::atomic::write_quickly;
use feed::{ModelIdentity, Status};
use serde::Deserialize;

use crate::decide::State;
use crate::recognize::ModelId;
use crate::service::faults::OutputFaults;
use crate::service::statistics::RunStatistics;
use crate::util::log_once::FaultLog;
use crate::util::round::{to_hundredths, to_thousandths};

/// The time between two updates of the file.
const INTERVAL: Duration = Duration::from_secs(1);

/// A program whose last frame is at least this old is not healthy.
const STALE: Duration = Duration::from_secs(10);

/// What the status shows beside the [`RunStatistics`].
#[derive(Debug)]
pub(crate) struct StatusInputs<'a> {
    pub(crate) state: State,
    /// All cards that are seen.
    pub(crate) cards: &'a [Card],
    pub(crate) at: Duration,
    /// RFC 3339.
    pub(crate) timestamp: String,
    pub(crate) dropped_frames: u64,
    pub(crate) temperature_celsius: Option<f64>,
    pub(crate) faults: &'a OutputFaults,
}

/// Reports the status once a second, and writes it to a file where there shall be one.
#[derive(Debug)]
pub struct StatusReporter {
    model: ModelId,
    restarts: u64,
    started: Duration,
    due: Duration,
    file: Option<StatusFile>,
}

/// The file. Each update replaces it atomically.
#[derive(Debug)]
struct StatusFile {
    path: PathBuf,
    faults: FaultLog,
}

impl StatusReporter {
    /// Creates the reporter of a program that started at this time. If there is already a file at
    /// `path`, it is that of the same service before a restart: systemd keeps it over a restart and
    /// removes it when the service is stopped.
    pub fn new(path: Option<&Path>, model: ModelId, started: Duration) -> Self {
        let restarts = path.map_or(0, count_restarts);
        let file =
            path.map(|path| StatusFile { path: path.to_owned(), faults: FaultLog::default() });
        Self { model, restarts, started, due: started, file }
    }

    /// Returns whether a second has passed since the last report.
    pub(crate) fn is_due(&self, now: Duration) -> bool {
        now >= self.due
    }

    /// Records that another model is in use from now on.
    pub(crate) fn set_model(&mut self, model: ModelId) {
        self.model = model;
    }

    /// Updates the file and returns its content.
    pub(crate) fn report(
        &mut self,
        statistics: &RunStatistics,
        inputs: &StatusInputs<'_>,
    ) -> Status {
        self.due = inputs.at + INTERVAL;
        let status = self.status(statistics, inputs);
        if let Some(file) = &mut self.file {
            file.write(&status);
        }
        status
    }

    fn status(&self, statistics: &RunStatistics, inputs: &StatusInputs<'_>) -> Status {
        let age = statistics.frame_age(inputs.at);
        let is_fresh = age.is_some_and(|age| age < STALE);
        let faults = [
            ("camera", statistics.fault()),
            ("leds", inputs.faults.leds.as_deref()),
            ("screen", inputs.faults.screen.as_deref()),
        ];
        let faults = faults.into_iter().filter_map(|(part, text)| Some((part, text?)));
        Status {
            written: inputs.timestamp.clone(),
            state: inputs.state.name().to_owned(),
            healthy: is_fresh && inputs.state != State::Fault,
            card: inputs.state.card().map(|card| card.to_string()),
            confidence: inputs.state.confidence().map(to_thousandths),
            cards: inputs.cards.iter().map(Card::to_string).collect(),
            fps: to_hundredths(statistics.frames_per_second(inputs.at)),
            frame_age_millis: age.map(|age| age.as_millis() as u64),
            frames: statistics.frames,
            dropped_frames: inputs.dropped_frames,
            stages: statistics.stages(),
            reconnects: statistics.reconnects,
            restarts: self.restarts,
            temperature_celsius: inputs.temperature_celsius,
            model: ModelIdentity {
                name: self.model.name.clone(),
                sha256: self.model.sha256.clone(),
            },
            uptime_seconds: inputs.at.saturating_sub(self.started).as_secs(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: env!("CARDSIGHT_COMMIT").to_owned(),
            faults: faults.map(|(part, text)| (part.to_owned(), text.to_owned())).collect(),
        }
    }
}

impl StatusFile {
    /// A failure, such as a full disk or a missing folder, is logged when it begins, changes and
    /// ends; the program goes on.
    fn write(&mut self, status: &Status) {
        let written = serde_json::to_vec(status)
            .map_err(io::Error::from)
            .and_then(|text| write_quickly(&self.path, &text));
        let path = self.path.display();
        match written {
            Ok(()) if self.faults.recover() => log::info!("{path} can be written again"),
            Ok(()) => {}
            Err(error) => {
                if self.faults.fail(error.to_string()) {
                    log::warn!("can't write {path}: {error}");
                }
            }
        }
    }
}

/// Returns how often the service was restarted, from the file that it wrote before.
fn count_restarts(path: &Path) -> u64 {
    #[derive(Deserialize)]
    struct EarlierStatus {
        restarts: u64,
    }
    let earlier = fs::read(path).ok().and_then(|text| serde_json::from_slice(&text).ok());
    earlier.map_or(0, |EarlierStatus { restarts }| restarts + 1)
}

#[cfg(test)]
mod tests {
    use common::{Rank, Suit};

    use super::*;
    use crate::recognize::StageDurations;

    fn model() -> ModelId {
        ModelId { name: "compiled in".into(), sha256: "00".into() }
    }

    fn inputs(faults: &OutputFaults, at_secs: u64, state: State) -> StatusInputs<'_> {
        StatusInputs {
            state,
            cards: &[Card::Suited(Rank::Ace, Suit::Spades), Card::Joker],
            at: Duration::from_secs(at_secs),
            timestamp: "2026-01-01T00:00:00Z".into(),
            dropped_frames: 3,
            temperature_celsius: Some(51.5),
            faults,
        }
    }

    fn read(path: &Path) -> serde_json::Value {
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }

    #[test]
    fn the_file_shows_what_is_seen_and_what_does_not_work() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status.json");
        let mut statistics = RunStatistics::default();
        statistics.add_frame(Duration::from_secs(1), Duration::ZERO, StageDurations::default());
        let state = State::Seen { card: "ace of spades".parse().unwrap(), confidence: 0.5 };
        let mut reporter = StatusReporter::new(Some(&path), model(), Duration::ZERO);
        assert!(reporter.is_due(Duration::ZERO));
        let faults = OutputFaults { leds: None, screen: Some("no screen".into()) };
        reporter.report(&statistics, &inputs(&faults, 2, state));
        assert!(
            !reporter.is_due(Duration::from_millis(2900))
                && reporter.is_due(Duration::from_secs(3))
        );
        let status = read(&path);
        assert_eq!(status["card"], "ace of spades");
        assert_eq!(status["cards"], serde_json::json!(["ace of spades", "joker"]));
        assert_eq!(
            (status["healthy"].as_bool(), status["restarts"].as_u64()),
            (Some(true), Some(0))
        );
        assert_eq!(status["frame_age_millis"], 1000);
        assert!(!status["commit"].as_str().unwrap().is_empty());
        assert_eq!(status["faults"], serde_json::json!({"screen": "no screen"}));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_program_without_fresh_frames_is_not_healthy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status.json");
        let mut reporter = StatusReporter::new(Some(&path), model(), Duration::ZERO);
        let mut statistics = RunStatistics::default();
        for (at, state, healthy) in [
            (0, State::Searching, false),
            (1, State::Searching, true),
            (2, State::Fault, false),
            (20, State::Searching, false),
        ] {
            if at == 1 {
                statistics.add_frame(
                    Duration::from_secs(1),
                    Duration::ZERO,
                    StageDurations::default(),
                );
            }
            reporter.report(&statistics, &inputs(&OutputFaults::default(), at, state));
            assert_eq!(read(&path)["healthy"], healthy, "at {at} s");
        }
    }

    #[test]
    fn restarts_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status.json");
        for restarts in 0..3 {
            let mut reporter = StatusReporter::new(Some(&path), model(), Duration::ZERO);
            reporter.report(
                &RunStatistics::default(),
                &inputs(&OutputFaults::default(), 0, State::Searching),
            );
            assert_eq!(read(&path)["restarts"], restarts);
        }
        fs::write(&path, "{torn").unwrap();
        assert_eq!(count_restarts(&path), 0);
    }

    #[test]
    fn a_missing_folder_does_not_end_the_program() {
        let mut reporter =
            StatusReporter::new(Some(Path::new("no/such/status.json")), model(), Duration::ZERO);
        reporter.report(
            &RunStatistics::default(),
            &inputs(&OutputFaults::default(), 0, State::Searching),
        );
        assert!(reporter.file.unwrap().faults.fault().is_some());
    }
}
