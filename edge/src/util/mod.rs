//! Helpers without knowledge of cards or devices.

pub mod spread;
