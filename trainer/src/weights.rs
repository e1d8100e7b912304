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
    store.variables().into_iter().map(|(name, tensor)| (name, from_tensor(&tensor))).collect()
}

/// The same arrays, their names with a prefix.
pub fn prefixed(prefix: &str, weights: Weights) -> Weights {
    weights.into_iter().map(|(name, array)| (prefix.to_owned() + &name, array)).collect()
}

/// The arrays whose names begin with a prefix, without it.
pub fn below(prefix: &str, weights: &Weights) -> Weights {
    let strip =
        |(name, array): (&String, &Array)| Some((name.strip_prefix(prefix)?.into(), array.clone()));
    weights.iter().filter_map(strip).collect()
}

/// Copies an f32 tensor.
pub fn from_tensor(tensor: &Tensor) -> Array {
    Array {
        shape: tensor.size().iter().map(|&n| n as usize).collect(),
        values: Vec::try_from(tensor.to_device(Device::Cpu).contiguous().flatten(0, -1))
            .expect("network tensors are f32"),
    }
}

/// Copies weights into a variable store that was built for the same network.
///
/// # Errors
/// A tensor of the store is missing in `weights` or has another shape there.
pub fn into_store(weights: &Weights, store: &VarStore) -> Result<(), WeightsError> {
    for (name, mut tensor) in store.variables() {
        into_tensor(weights, &name, &mut tensor)?;
    }
    Ok(())
}

/// Copies the array of that name into a tensor.
///
/// # Errors
/// It is missing or has another shape.
pub fn into_tensor(weights: &Weights, name: &str, tensor: &mut Tensor) -> Result<(), WeightsError> {
    let array = weights.get(name).ok_or_else(|| WeightsError::Missing { name: name.into() })?;
    let shape: Vec<i64> = array.shape.iter().map(|&n| n as i64).collect();
    let wanted = tensor.size();
    if shape != wanted {
        return Err(WeightsError::Shape { name: name.into(), shape, wanted });
    }
    let values = Tensor::from_slice(&array.values).view(shape.as_slice());
    tch::no_grad(|| tensor.copy_(&values));
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
