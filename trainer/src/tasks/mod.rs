//! What this project trains: the data and the losses of its three networks.
//!
//! - [`classifier`]: the network that names a card
//! - [`locator`]: the two networks that find cards in a frame

pub mod classifier;
pub mod locator;
