//! Training the network that finds cards in a frame, on scenes composed for it.
//!
//! - [`layers`]: the network
//! - [`photos`]: labelled photographs, as backgrounds with known cards
//! - [`stock`]: what scenes are made of: cards, backgrounds, other things
//! - `things`: what lies on tables and is no card's face
//! - [`scene`]: one composed picture and the truth about it
//! - `canvas`: putting things over one another, and who is seen where
//! - [`target`]: that truth as the network should answer it
//! - [`loss`]: how far an answer is from it
//! - [`fit`]: training steps
//! - [`measure`]: how many cards of fresh scenes are found, and how exactly

mod canvas;
pub mod fit;
pub mod layers;
pub mod loss;
pub mod measure;
pub mod photos;
pub mod scene;
pub mod stock;
pub mod target;
mod things;

/// The network's input in training, in pixels.
pub const SIDE: u32 = 192;

/// The input of the exported network: convolutions take any size, and cards in training have
/// so many that they are found at a smaller one too.
pub const EXPORTED_SIDE: u32 = 160;
