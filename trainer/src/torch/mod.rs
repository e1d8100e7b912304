//! Everything that only wraps libtorch (feature `torch`).
//!
//! - `device`: where to compute, and in which arithmetic
//! - `threads`: how many threads compute
//! - [`tensors`]: weights and images as tensors
//! - [`network`]: a network of `arch`
//! - `adam`: the optimiser
//! - [`training_state`]: a network under training with its optimiser and its average

pub(crate) mod adam;
pub(crate) mod device;
pub mod network;
pub mod tensors;
pub(crate) mod threads;
pub mod training_state;
pub mod unfold;
