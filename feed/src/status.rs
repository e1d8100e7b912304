//! The status, once a second: the content of `status.json`, the LEDs, and counts for metrics.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The content of `status.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Time of the status, RFC 3339.
    pub written: String,
    /// `searching`, `unsure`, `seen` or `fault`.
    pub state: String,
    /// Frames go through the complete pipeline, and there is no fault of the source.
    pub healthy: bool,
    /// The card that the LEDs show.
    pub card: Option<String>,
    /// 0 to 1.
    pub confidence: Option<f32>,
    /// All cards that are seen.
    pub cards: Vec<String>,
    pub fps: f64,
    pub frame_age_millis: Option<u64>,
    pub frames: u64,
    pub dropped_frames: u64,
    pub stages: Option<StageTimes>,
    pub reconnects: u64,
    /// Restarts of the program since the service was started.
    pub restarts: u64,
    pub temperature_celsius: Option<f64>,
    pub model: ModelIdentity,
    pub uptime_seconds: u64,
    pub version: String,
    /// The commit that the program was built from, or "unknown".
    pub commit: String,
    /// What does not work at present, by device: camera, leds or screen.
    pub faults: BTreeMap<String, String>,
}

/// Median and 95th percentile of each stage over the last frames.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageTimes {
    pub decode: Percentiles,
    pub locate: Percentiles,
    pub prepare: Percentiles,
    pub classify: Percentiles,
}

/// Percentiles of a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Percentiles {
    pub p50_millis: f64,
    pub p95_millis: f64,
}

/// The identity of a classifier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelIdentity {
    /// The path of the file, or "(compiled in)".
    pub name: String,
    /// SHA-256 of the file in hexadecimal digits.
    pub sha256: String,
}

/// An LED.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Led {
    /// The rule that decides whether it is lit, such as `suit:hearts`.
    pub rule: String,
    /// The rule in a few letters, such as ♥.
    pub label: String,
    /// `red` or `green`.
    pub color: String,
    pub is_lit: bool,
}

/// What was counted since the program was started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counters {
    /// Frames in the state `seen`.
    pub frames_named: u64,
    /// Frames in the state `unsure`.
    pub frames_unsure: u64,
    /// How often each device (camera, leds, screen) began to fail.
    pub faults: BTreeMap<String, u64>,
    /// How often each device worked again after a fault.
    pub reconnects: BTreeMap<String, u64>,
    /// The upper bounds of the buckets of all histograms; the last bucket has none.
    pub bounds_seconds: Vec<f64>,
    /// The time of each stage (decode, locate, prepare, classify) in each frame.
    pub stages: BTreeMap<String, StageHistogram>,
    /// The memory of the program in RAM.
    pub resident_bytes: Option<u64>,
    /// Whether the board has lowered its clock because of heat or a weak power supply; nothing where
    /// the system does not report it.
    pub throttled: Option<bool>,
}

/// How often a time was in each bucket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StageHistogram {
    /// One count for each of [`Counters::bounds_seconds`], and one for longer times.
    pub counts: Vec<u64>,
    pub sum_seconds: f64,
}
