//! What the device tells: events, lines about pictures, annotated pictures.

pub mod annotate;
pub mod announce;
pub mod draw;
pub mod events;
pub mod line;
pub mod spread;
