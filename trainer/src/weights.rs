//! The numbers of a network by tensor name, independent of the library that trained them.

use std::collections::BTreeMap;

/// The tensors of a network by the names that `arch` gives them.
pub type Weights = BTreeMap<String, Array>;

/// A dense array in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// The strength of the gradient of one tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientNorm {
    /// The tensor's name, such as "conv1.weight".
    pub name: String,
    /// Euclidean norm of the gradient.
    pub norm: f64,
    /// Root mean square of the gradient's elements.
    pub rms: f64,
}

/// The weights belong to another network.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    #[error("there is no tensor {name:?}; the weights belong to another architecture")]
    Missing { name: String },
    #[error(
        "tensor {name:?} has the shape {found:?} instead of {expected:?}; the weights belong to \
         another network"
    )]
    Shape { name: String, found: Vec<usize>, expected: Vec<usize> },
}
