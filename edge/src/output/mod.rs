//! What the device shows and writes: LEDs, a screen, events and annotated images.
//!
//! - [`leds`]: LEDs on GPIO lines or on a terminal
//! - [`screen`]: a framebuffer
//! - [`announce`]: each change reported once, to the log, as an event and as an image
//! - [`events`]: the JSON lines of `cardsight run`
//! - [`image_line`]: the lines of `cardsight classify`
//! - [`mod@annotate`]: images with what was recognised drawn on them, and their folder
//! - [`draw`]: outlines and text on images

pub mod annotate;
pub mod announce;
pub mod draw;
pub mod events;
pub mod image_line;
mod label_font;
pub mod leds;
pub mod screen;
