//! The configuration: one TOML file, checked once; later code never checks again.

mod raw;

use std::fs;
use std::path::{Path, PathBuf};

use crate::signal::rules::{Rule, UnknownRule};

/// A checked configuration. Options of the command line win over the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub source: Source,
    pub mode: Mode,
    pub leds: Leds,
    /// A model file instead of the one compiled in.
    pub model: Option<PathBuf>,
    pub annotate: Option<Annotate>,
    pub decide: Decide,
    pub demo: Demo,
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
    Camera(PathBuf),
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
    /// Lines of a GPIO chip (not built yet)
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
    /// Offset on the GPIO chip, or the line's name; the panel needs none.
    pub line: Option<String>,
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
}

impl Default for Config {
    fn default() -> Self {
        let lamp = |rule| Lamp { rule, line: None, active_low: false };
        Self {
            source: Source::Demo,
            mode: Mode::Full,
            leds: Leds::Panel,
            model: None,
            annotate: None,
            decide: Decide { enter: None, leave: None, agreeing_frames: 3, expire_millis: 1000 },
            demo: Demo { frames_per_second: 10.0, seed: 0 },
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
}

impl Source {
    /// "demo", a device below /dev, or a path to pictures.
    pub fn from_text(text: &str) -> Self {
        match text {
            "demo" => Source::Demo,
            _ if Path::new(text).starts_with("/dev") => Source::Camera(text.into()),
            _ => Source::Files(text.into()),
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
        ] {
            assert!(error(text).contains(key), "{text}");
        }
    }

    #[test]
    fn lamps_replace_the_default_ones() {
        let config =
            parse("[[led]]\nline = 17\non = \"suit:hearts\"\nactive_low = true\n").unwrap();
        let rule = Rule::Suit(common::Suit::Hearts);
        assert_eq!(config.lamps, [Lamp { rule, line: Some("17".into()), active_low: true }]);
    }

    #[test]
    fn a_bad_rule_names_its_lamp() {
        let error = error("[[led]]\non = \"seen\"\n[[led]]\non = \"suit:stars\"\n");
        assert!(error.contains("number 2") && error.contains("suit:stars"), "{error}");
    }
}
