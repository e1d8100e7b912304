//! The weights of a model file, for whoever trains the network further.

use std::collections::BTreeMap;

use super::dequantize::dequantize_weights;
use super::file::{Metadata, ModelFile, floats};
use crate::model::{ModelError, ModelErrorKind};

/// A tensor of a model file.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTensor {
    pub shape: Vec<usize>,
    /// In row-major order. Weights that are stored as int8 are multiplied by their scales.
    pub values: Vec<f32>,
}

/// The metadata of a model file, and its tensors by name. Error messages name the file by `path`.
///
/// # Errors
/// See [`ModelErrorKind`].
pub fn stored_weights<I: Metadata>(
    bytes: &[u8],
    path: &str,
) -> Result<(I, BTreeMap<String, StoredTensor>), ModelError> {
    read(bytes).map_err(|kind| kind.of_file(path))
}

fn read<I: Metadata>(bytes: &[u8]) -> Result<(I, BTreeMap<String, StoredTensor>), ModelErrorKind> {
    let ModelFile { info, proto } = ModelFile::<I>::decode(bytes)?;
    let mut graph = proto.graph.unwrap_or_default();
    dequantize_weights(&mut graph)?;
    let tensors = graph.initializer.iter().map(|tensor| {
        let shape = tensor.dims.iter().map(|&length| length as usize).collect();
        (tensor.name.clone(), StoredTensor { shape, values: floats(tensor).collect() })
    });
    Ok((info, tensors.collect()))
}
