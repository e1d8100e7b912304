//! Finding cards in a frame with two networks: what goes into them, and what comes out.
//!
//! - [`mod@detector_input`]: a frame of any shape as the first network's input
//! - [`detector_grid`]: its output as quadrilaterals
//! - [`mod@refiner`]: each of them as the second network's input, and its output as exact
//!   corners

pub mod detector_grid;
pub mod detector_input;
pub mod refiner;
