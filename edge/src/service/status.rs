//! `status.json`: what a person or a script sees of the program from outside.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::Card;
use serde::{Deserialize, Serialize};

use crate::decide::State;
use crate::output::events::thousandths;
use crate::recognize::ModelId;
use crate::service::statistics::{RunStatistics, StageTimes};

/// Between two writings.
const EVERY: Duration = Duration::from_secs(1);

/// A program whose last frame is older is not healthy.
const STALE: Duration = Duration::from_secs(10);

/// All that the file says.
#[derive(Debug, Serialize)]
pub struct Status<'a> {
    /// When, as RFC 3339.
    pub written: String,
    pub state: &'static str,
    /// Frames go through the whole flow, and there is no fault.
    pub healthy: bool,
    /// The card that the LEDs tell of.
    pub card: Option<String>,
    /// 0..1.
    pub confidence: Option<f32>,
    /// All cards that are seen.
    pub cards: Vec<String>,
    pub fps: f64,
    pub frame_age_millis: Option<u64>,
    pub frames: u64,
    pub dropped_frames: u64,
    pub stages: Option<StageTimes>,
    pub reconnects: u64,
    /// Of the program, since the service was started.
    pub restarts: u64,
    pub temperature_celsius: Option<f64>,
    pub model: &'a ModelId,
    pub uptime_seconds: u64,
    pub version: &'static str,
    /// What does not work at present: camera, leds, screen.
    pub faults: BTreeMap<&'static str, &'a str>,
}

/// What the flow knows, beside its [`RunStatistics`].
#[derive(Debug)]
pub struct StatusInputs<'a> {
    pub state: State,
    /// All cards that are seen.
    pub cards: &'a [Card],
    pub at: Duration,
    pub timestamp: String,
    pub dropped_frames: u64,
    pub temperature_celsius: Option<f64>,
    pub leds_fault: Option<&'a str>,
    pub screen_fault: Option<&'a str>,
}

/// The file, written anew each second, whole or not at all.
#[derive(Debug)]
pub struct StatusFile {
    path: PathBuf,
    model: ModelId,
    restarts: u64,
    started: Duration,
    due: Duration,
    fault: Option<String>,
}

impl StatusFile {
    /// A file that follows the one of the program's last life, if there is one: systemd
    /// keeps it over a restart and removes it when the service is stopped.
    pub fn new(path: &Path, model: ModelId, started: Duration) -> Self {
        let restarts = lives(path);
        Self { path: path.to_owned(), model, restarts, started, due: started, fault: None }
    }

    /// Whether a second has passed since it was written.
    pub fn is_due(&self, now: Duration) -> bool {
        now >= self.due
    }

    /// Another model is in use from now on.
    pub fn set_model(&mut self, model: ModelId) {
        self.model = model;
    }

    /// Writes it. A full disk or a missing folder is said once, and ends nothing.
    pub fn write(&mut self, statistics: &RunStatistics, now: &StatusInputs<'_>) {
        self.due = now.at + EVERY;
        let written = serde_json::to_vec(&self.status(statistics, now))
            .map_err(io::Error::from)
            .and_then(|text| replace(&self.path, &text));
        let fault = written.err().map(|error| error.to_string());
        if let Some(text) = fault.as_ref().filter(|text| self.fault.as_ref() != Some(text)) {
            log::warn!("can't write {}: {text}", self.path.display());
        }
        self.fault = fault;
    }

    fn status<'a>(&'a self, statistics: &'a RunStatistics, now: &StatusInputs<'a>) -> Status<'a> {
        let age = statistics.frame_age(now.at);
        let is_fresh = age.is_some_and(|age| age < STALE);
        let faults = [
            ("camera", statistics.fault()),
            ("leds", now.leds_fault),
            ("screen", now.screen_fault),
        ];
        Status {
            written: now.timestamp.clone(),
            state: now.state.name(),
            healthy: is_fresh && now.state != State::Fault,
            card: now.state.card().map(|card| card.to_string()),
            confidence: now.state.confidence().map(thousandths),
            cards: now.cards.iter().map(Card::to_string).collect(),
            fps: (statistics.frames_per_second(now.at) * 100.0).round() / 100.0,
            frame_age_millis: age.map(|age| age.as_millis() as u64),
            frames: statistics.frames,
            dropped_frames: now.dropped_frames,
            stages: statistics.stages(),
            reconnects: statistics.reconnects,
            restarts: self.restarts,
            temperature_celsius: now.temperature_celsius,
            model: &self.model,
            uptime_seconds: now.at.saturating_sub(self.started).as_secs(),
            version: env!("CARGO_PKG_VERSION"),
            faults: faults.into_iter().filter_map(|(what, text)| Some((what, text?))).collect(),
        }
    }
}

/// How often the service was started before this life.
fn lives(path: &Path) -> u64 {
    #[derive(Deserialize)]
    struct Before {
        restarts: u64,
    }
    let before = fs::read(path).ok().and_then(|text| serde_json::from_slice(&text).ok());
    before.map_or(0, |Before { restarts }| restarts + 1)
}

/// Whoever reads sees the old text or the new one.
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let new = path.with_extension("json.new");
    fs::write(&new, text)?;
    fs::rename(&new, path)
}

#[cfg(test)]
mod tests {
    use common::{Rank, Suit};

    use super::*;
    use crate::recognize::Times;

    fn model() -> ModelId {
        ModelId { name: "compiled in".into(), sha256: "00".into() }
    }

    fn now(at_secs: u64, state: State) -> StatusInputs<'static> {
        StatusInputs {
            state,
            cards: &[Card::Suited(Rank::Ace, Suit::Spades), Card::Joker],
            at: Duration::from_secs(at_secs),
            timestamp: "2026-01-01T00:00:00Z".into(),
            dropped_frames: 3,
            temperature_celsius: Some(51.5),
            leds_fault: None,
            screen_fault: Some("no screen"),
        }
    }

    fn read(path: &Path) -> serde_json::Value {
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }

    #[test]
    fn the_file_says_what_is_seen_and_what_does_not_work() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status.json");
        let mut statistics = RunStatistics::default();
        statistics.frame(Duration::from_secs(1), Duration::ZERO, Times::default());
        let state = State::Seen { card: "ace of spades".parse().unwrap(), confidence: 0.5 };
        let mut file = StatusFile::new(&path, model(), Duration::ZERO);
        assert!(file.is_due(Duration::ZERO));
        file.write(&statistics, &now(2, state));
        assert!(!file.is_due(Duration::from_millis(2900)) && file.is_due(Duration::from_secs(3)));
        let said = read(&path);
        assert_eq!(said["card"], "ace of spades");
        assert_eq!(said["cards"], serde_json::json!(["ace of spades", "joker"]));
        assert_eq!((said["healthy"].as_bool(), said["restarts"].as_u64()), (Some(true), Some(0)));
        assert_eq!(said["frame_age_millis"], 1000);
        assert_eq!(said["faults"], serde_json::json!({"screen": "no screen"}));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_program_without_fresh_frames_is_not_healthy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status.json");
        let mut file = StatusFile::new(&path, model(), Duration::ZERO);
        let mut statistics = RunStatistics::default();
        for (at, state, healthy) in [
            (0, State::Searching, false),
            (1, State::Searching, true),
            (2, State::Fault, false),
            (20, State::Searching, false),
        ] {
            if at == 1 {
                statistics.frame(Duration::from_secs(1), Duration::ZERO, Times::default());
            }
            file.write(&statistics, &now(at, state));
            assert_eq!(read(&path)["healthy"], healthy, "at {at} s");
        }
    }

    #[test]
    fn restarts_are_counted_over_lives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status.json");
        for context in 0..3 {
            let mut file = StatusFile::new(&path, model(), Duration::ZERO);
            file.write(&RunStatistics::default(), &now(0, State::Searching));
            assert_eq!(read(&path)["restarts"], context);
        }
        fs::write(&path, "{torn").unwrap();
        assert_eq!(lives(&path), 0);
    }

    #[test]
    fn a_folder_that_is_gone_ends_nothing() {
        let mut file = StatusFile::new(Path::new("no/such/status.json"), model(), Duration::ZERO);
        file.write(&RunStatistics::default(), &now(0, State::Searching));
        assert!(file.fault.is_some());
    }
}
