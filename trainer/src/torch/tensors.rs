//! Weights and images as tensors.

use common::Size;
use common::prepare::{DEVIATION, MEAN};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

use crate::weights::{Array, Weights, WeightsError};

/// Copies all tensors out of a variable store.
pub fn from_store(store: &VarStore) -> Weights {
    store.variables().into_iter().map(|(name, tensor)| (name, from_tensor(&tensor))).collect()
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

/// Copies an f32 tensor.
pub(crate) fn from_tensor(tensor: &Tensor) -> Array {
    Array {
        shape: shape(tensor),
        values: Vec::try_from(tensor.to_device(Device::Cpu).contiguous().flatten(0, -1))
            .expect("the tensors of a network are f32"),
    }
}

/// Copies the array of a name into a tensor.
///
/// # Errors
/// The array is missing or has another shape.
pub(crate) fn into_tensor(
    weights: &Weights,
    name: &str,
    tensor: &mut Tensor,
) -> Result<(), WeightsError> {
    let Some(array) = weights.get(name) else {
        return Err(WeightsError::Missing { name: name.to_owned() });
    };
    let expected = shape(tensor);
    if array.shape != expected {
        let found = array.shape.clone();
        return Err(WeightsError::Shape { name: name.to_owned(), found, expected });
    }
    let values = Tensor::from_slice(&array.values).view(tensor.size().as_slice());
    tch::no_grad(|| tensor.copy_(&values));
    Ok(())
}

fn shape(tensor: &Tensor) -> Vec<usize> {
    tensor.size().iter().map(|&n| n as usize).collect()
}

/// RGB images of one size (`[N, height, width, 3]`, 0..255) as normalised pixels
/// `[N, 3, height, width]`, channels innermost in memory.
pub fn normalized_pixels(pixels: &[u8], size: Size, kind: Kind, device: Device) -> Tensor {
    let [mean, deviation] = [MEAN, DEVIATION]
        .map(|values| (Tensor::from_slice(&values) * 255.0).to_device(device).view([1, 3, 1, 1]));
    let [width, height] = [size.width, size.height].map(i64::from);
    let pixels = Tensor::from_slice(pixels)
        .to_device(device)
        .view([-1, height, width, 3])
        .permute([0, 3, 1, 2])
        .to_kind(Kind::Float);
    ((pixels - mean) / deviation).to_kind(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_normalised_channel_by_channel() {
        let x = normalized_pixels(&[255, 0, 255], Size::square(1), Kind::Float, Device::Cpu);
        assert_eq!(x.size(), [1, 3, 1, 1]);
        let x = Vec::<f32>::try_from(x.flatten(0, -1)).unwrap();
        let expected = [(1.0 - 0.485) / 0.229, -0.456 / 0.224, (1.0 - 0.406) / 0.225];
        for (x, expected) in x.iter().zip(expected) {
            assert!((x - expected).abs() < 1e-5, "{x} instead of {expected}");
        }
    }
}
