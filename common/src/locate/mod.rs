//! Finding cards in a frame with two networks: what goes into them, and what comes out.
//!
//! - [`mod@shrink`]: a frame of any shape as the first network's input
//! - [`grid`]: its output as quadrilaterals
//! - [`mod@closeup`]: each of them as the second network's input, and its output as exact
//!   corners

pub mod closeup;
pub mod grid;
pub mod shrink;
