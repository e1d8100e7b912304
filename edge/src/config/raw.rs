//! The file as it is written, before its values are checked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::{
    Annotate, Config, ConfigError, DecisionSettings, Demo, LedSettings, Leds, Mode, Source,
};
use crate::output::leds::gpio::LineId;
use crate::source::camera::driver::CaptureRequest;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawConfig {
    source: Option<String>,
    mode: Option<Mode>,
    leds: Option<Leds>,
    model: Option<PathBuf>,
    locator: Option<PathBuf>,
    annotate: Option<PathBuf>,
    annotate_keep: Option<usize>,
    screen: Option<PathBuf>,
    camera: RawCamera,
    decide: RawDecide,
    demo: RawDemo,
    gpio: RawGpio,
    led: Option<Vec<RawLed>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawDecide {
    enter: Option<f32>,
    leave: Option<f32>,
    agreeing_frames: Option<u32>,
    expire_millis: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawDemo {
    frames_per_second: Option<f64>,
    seed: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawCamera {
    width: Option<u32>,
    height: Option<u32>,
    frames_per_second: Option<u32>,
    timeout_millis: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawGpio {
    chip: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLed {
    on: String,
    line: Option<RawLine>,
    chip: Option<String>,
    #[serde(default)]
    active_low: bool,
}

/// A number or a name.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum RawLine {
    Offset(u32),
    Name(String),
}

pub fn parse(text: &str, path: &Path) -> Result<RawConfig, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
        let path = path.to_owned();
        match unknown_key(error.message()) {
            Some((key, nearest)) => ConfigError::UnknownKey { path, line, key, nearest },
            None => ConfigError::Syntax { path, line, message: error.message().to_owned() },
        }
    })
}

/// serde says "unknown field `a`, expected one of `b`, `c`": the wrong key and the
/// likeliest right one.
fn unknown_key(message: &str) -> Option<(String, String)> {
    let mut quoted = message.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
    let key = quoted.next()?;
    let distance = |known: &&str| strsim::damerau_levenshtein(key, known);
    Some((key.to_owned(), quoted.min_by_key(distance)?.to_owned()))
}

impl RawConfig {
    /// Fills in the defaults and checks every value.
    pub fn check(self, path: &Path) -> Result<Config, ConfigError> {
        let default = Config::default();
        let bad = |key, value: String, wanted| {
            Err(ConfigError::Value { path: path.to_owned(), key, value, wanted })
        };
        let decide = DecisionSettings {
            enter: self.decide.enter,
            leave: self.decide.leave,
            agreeing_frames: self.decide.agreeing_frames.unwrap_or(default.decide.agreeing_frames),
            expire_millis: self.decide.expire_millis.unwrap_or(default.decide.expire_millis),
        };
        let demo = Demo {
            frames_per_second: self
                .demo
                .frames_per_second
                .unwrap_or(default.demo.frames_per_second),
            seed: self.demo.seed.unwrap_or(default.demo.seed),
        };
        let keep = self.annotate_keep.unwrap_or(Annotate::DEFAULT_KEEP);
        let is_share = |value: &f32| (0.0..=1.0).contains(value);
        if let Some(enter) = decide.enter.filter(|enter| !is_share(enter)) {
            return bad("decide.enter", enter.to_string(), "between 0 and 1");
        }
        let highest = decide.enter.unwrap_or(1.0);
        if let Some(leave) = decide.leave.filter(|leave| !is_share(leave) || *leave > highest) {
            return bad("decide.leave", leave.to_string(), "between 0 and decide.enter");
        }
        if decide.agreeing_frames == 0 {
            return bad("decide.agreeing_frames", "0".into(), "at least 1");
        }
        if decide.expire_millis == 0 {
            return bad("decide.expire_millis", "0".into(), "at least 1");
        }
        if !(0.1..=240.0).contains(&demo.frames_per_second) {
            let value = demo.frames_per_second.to_string();
            return bad("demo.frames_per_second", value, "between 0.1 and 240");
        }
        if keep == 0 {
            return bad("annotate_keep", "0".into(), "at least 1");
        }
        let config = Config {
            source: self.source.as_deref().map_or(default.source, Source::from_text),
            mode: self.mode.unwrap_or(default.mode),
            leds: self.leds.unwrap_or(default.leds),
            model: self.model,
            locator: self.locator,
            annotate: self.annotate.map(|folder| Annotate { folder, keep }),
            screen: self.screen,
            camera: self.camera.check(default.camera, path)?,
            decide,
            demo,
            gpio_chip: self.gpio.chip.unwrap_or(default.gpio_chip),
            led: self.led.map_or(Ok(default.led), |leds| check_leds(leds, path))?,
        };
        if config.leds == Leds::Gpio {
            config.wired_leds()?;
        }
        Ok(config)
    }
}

impl RawCamera {
    fn check(self, default: CaptureRequest, path: &Path) -> Result<CaptureRequest, ConfigError> {
        let bad = |key, value: u64, wanted| {
            let value = value.to_string();
            Err(ConfigError::Value { path: path.to_owned(), key, value, wanted })
        };
        let wanted = CaptureRequest {
            width: self.width.unwrap_or(default.width),
            height: self.height.unwrap_or(default.height),
            frames_per_second: self.frames_per_second.unwrap_or(default.frames_per_second),
            timeout: self.timeout_millis.map_or(default.timeout, Duration::from_millis),
        };
        for (key, size) in [("camera.width", wanted.width), ("camera.height", wanted.height)] {
            if !(16..=8192).contains(&size) {
                return bad(key, size.into(), "between 16 and 8192");
            }
        }
        if !(1..=240).contains(&wanted.frames_per_second) {
            let rate = wanted.frames_per_second;
            return bad("camera.frames_per_second", rate.into(), "between 1 and 240");
        }
        let millis = wanted.timeout.as_millis() as u64;
        if !(100..=10_000).contains(&millis) {
            return bad("camera.timeout_millis", millis, "between 100 and 10000");
        }
        Ok(wanted)
    }
}

fn check_leds(leds: Vec<RawLed>, path: &Path) -> Result<Vec<LedSettings>, ConfigError> {
    let check = |(number, led): (usize, RawLed)| {
        let rule = led.on.parse().map_err(|source| ConfigError::Rule {
            path: path.to_owned(),
            number,
            source,
        })?;
        let line = led.line.map(|line| match line {
            RawLine::Offset(offset) => LineId::Offset(offset),
            RawLine::Name(name) => LineId::Name(name),
        });
        Ok(LedSettings { rule, line, chip: led.chip, active_low: led.active_low })
    };
    (1..).zip(leds).map(check).collect()
}
