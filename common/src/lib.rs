//! What the trainer and the device must agree on: the cards, the class map, how an image
//! becomes the network's input, and the model file.

pub mod atomic;
pub mod card;
pub mod catch;
pub mod class_map;
pub mod error;
pub mod geometry;
pub mod image_file;
pub mod image_folder;
mod jpeg;
pub mod locate;
pub mod model;
pub mod output;
pub mod prepare;
pub mod rectify;
pub mod reduced_jpeg;
pub mod regular_file;
pub mod score;

pub use card::{Card, Rank, Suit};
pub use class_map::ClassMap;
pub use geometry::{Point, Quad, Rect, Size};
pub use score::Score;
