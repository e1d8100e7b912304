//! Training scenes: composed images of cards, and what is known about each card in them.
//!
//! From the lowest layer up:
//!
//! - `ranges`: every random quantity of a scene, with its range
//! - `truth`: a scene and its cards
//! - `layout`: where the cards lie
//! - `window`: the part of an image that becomes a background
//! - `camera`: what light and a camera do to an image
//! - `draft`: a scene under construction
//! - `compose`: puts a scene together

mod camera;
mod compose;
mod draft;
mod layout;
pub(crate) mod ranges;
mod truth;
mod window;

pub use compose::{compose, frame_size};
pub use truth::{SceneCard, TrainingScene};
