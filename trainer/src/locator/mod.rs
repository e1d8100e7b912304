//! Training the two networks that find cards in a frame, on scenes composed for it.
//!
//! - [`layers`]: the networks
//! - [`photos`]: labelled photographs, as backgrounds with known cards
//! - [`stock`]: what scenes are made of: cards, backgrounds, other things
//! - `distractors`: what lies on tables and is no card's face
//! - [`scene`]: one composed image and the truth about it
//! - `canvas`: putting things over one another, and who is seen where
//! - [`task`]: what a network is trained on
//! - [`detector`]: the network that sees the frame; [`target`]: the truth as it should answer
//!   it; [`loss`]: how far an answer is from that
//! - [`refiner`]: the network that sees one card
//! - [`fit`]: training steps
//! - [`measure`]: how many cards of fresh scenes are found, and how exactly

mod canvas;
pub mod detector;
mod distractors;
pub mod fit;
pub mod layers;
pub mod loss;
pub mod measure;
pub mod photos;
pub mod refiner;
pub mod scene;
pub mod stock;
pub mod target;
pub mod task;

/// Edge of a square of as many pixels as the first network's input.
pub const SIDE: u32 = 160;
