//! What the trainer and the device must agree on: the cards, the class map, how a
//! picture becomes the network's input, the model file, and a drawn deck to try it
//! all on.

pub mod card;
pub mod class_map;
pub mod corners;
pub mod deck;
pub mod error;
pub mod font;
pub mod locate;
pub mod model;
pub mod picture;
pub mod prepare;
pub mod rectify;
pub mod scene;
pub mod score;

pub use card::{Card, Rank, Suit};
pub use class_map::ClassMap;
pub use corners::Corners;
pub use score::Score;
