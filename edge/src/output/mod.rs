//! What the device shows and writes: LEDs, a screen, events and annotated images.
//!
//! - [`leds`]: LEDs on GPIO lines or on a terminal
//! - [`screen`]: a screen on a connector of a graphics card, or a framebuffer
//! - [`announce`]: each change reported once, to the log, as an event and as an image
//! - [`events`]: the JSON lines of `cardsight run`
//! - [`mod@feed`]: events, status and previews for other programs
//! - [`image_line`]: the lines of `cardsight classify`
//! - [`annotate`]: images with the recognised cards drawn on them
//! - [`snapshots`]: the folder of annotated images
//! - [`draw`]: outlines and text on images
//! - [`mod@resize`]: images in another size

pub(crate) mod annotate;
pub mod announce;
pub(crate) mod draw;
pub(crate) mod events;
pub mod feed;
pub(crate) mod image_line;
mod label_font;
pub mod leds;
pub(crate) mod resize;
pub mod screen;
pub mod snapshots;

use common::{Point, Quad};

use crate::util::round::to_tenths;

/// Rounds corners to tenths of a pixel: the edge of a card is not known more exactly.
fn round_corners(outline: Quad) -> Quad {
    outline.map(|corner| Point::new(to_tenths(corner.x), to_tenths(corner.y)))
}
