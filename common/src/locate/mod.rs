//! Locating cards in a frame with two networks: what goes into them, and what their output means.
//!
//! - [`detector_input`]: a frame of any shape as the detector's input
//! - [`detector_grid`]: the detector's output as outlines
//! - [`refiner`]: each outline as the refiner's input, and the refiner's output as exact corners

pub mod detector_grid;
pub mod detector_input;
pub mod refiner;
