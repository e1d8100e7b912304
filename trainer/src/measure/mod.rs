//! Measures how well a network classifies images whose classes are known.
//!
//! - [`Evaluation`]: all figures, computed from logits and classes alone
//! - `tables`: scores by class, rank and suit, and the confusion matrix
//! - `reliability`: whether confidences match accuracies
//! - `parity`: compares the answers of two networks
//! - `similarity`: scores of the images that are similar to one of another data set, and of
//!   the others
//! - `model`: a model file or a checkpoint, ready to be measured
//! - `figures`: measures a model on a data set
//! - `text`, `json`: the figures for people and for programs

mod answer;
#[cfg(feature = "torch")]
mod checkpoint_model;
mod evaluation;
pub(crate) mod figures;
pub(crate) mod json;
pub(crate) mod model;
pub(crate) mod parity;
pub(crate) mod reliability;
pub(crate) mod similarity;
pub(crate) mod tables;
pub(crate) mod text;

pub use answer::ImageAnswer;
pub use evaluation::{Evaluation, ThresholdCounts};
