//! The weights of a model file, in the trainer's own form.

use std::path::Path;

use common::model::file::{Metadata, read_bytes};
use common::model::{ModelError, StoredTensor, stored_weights};

use crate::weights::{Array, Weights};

/// The metadata of a model file, and its weights by the names that `arch` gives them, with each
/// BatchNorm folded into the convolution before it.
///
/// # Errors
/// The file can't be read or is not a model file of this kind.
pub fn weights_of_file<I: Metadata>(path: &Path) -> Result<(I, Weights), ModelError> {
    let (info, tensors) = stored_weights(&read_bytes(path)?, &path.display().to_string())?;
    let array = |StoredTensor { shape, values }| Array { shape, values };
    Ok((info, tensors.into_iter().map(|(name, tensor)| (name, array(tensor))).collect()))
}
