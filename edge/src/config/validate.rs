//! The one check of a configuration: from what is written to final values.

use std::fmt::Display;
use std::num::NonZeroUsize;
use std::ops::{Bound, RangeBounds};
use std::time::Duration;

use crate::config::file::{
    CameraSection, ConfigFile, DecideSection, DemoSection, DeviceSection, LedSection, LedTarget,
};
use crate::config::settings::{
    DecideSettings, DemoSettings, LedOutputSettings, LedSettings, RecordSettings, Settings,
    SnapshotSettings,
};
use crate::config::source::{self, UnknownSource};
use crate::output::leds::gpio::{LineId, WiredLed};
use crate::output::leds::rules::{Rule, UnknownRule};
use crate::output::screen::rotate::Rotation;
use crate::output::screen::settings::{ScreenId, ScreenSettings};
use crate::recognize::ModelFiles;
use crate::service::identity::DeviceIdentity;
use crate::source::camera::driver::CaptureRequest;
use crate::source::child::command::without_password;
use crate::util::parallel::default_threads;

/// A configuration with values that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidConfig {
    #[error("{key} is {value}, but must be {expected}")]
    Value { key: String, value: String, expected: String },
    #[error(transparent)]
    Source(#[from] UnknownSource),
    #[error("[[led]] number {number}")]
    Rule { number: usize, source: UnknownRule },
    #[error(
        "[[led]] number {number} ({rule}) has no line; with leds = \"gpio\" each LED needs one, \
         such as line = 17"
    )]
    NoLine { number: usize, rule: String },
    #[error("[[led]] numbers {first} and {second} are on the same line, {line} of {chip}")]
    SameLine { first: usize, second: usize, line: LineId, chip: String },
}

/// Checks that the value of a key is in a range. The name of the key in the message is the
/// name in the code.
macro_rules! require {
    ($file:ident.$($key:ident).+, $range:expr) => {
        check_range(&[$(stringify!($key)),+], $file.$($key).+, $range)?
    };
}

impl ConfigFile {
    /// Returns the final settings.
    ///
    /// # Errors
    /// A value is out of its range, or the LEDs cannot be wired like this.
    pub(crate) fn validate(self) -> Result<Settings, InvalidConfig> {
        check_ranges(&self)?;
        let record = record_settings(&self);
        let file = self;
        let leds = (1..)
            .zip(file.led)
            .map(|(number, led)| led_settings(number, led, &file.gpio.chip))
            .collect::<Result<Vec<_>, _>>()?;
        let led_output = match file.leds {
            LedTarget::Panel => LedOutputSettings::Panel,
            LedTarget::Gpio => LedOutputSettings::Gpio(wired_leds(&leds)?),
            LedTarget::Off => LedOutputSettings::Off,
        };
        let screen = screen_settings(file.screen, file.screen_rotation)?;
        let source = source::parse(&file.source, file.demo.into(), file.pace)?;
        let keep = file.annotate_keep;
        Ok(Settings {
            source,
            models: ModelFiles {
                mode: file.mode,
                classifier: file.model,
                locator: file.locator,
                engine: file.engine,
            },
            snapshots: file.annotate.map(|folder| SnapshotSettings { folder, keep }),
            screen,
            controls: file.camera.controls.clone(),
            camera: file.camera.into(),
            device: DeviceIdentity::new(file.device.id, file.device.name),
            feed: file.feed.socket,
            threads: file.threads.and_then(thread_count).unwrap_or_else(default_threads),
            decide: file.decide.into(),
            record,
            leds,
            led_output,
        })
    }
}

impl From<CameraSection> for CaptureRequest {
    fn from(section: CameraSection) -> Self {
        Self {
            width: section.width,
            height: section.height,
            frames_per_second: section.frames_per_second,
            first_frame_timeout: Duration::from_millis(section.first_frame_timeout_millis),
            timeout: Duration::from_millis(section.timeout_millis),
        }
    }
}

impl From<DecideSection> for DecideSettings {
    fn from(section: DecideSection) -> Self {
        Self {
            enter: section.enter,
            leave: section.leave,
            agreeing_frames: section.agreeing_frames,
            expire: Duration::from_millis(section.expire_millis),
            read_again: section.read_again_millis.map(Duration::from_millis),
        }
    }
}

impl From<DemoSection> for DemoSettings {
    fn from(section: DemoSection) -> Self {
        Self { frames_per_second: section.frames_per_second, seed: section.seed }
    }
}

fn check_ranges(file: &ConfigFile) -> Result<(), InvalidConfig> {
    require!(file.decide.enter, 0.0..=1.0);
    check_leave(file)?;
    require!(file.decide.agreeing_frames, 1..);
    require!(file.decide.expire_millis, 1..);
    check_read_again(file)?;
    check_device(&file.device)?;
    require!(file.threads, 1..=256);
    require!(file.demo.frames_per_second, 0.1..=240.0);
    require!(file.annotate_keep, 1..);
    require!(file.record.seconds, 1..=600);
    require!(file.record.megabytes, 4..=4096);
    require!(file.camera.width, 16..=8192);
    require!(file.camera.height, 16..=8192);
    require!(file.camera.frames_per_second, 1..=240);
    require!(file.camera.first_frame_timeout_millis, 100..=60_000);
    require!(file.camera.timeout_millis, 100..=10_000);
    Ok(())
}

fn record_settings(file: &ConfigFile) -> Option<RecordSettings> {
    let folder = file.record.folder.clone()?;
    // People send recordings to each other.
    let shown = ConfigFile { source: without_password(&file.source), ..file.clone() };
    Some(RecordSettings {
        folder,
        longest: Duration::from_secs(file.record.seconds.into()),
        most_bytes: (file.record.megabytes as usize) << 20,
        configuration: serde_json::to_value(shown).expect("every value of a configuration is JSON"),
    })
}

/// Checks a value; a key without a value passes.
fn check_range<T: PartialOrd + Display>(
    key: &[&str],
    value: impl Into<Option<T>>,
    range: impl RangeBounds<T>,
) -> Result<(), InvalidConfig> {
    match value.into() {
        Some(value) if !range.contains(&value) => Err(InvalidConfig::Value {
            key: key.join("."),
            value: value.to_string(),
            expected: match (range.start_bound(), range.end_bound()) {
                (Bound::Included(least), Bound::Included(most)) => {
                    format!("between {least} and {most}")
                }
                (Bound::Included(least), _) => format!("at least {least}"),
                _ => "in range".into(),
            },
        }),
        _ => Ok(()),
    }
}

/// The leave threshold must not be above the enter threshold.
fn check_leave(file: &ConfigFile) -> Result<(), InvalidConfig> {
    let most = file.decide.enter.unwrap_or(1.0);
    match file.decide.leave {
        Some(leave) if !(0.0..=most).contains(&leave) => Err(InvalidConfig::Value {
            key: "decide.leave".into(),
            value: leave.to_string(),
            expected: "between 0 and decide.enter".into(),
        }),
        _ => Ok(()),
    }
}

/// A swapped card must be read before the old one expires.
fn check_read_again(file: &ConfigFile) -> Result<(), InvalidConfig> {
    match file.decide.read_again_millis {
        Some(millis) if millis > file.decide.expire_millis => Err(InvalidConfig::Value {
            key: "decide.read_again_millis".into(),
            value: millis.to_string(),
            expected: "between 0 and decide.expire_millis".into(),
        }),
        _ => Ok(()),
    }
}

/// Returns the screen, if there is one. The rotation is checked in any case.
fn screen_settings(
    name: Option<String>,
    degrees: u32,
) -> Result<Option<ScreenSettings>, InvalidConfig> {
    let invalid = |key: &str, value: String, expected: &str| InvalidConfig::Value {
        key: key.into(),
        value,
        expected: expected.into(),
    };
    let rotation = Rotation::from_degrees(degrees).ok_or_else(|| {
        invalid("screen_rotation", degrees.to_string(), "0, 90, 180 or 270 (degrees clockwise)")
    })?;
    let Some(name) = name else { return Ok(None) };
    let id = ScreenId::from_text(&name).ok_or_else(|| {
        let expected = "\"auto\", a path such as \"/dev/dri/card1\" or \"/dev/fb0\", or a connector \
                        such as \"HDMI-A-1\"; `cardsight doctor` lists them";
        invalid("screen", format!("{name:?}"), expected)
    })?;
    Ok(Some(ScreenSettings { id, rotation }))
}

/// The identity becomes a part of topics and addresses, and the name is shown in one line.
fn check_device(device: &DeviceSection) -> Result<(), InvalidConfig> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let is_id = |id: &str| (1..=64).contains(&id.len()) && id.chars().all(is_part);
    check_text(
        "device.id",
        device.id.as_deref(),
        is_id,
        "1 to 64 letters, digits, \"-\" and \"_\"",
    )?;
    let is_name = |name: &str| {
        (1..=64).contains(&name.chars().count()) && !name.chars().any(char::is_control)
    };
    check_text("device.name", device.name.as_deref(), is_name, "1 to 64 characters in one line")
}

/// Checks a text; a key without a value passes.
fn check_text(
    key: &str,
    value: Option<&str>,
    is_valid: impl Fn(&str) -> bool,
    expected: &str,
) -> Result<(), InvalidConfig> {
    match value {
        Some(value) if !is_valid(value) => Err(InvalidConfig::Value {
            key: key.to_owned(),
            value: format!("{value:?}"),
            expected: expected.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Returns a number of threads that was checked before.
fn thread_count(threads: u32) -> Option<NonZeroUsize> {
    NonZeroUsize::new(threads as usize)
}

fn led_settings(
    number: usize,
    led: LedSection,
    default_chip: &str,
) -> Result<LedSettings, InvalidConfig> {
    let rule: Rule = led.on.parse().map_err(|source| InvalidConfig::Rule { number, source })?;
    Ok(LedSettings {
        rule,
        line: led.line.map(LineId::from),
        chip: led.chip.unwrap_or_else(|| default_chip.to_owned()),
        active_low: led.active_low,
    })
}

/// Returns the LEDs with their lines. Each LED needs a line of its own.
fn wired_leds(leds: &[LedSettings]) -> Result<Vec<WiredLed>, InvalidConfig> {
    let mut wired: Vec<WiredLed> = Vec::with_capacity(leds.len());
    for (number, led) in (1..).zip(leds) {
        let (chip, active_low) = (led.chip.clone(), led.active_low);
        let Some(line) = led.line.clone() else {
            return Err(InvalidConfig::NoLine { number, rule: led.rule.to_string() });
        };
        let is_same = |other: &WiredLed| other.chip == chip && other.line == line;
        if let Some(first) = wired.iter().position(is_same) {
            return Err(InvalidConfig::SameLine { first: first + 1, second: number, line, chip });
        }
        wired.push(WiredLed { chip, line, active_low });
    }
    Ok(wired)
}
