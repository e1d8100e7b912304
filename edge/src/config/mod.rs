//! The configuration: one TOML file, checked once; later code never checks again.

mod raw;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::output::leds::gpio::{LineId, WiredLed};
use crate::output::leds::rules::{Rule, UnknownRule};
use crate::source::camera::driver::CaptureRequest;
use crate::source::camera::v4l::CameraId;

/// A checked configuration. Options of the command line win over the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub source: Source,
    pub mode: Mode,
    pub leds: Leds,
    /// A model file instead of the one compiled in.
    pub model: Option<PathBuf>,
    /// A locator's file instead of the one compiled in, for auto mode.
    pub locator: Option<PathBuf>,
    pub annotate: Option<Annotate>,
    /// A framebuffer such as `/dev/fb0`.
    pub screen: Option<PathBuf>,
    pub camera: CaptureRequest,
    pub decide: DecisionSettings,
    pub demo: Demo,
    /// Where LEDs hang that name no chip: a path, a name or a label.
    pub gpio_chip: String,
    pub led: Vec<LedSettings>,
}

/// Where frames come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Drawn scenes.
    Demo,
    /// An image, or a folder of images.
    Files(PathBuf),
    /// A camera.
    Camera(CameraId),
}

/// How cards are found in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// One card in the middle of the frame
    Full,
    /// Any number of cards anywhere
    Auto,
}

impl Mode {
    /// As in configurations, on the command line and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Full => "full",
            Mode::Auto => "auto",
        }
    }
}

/// What lights up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Leds {
    /// A line of LEDs on the terminal
    Panel,
    /// Lines of a GPIO chip
    Gpio,
    /// Nothing
    Off,
}

/// Where annotated images go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotate {
    pub folder: PathBuf,
    /// How many are kept.
    pub keep: usize,
}

impl Annotate {
    /// Images that a long run keeps.
    pub const DEFAULT_KEEP: usize = 100;
}

/// When to believe what; see [`Policy`](crate::decide::Policy).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecisionSettings {
    /// The model's accept threshold where there is none.
    pub enter: Option<f32>,
    /// Share of `enter` where there is none: [`DecisionSettings::LEAVE_SHARE`].
    pub leave: Option<f32>,
    pub agreeing_frames: u32,
    pub expire_millis: u64,
}

impl DecisionSettings {
    /// How much of the enter threshold is enough to stay.
    pub const LEAVE_SHARE: f32 = 0.7;
}

/// The demo source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demo {
    pub frames_per_second: f64,
    pub seed: u64,
}

/// An LED: when it is lit, and the line that it hangs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedSettings {
    pub rule: Rule,
    /// Where it hangs; the panel needs none.
    pub line: Option<LineId>,
    /// Instead of [`Config::gpio_chip`].
    pub chip: Option<String>,
    /// Lit when the line is low.
    pub active_low: bool,
}

/// A configuration that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("can't read the configuration {path:?}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path:?}, line {line}: {message}")]
    Syntax { path: PathBuf, line: usize, message: String },
    #[error("{path:?}, line {line}: there is no key {key:?} here; did you mean {nearest:?}?")]
    UnknownKey { path: PathBuf, line: usize, key: String, nearest: String },
    #[error("{path:?}: {key} is {value}, but must be {wanted}")]
    Value { path: PathBuf, key: &'static str, value: String, wanted: &'static str },
    #[error("{path:?}, [[led]] number {number}: {source}")]
    Rule { path: PathBuf, number: usize, source: UnknownRule },
    #[error(transparent)]
    Wiring(#[from] WiringError),
}

/// LEDs that GPIO lines can't light.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WiringError {
    #[error(
        "[[led]] number {number} ({rule}) has no line; with leds = \"gpio\" each needs one, such \
         as line = 17"
    )]
    NoLine { number: usize, rule: Rule },
    #[error("[[led]] numbers {first} and {second} hang on the same line, {line} of {chip}")]
    SameLine { first: usize, second: usize, line: LineId, chip: String },
}

impl Default for Config {
    fn default() -> Self {
        let led = |rule| LedSettings { rule, line: None, chip: None, active_low: false };
        Self {
            source: Source::Demo,
            mode: Mode::Full,
            leds: Leds::Panel,
            model: None,
            locator: None,
            annotate: None,
            screen: None,
            camera: CaptureRequest {
                width: 640,
                height: 480,
                frames_per_second: 30,
                timeout: Duration::from_millis(1000),
            },
            decide: DecisionSettings {
                enter: None,
                leave: None,
                agreeing_frames: 3,
                expire_millis: 1000,
            },
            demo: Demo { frames_per_second: 10.0, seed: 0 },
            gpio_chip: "gpiochip0".into(),
            led: Rule::defaults().into_iter().map(led).collect(),
        }
    }
}

impl Config {
    /// Reads and checks a file; what it leaves out is as in [`Config::default`].
    ///
    /// # Errors
    /// It can't be read, is no TOML, has an unknown key or a value out of range.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// As [`Config::read`], from the file's text; `path` is for the error text.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        raw::parse(text, path)?.check(path)
    }

    /// The LEDs with their lines, for GPIO.
    ///
    /// # Errors
    /// An LED has no line, or that of another.
    pub fn wired_leds(&self) -> Result<Vec<WiredLed>, WiringError> {
        let mut wired: Vec<WiredLed> = Vec::with_capacity(self.led.len());
        for (number, led) in (1..).zip(&self.led) {
            let rule = led.rule;
            let line = led.line.clone().ok_or(WiringError::NoLine { number, rule })?;
            let chip = led.chip.as_ref().unwrap_or(&self.gpio_chip).clone();
            let same = |other: &WiredLed| other.chip == chip && other.line == line;
            if let Some(first) = wired.iter().position(same) {
                return Err(WiringError::SameLine { first: first + 1, second: number, line, chip });
            }
            wired.push(WiredLed { chip, line, active_low: led.active_low });
        }
        Ok(wired)
    }
}

impl Source {
    /// "demo", a device below /dev, "camera:" and a part of a camera's name, or a path to
    /// images.
    pub fn from_text(text: &str) -> Self {
        match text {
            "demo" => Source::Demo,
            _ if Path::new(text).starts_with("/dev") => Source::Camera(CameraId::Path(text.into())),
            _ => match text.strip_prefix("camera:") {
                Some(name) => Source::Camera(CameraId::Name(name.into())),
                None => Source::Files(text.into()),
            },
        }
    }
}
