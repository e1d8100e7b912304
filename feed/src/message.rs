//! The messages of the device, and the requests of its readers.

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::preview::Preview;
use crate::status::{Counters, Led, Status};

/// The version of the feed. It changes when a reader of the version before would misunderstand a
/// message; new types of messages and new keys do not change it.
pub const VERSION: u32 = 1;

/// What the device sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Message {
    /// The first message, which is sent again when its content has changed.
    Hello(Hello),
    /// Each change, in order.
    Event(Event),
    /// Once a second.
    Status(Box<StatusMessage>),
    /// A frame, for readers that have asked for it.
    Preview(Box<Preview>),
    /// The last message to a reader that the device does not serve.
    Refused { reason: String },
    /// A type that this version of the crate does not know; to be ignored.
    #[serde(other)]
    Unknown,
}

/// Who sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`VERSION`] of the sender.
    pub version: u32,
    /// The identity of the device among others: letters, digits, `-` and `_`.
    pub device_id: String,
    /// The name of the device for people.
    pub device_name: String,
    /// The version of the program.
    pub program_version: String,
    /// SHA-256 of the classifier's file in hexadecimal digits.
    pub model_sha256: String,
}

/// The state of the device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusMessage {
    pub status: Status,
    /// The LEDs as the device shows them.
    pub leds: Vec<Led>,
    pub counters: Counters,
}

/// What a reader may ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Request {
    /// Previews, in place of those that were asked for before.
    Subscribe {
        /// The largest width of the images in pixels.
        width: u32,
        /// The most images in a second.
        frames_per_second: f32,
    },
    /// No previews.
    Unsubscribe,
}
