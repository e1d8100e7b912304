//! What the trainer and the device must agree on: the cards, the class map, how a
//! picture becomes the network's input, the model file, and a drawn deck to try it
//! all on.

pub mod card;

pub use card::{Card, Rank, Suit};
