//! The settings: a validated configuration with final values. Later code does not check or
//! merge any of them again.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use crate::decide::Policy;
use crate::output::leds::gpio::{LineId, WiredLed};
use crate::output::leds::rules::Rule;
use crate::output::screen::settings::ScreenSettings;
use crate::recognize::ModelFiles;
use crate::service::identity::DeviceIdentity;
use crate::source::camera::controls::settings::ControlSettings;
use crate::source::camera::driver::CaptureRequest;
use crate::source::camera::v4l::CameraId;
use crate::source::child::command::ChildSource;

/// A valid configuration.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) source: SourceSettings,
    pub(crate) models: ModelFiles,
    pub(crate) snapshots: Option<SnapshotSettings>,
    /// The screen to draw on.
    pub(crate) screen: Option<ScreenSettings>,
    /// What a camera is asked for.
    pub(crate) camera: CaptureRequest,
    pub(crate) device: DeviceIdentity,
    /// The socket of the feed, if there is one.
    pub(crate) feed: Option<PathBuf>,
    /// The controls that are set whenever the camera is opened.
    pub(crate) controls: ControlSettings,
    /// The number of threads that read the cards of a frame.
    pub(crate) threads: NonZeroUsize,
    pub(crate) decide: DecideSettings,
    /// What is kept of the last frames.
    pub(crate) record: Option<RecordSettings>,
    /// The LEDs, whether they are driven or not.
    pub(crate) leds: Vec<LedSettings>,
    pub(crate) led_output: LedOutputSettings,
}

/// Where frames come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SourceSettings {
    /// Drawn cards.
    Demo(DemoSettings),
    /// An image, or a folder of images.
    Files(PathBuf),
    /// A camera.
    Camera(CameraId),
    /// A ribbon-cable camera, a network stream or a video file, which another program reads.
    Child(ChildSource),
}

/// The source of drawn cards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct DemoSettings {
    /// Greater than 0.
    pub(crate) frames_per_second: f64,
    pub(crate) seed: u64,
}

/// Where annotated images are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SnapshotSettings {
    pub(crate) folder: PathBuf,
    /// Number of images that are kept; at least 1.
    pub(crate) keep: usize,
}

/// What is kept of the last frames, and where recordings are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordSettings {
    pub(crate) folder: PathBuf,
    pub(crate) longest: Duration,
    pub(crate) most_bytes: usize,
    /// The configuration, for the recording.
    pub(crate) configuration: serde_json::Value,
}

/// When a card is seen. The model supplies the thresholds that the configuration leaves out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct DecideSettings {
    pub(super) enter: Option<f32>,
    pub(super) leave: Option<f32>,
    pub(super) agreeing_frames: u32,
    pub(super) expire: Duration,
    pub(super) read_again: Option<Duration>,
}

/// An LED.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LedSettings {
    pub(crate) rule: Rule,
    pub(crate) line: Option<LineId>,
    /// The GPIO chip of the line.
    pub(crate) chip: String,
    /// Whether the LED is lit when the line is low.
    pub(crate) active_low: bool,
}

/// Which LEDs are driven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LedOutputSettings {
    /// LEDs drawn on the terminal.
    Panel,
    /// LEDs on GPIO lines, in the order of [`Settings::leds`]. No two share a line.
    Gpio(Vec<WiredLed>),
    /// No LEDs.
    Off,
}

impl DecideSettings {
    /// Returns the final thresholds for a model with this accept threshold, 0 to 1.
    pub(crate) fn policy(&self, accept_threshold: f32) -> Policy {
        let enter = self.enter.unwrap_or(accept_threshold);
        Policy {
            enter,
            leave: self.leave.unwrap_or_else(|| Policy::default_leave(enter)),
            agreeing_frames: self.agreeing_frames,
            expire: self.expire,
        }
    }
}

impl DecideSettings {
    /// Returns how many frames in a row must agree.
    pub(crate) fn agreeing_frames(&self) -> u32 {
        self.agreeing_frames
    }

    /// Returns the time after which a card that looks the same is read again. It is a little less
    /// than the time of expiry, so that a swap which the comparison has missed is reported when the
    /// old card would expire.
    pub(crate) fn longest_reuse(&self) -> Duration {
        self.read_again.unwrap_or(self.expire * 9 / 10)
    }
}
