//! What the device tells: events, lines about pictures, annotated pictures.

pub mod annotate;
pub mod events;
pub mod line;
