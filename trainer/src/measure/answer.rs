//! The answer of a network to one image.

use serde::Serialize;

/// The answer to one image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ImageAnswer {
    /// The index of the image.
    pub image: usize,
    /// The class that the image shows.
    pub class: usize,
    /// The class that the network answers.
    pub named: usize,
    /// The calibrated probability of the answer, 0..1.
    pub confidence: f32,
}
