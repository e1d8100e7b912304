//! The configuration file: every key with its type and its default, in one place.
//!
//! `deploy/cardsight.toml` shows the same keys to users; a test compares both. Options of the
//! command line are merged into [`ConfigFile`] before it is validated.

use std::path::PathBuf;

use common::model::Engine;
use serde::{Deserialize, Serialize};

use crate::decide::Mode;
use crate::output::leds::gpio::LineId;
use crate::output::leds::rules::Rule;
use crate::source::camera::controls::settings::ControlSettings;
use crate::source::child::command::Pace;

/// Defines a section of the file: a struct whose fields are the keys, and its defaults.
macro_rules! section {
    (
        $(#[$meta:meta])*
        struct $name:ident {
            $($(#[$key_meta:meta])* $key:ident: $type:ty = $default:expr,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
        #[serde(default, deny_unknown_fields)]
        pub(crate) struct $name {
            $($(#[$key_meta])* pub(crate) $key: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default,)* }
            }
        }
    };
}

section! {
    /// The top level of the file.
    struct ConfigFile {
        /// "demo", a camera, an address, or a path; see [`source`](crate::config::source).
        source: String = "demo".into(),
        /// How fast a video file is played.
        pace: Pace = Pace::Clip,
        mode: Mode = Mode::Auto,
        leds: LedTarget = LedTarget::Panel,
        /// Path of a classifier; without one the classifier that is compiled in is used.
        model: Option<PathBuf> = None,
        /// Path of a locator; without one the locator that is compiled in is used.
        locator: Option<PathBuf> = None,
        /// Which operators compute the networks.
        engine: Engine = Engine::Fast,
        /// Folder for annotated images.
        annotate: Option<PathBuf> = None,
        /// Number of annotated images that are kept.
        annotate_keep: usize = 100,
        /// "auto", a graphics card such as /dev/dri/card1, a framebuffer such as /dev/fb0, or a
        /// connector such as "HDMI-A-1"; without a value nothing is drawn.
        screen: Option<String> = None,
        /// By how many degrees images are turned clockwise: 0, 90, 180 or 270.
        screen_rotation: u32 = 0,
        /// Number of threads that read the cards of a frame; without a value, one fewer than
        /// there are cores.
        threads: Option<u32> = None,
        camera: CameraSection = CameraSection::default(),
        decide: DecideSection = DecideSection::default(),
        demo: DemoSection = DemoSection::default(),
        device: DeviceSection = DeviceSection::default(),
        feed: FeedSection = FeedSection::default(),
        gpio: GpioSection = GpioSection::default(),
        record: RecordSection = RecordSection::default(),
        led: Vec<LedSection> = Rule::defaults().iter().map(LedSection::without_line).collect(),
    }
}

section! {
    /// What a camera is asked for. It delivers the nearest format that it has.
    struct CameraSection {
        /// In pixels.
        width: u32 = 640,
        /// In pixels.
        height: u32 = 480,
        frames_per_second: u32 = 30,
        /// A camera that delivers no frame for this time after it was opened is opened again.
        first_frame_timeout_millis: u64 = 10_000,
        /// The same for later frames. A slow camera may take three of its intervals.
        timeout_millis: u64 = 1000,
        /// Exposure, gain and the like; without a control here, the camera keeps its value.
        controls: ControlSettings = ControlSettings::new(),
    }
}

section! {
    /// When a card is seen; see [`Policy`](crate::decide::Policy).
    struct DecideSection {
        /// Without a value, the accept threshold of the model is used.
        enter: Option<f32> = None,
        /// Without a value, [`Policy::default_leave`](crate::decide::Policy::default_leave)
        /// is used.
        leave: Option<f32> = None,
        agreeing_frames: u32 = 3,
        expire_millis: u64 = 1000,
        /// A card that looks the same is read again after this time; 0 reads every card in
        /// every frame. Without a value, 0.9 times `expire_millis` is used.
        read_again_millis: Option<u64> = None,
    }
}

section! {
    /// The source of drawn cards.
    struct DemoSection {
        frames_per_second: f64 = 10.0,
        seed: u64 = 0,
    }
}

section! {
    /// Which device this is among others; see
    /// [`DeviceIdentity`](crate::service::identity::DeviceIdentity).
    struct DeviceSection {
        /// Letters, digits, `-` and `_`.
        id: Option<String> = None,
        name: Option<String> = None,
    }
}

section! {
    /// The feed for other programs of the device.
    struct FeedSection {
        /// The path of its socket; without one there is no feed.
        socket: Option<PathBuf> = None,
    }
}

section! {
    /// The last frames of a camera, which are kept for a report of what was misread.
    struct RecordSection {
        /// Folder for recordings. Without one nothing is kept.
        folder: Option<PathBuf> = None,
        /// How much time is kept.
        seconds: u32 = 10,
        /// The most memory for it.
        megabytes: u32 = 48,
    }
}

section! {
    /// The GPIO chip of all LEDs that do not name one.
    struct GpioSection {
        /// A path, a name or a label.
        chip: String = "gpiochip0".into(),
    }
}

/// An LED. There may be any number of these sections.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LedSection {
    /// The rule that decides whether the LED is lit.
    pub(crate) on: String,
    /// The GPIO line; the terminal needs none.
    pub(crate) line: Option<LedLine>,
    /// Overrides `chip` of [`GpioSection`].
    pub(crate) chip: Option<String>,
    /// Whether the LED is lit when the line is low.
    #[serde(default)]
    pub(crate) active_low: bool,
}

impl LedSection {
    fn without_line(rule: &Rule) -> Self {
        Self { on: rule.to_string(), line: None, chip: None, active_low: false }
    }
}

/// A GPIO line: a number, which may be in quotes, or a name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum LedLine {
    Offset(u32),
    Name(String),
}

impl From<LedLine> for LineId {
    fn from(line: LedLine) -> Self {
        match line {
            LedLine::Offset(offset) => LineId::Offset(offset),
            // Nobody calls a line by a number that is not its own.
            LedLine::Name(name) => match name.trim().parse() {
                Ok(offset) => LineId::Offset(offset),
                Err(_) => LineId::Name(name),
            },
        }
    }
}

/// Which LEDs are driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LedTarget {
    /// LEDs drawn on the terminal
    Panel,
    /// LEDs on GPIO lines
    Gpio,
    /// No LEDs
    Off,
}
