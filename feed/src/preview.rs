//! Previews: what the camera sees, and what of it was recognised.

use serde::{Deserialize, Serialize};

use crate::status::Led;

/// A frame. The JPEG image follows the message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// RFC 3339, UTC.
    pub time: String,
    /// The size of the JPEG image in pixels.
    pub width: u32,
    pub height: u32,
    /// The size of the camera's frame in pixels.
    pub frame_width: u32,
    pub frame_height: u32,
    /// `searching`, `unsure`, `seen` or `fault`.
    pub state: String,
    /// The card that the LEDs show.
    pub card: Option<String>,
    /// The confidence of that card, 0 to 1.
    pub confidence: Option<f32>,
    pub outlines: Vec<PreviewOutline>,
    /// The LEDs as the device shows them.
    pub leds: Vec<Led>,
    pub fps: f64,
    /// How sharp the middle of the frame is: 0 for a uniform image, larger is sharper. Figures of the
    /// same scene can be compared, those of different scenes can't.
    pub focus: f32,
    pub exposure: Exposure,
    /// The number of bytes of the JPEG image.
    pub jpeg_bytes: usize,
}

/// A place that was read in the frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreviewOutline {
    /// Clockwise, in pixels of the camera's frame.
    pub corners: [[f32; 2]; 4],
    /// Its card; nothing where there may be a card that can't be named.
    pub card: Option<String>,
    /// 0 to 1; nothing in full-frame mode, in which [`Preview::confidence`] has it.
    pub confidence: Option<f32>,
}

/// How bright the frame is. All figures are from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exposure {
    /// The mean brightness.
    pub mean: f32,
    /// The share of pixels that are nearly black.
    pub dark: f32,
    /// The share of pixels that are nearly white.
    pub bright: f32,
}
