//! Finding cards in a frame with a network: what goes into it, what comes out, and how
//! the corners become exact.
//!
//! - [`mod@letterbox`]: a frame of any shape as the network's square input
//! - [`grid`]: the network's output as quadrilaterals
//! - [`refine`]: corners moved onto the edges that the full frame shows

pub mod grid;
pub mod letterbox;
pub mod refine;
