//! A network's numbers outside libtorch, by tensor name.

use std::collections::BTreeMap;

/// The tensors of a network by the names that `arch` gives them.
pub type Weights = BTreeMap<String, Array>;

/// A dense array in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}
