//! A network's numbers outside libtorch, by tensor name.

use std::collections::BTreeMap;

use tch::nn::VarStore;
use tch::{Device, Tensor};

/// The tensors of a network by the names that `arch` gives them.
pub type Weights = BTreeMap<String, Array>;

/// A dense array in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// Copies all tensors out of a variable store.
pub fn from_store(store: &VarStore) -> Weights {
    let copy = |tensor: Tensor| Array {
        shape: tensor.size().iter().map(|&n| n as usize).collect(),
        values: Vec::try_from(tensor.to_device(Device::Cpu).contiguous().flatten(0, -1))
            .expect("network tensors are f32"),
    };
    store.variables().into_iter().map(|(name, tensor)| (name, copy(tensor))).collect()
}

/// Copies weights into a variable store that was built for the same network.
///
/// # Errors
/// A tensor of the store is missing in `weights` or has another shape there.
pub fn into_store(weights: &Weights, store: &VarStore) -> Result<(), WeightsError> {
    for (name, mut tensor) in store.variables() {
        let wanted = tensor.size();
        let array =
            weights.get(&name).ok_or_else(|| WeightsError::Missing { name: name.clone() })?;
        let shape: Vec<i64> = array.shape.iter().map(|&n| n as i64).collect();
        if shape != wanted {
            return Err(WeightsError::Shape { name, shape, wanted });
        }
        let values = Tensor::from_slice(&array.values).view(shape.as_slice());
        tch::no_grad(|| tensor.copy_(&values));
    }
    Ok(())
}

/// Weights that belong to another network.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    #[error("there is no tensor {name:?}; the weights are of another architecture")]
    Missing { name: String },
    #[error(
        "tensor {name:?} is {shape:?} instead of {wanted:?}; the weights are of another network"
    )]
    Shape { name: String, shape: Vec<i64>, wanted: Vec<i64> },
}
