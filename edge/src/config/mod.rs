//! The configuration: one TOML file, checked once; later code never checks again.

mod raw;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::signal::gpio::{LineId, WiredLamp};
use crate::signal::rules::{Rule, UnknownRule};
use crate::source::camera::driver::Wanted;
use crate::source::camera::v4l::CameraId;

/// A checked configuration. Options of the command line win over the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub source: Source,
    pub mode: Mode,
    pub leds: Leds,
    /// A model file instead of the one compiled in.
    pub model: Option<PathBuf>,
    pub annotate: Option<Annotate>,
    /// A framebuffer such as `/dev/fb0`.
    pub screen: Option<PathBuf>,
    pub camera: Wanted,
    pub decide: Decide,
    pub demo: Demo,
    /// Where lamps hang that name no chip: a path, a name or a label.
    pub gpio_chip: String,
    pub lamps: Vec<Lamp>,
}

/// Where frames come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Drawn scenes.
    Demo,
    /// A picture, or a folder of pictures.
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
    /// Any number of cards anywhere (not built yet)
    Auto,
}

/// What lights up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Leds {
    /// A line of lamps on the terminal
    Panel,
    /// Lines of a GPIO chip
    Gpio,
    /// Nothing
    Off,
}

/// Where annotated pictures go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotate {
    pub folder: PathBuf,
    /// How many are kept.
    pub keep: usize,
}

impl Annotate {
    /// Pictures that a long run keeps.
    pub const DEFAULT_KEEP: usize = 100;
}

/// When to believe what; see [`Policy`](crate::decide::Policy).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decide {
    /// The model's accept threshold where there is none.
    pub enter: Option<f32>,
    /// Share of `enter` where there is none: [`Decide::LEAVE_SHARE`].
    pub leave: Option<f32>,
    pub agreeing_frames: u32,
    pub expire_millis: u64,
}

impl Decide {
    /// How much of the enter threshold is enough to stay.
    pub const LEAVE_SHARE: f32 = 0.7;
}

/// The demo source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demo {
    pub frames_per_second: f64,
    pub seed: u64,
}

/// A lamp: when it is lit, and the line that it hangs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lamp {
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

/// Lamps that GPIO lines can't light.
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
        let lamp = |rule| Lamp { rule, line: None, chip: None, active_low: false };
        Self {
            source: Source::Demo,
            mode: Mode::Full,
            leds: Leds::Panel,
            model: None,
            annotate: None,
            screen: None,
            camera: Wanted {
                width: 640,
                height: 480,
                frames_per_second: 30,
                timeout: Duration::from_millis(1000),
            },
            decide: Decide { enter: None, leave: None, agreeing_frames: 3, expire_millis: 1000 },
            demo: Demo { frames_per_second: 10.0, seed: 0 },
            gpio_chip: "gpiochip0".into(),
            lamps: Rule::defaults().into_iter().map(lamp).collect(),
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

    /// The lamps with their lines, for GPIO.
    ///
    /// # Errors
    /// A lamp has no line, or that of another.
    pub fn wired_lamps(&self) -> Result<Vec<WiredLamp>, WiringError> {
        let mut wired: Vec<WiredLamp> = Vec::with_capacity(self.lamps.len());
        for (number, lamp) in (1..).zip(&self.lamps) {
            let rule = lamp.rule;
            let line = lamp.line.clone().ok_or(WiringError::NoLine { number, rule })?;
            let chip = lamp.chip.as_ref().unwrap_or(&self.gpio_chip).clone();
            let same = |other: &WiredLamp| other.chip == chip && other.line == line;
            if let Some(first) = wired.iter().position(same) {
                return Err(WiringError::SameLine { first: first + 1, second: number, line, chip });
            }
            wired.push(WiredLamp { chip, line, active_low: lamp.active_low });
        }
        Ok(wired)
    }
}

impl Source {
    /// "demo", a device below /dev, "camera:" and a part of a camera's name, or a path to
    /// pictures.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, Path::new("edge.toml"))
    }

    fn error(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(parse("").unwrap(), Config::default());
    }

    #[test]
    fn the_example_is_valid_and_shows_the_defaults() {
        let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/edge.toml"));
        assert_eq!(Config::read(path).unwrap(), Config::default());
    }

    #[test]
    fn every_example_is_valid() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy");
        let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let examples = paths.filter(|path| path.extension().is_some_and(|end| end == "toml"));
        let checked = examples.inspect(|path| assert!(Config::read(path).is_ok(), "{path:?}"));
        assert_eq!(checked.count(), 5);
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_one_and_its_line() {
        let error = error("mode = \"full\"\n[decide]\nagreing_frames = 3\n");
        assert!(error.contains("line 3") && error.contains("agreing_frames"), "{error}");
        assert!(error.contains("did you mean \"agreeing_frames\""), "{error}");
    }

    #[test]
    fn a_wrong_type_is_refused_with_its_line() {
        let error = error("\n[decide]\nagreeing_frames = \"three\"\n");
        assert!(error.contains("line 3"), "{error}");
    }

    #[test]
    fn values_out_of_range_are_refused_by_name() {
        for (text, key) in [
            ("[decide]\nenter = 1.5", "decide.enter"),
            ("[decide]\nenter = 0.5\nleave = 0.6", "decide.leave"),
            ("[decide]\nagreeing_frames = 0", "decide.agreeing_frames"),
            ("[decide]\nexpire_millis = 0", "decide.expire_millis"),
            ("[demo]\nframes_per_second = 0", "demo.frames_per_second"),
            ("annotate_keep = 0", "annotate_keep"),
            ("[camera]\nwidth = 0", "camera.width"),
            ("[camera]\nframes_per_second = 0", "camera.frames_per_second"),
            ("[camera]\ntimeout_millis = 60000", "camera.timeout_millis"),
        ] {
            assert!(error(text).contains(key), "{text}");
        }
    }

    #[test]
    fn lamps_replace_the_default_ones() {
        let config =
            parse("[[led]]\nline = 17\non = \"suit:hearts\"\nactive_low = true\n").unwrap();
        let rule = Rule::Suit(common::Suit::Hearts);
        let line = Some(LineId::Offset(17));
        assert_eq!(config.lamps, [Lamp { rule, line, chip: None, active_low: true }]);
    }

    #[test]
    fn each_gpio_lamp_has_a_line_of_its_own() {
        let lamps = "[gpio]\nchip = \"pinctrl-rp1\"\n[[led]]\nline = 17\non = \"seen\"\n";
        let other = "[[led]]\nline = \"GPIO27\"\non = \"fault\"\nchip = \"/dev/gpiochip1\"\n";
        let config = parse(&format!("leds = \"gpio\"\n{lamps}{other}")).unwrap();
        let wired = config.wired_lamps().unwrap();
        assert_eq!((wired[0].chip.as_str(), &wired[0].line), ("pinctrl-rp1", &LineId::Offset(17)));
        assert_eq!(wired[1].chip, "/dev/gpiochip1");
        let twice = "[[led]]\nline = 17\non = \"seen\"\n".repeat(2);
        assert!(error(&format!("leds = \"gpio\"\n{twice}")).contains("same line, 17"));
        assert!(error("leds = \"gpio\"\n[[led]]\non = \"seen\"\n").contains("no line"));
    }

    #[test]
    fn a_source_is_a_camera_by_path_or_name_or_else_pictures() {
        let name = |text| Source::Camera(CameraId::Name(text));
        assert_eq!(Source::from_text("camera:C920"), name("C920".into()));
        let path = CameraId::Path("/dev/video2".into());
        assert_eq!(Source::from_text("/dev/video2"), Source::Camera(path));
        assert_eq!(Source::from_text("cards"), Source::Files("cards".into()));
    }

    #[test]
    fn a_bad_rule_names_its_lamp() {
        let error = error("[[led]]\non = \"seen\"\n[[led]]\non = \"suit:stars\"\n");
        assert!(error.contains("number 2") && error.contains("suit:stars"), "{error}");
    }
}
