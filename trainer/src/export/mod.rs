//! From a trained network to a model file: the BatchNorms are folded into the convolutions,
//! the weights are quantised, and the result is written as ONNX. Nothing here needs libtorch.
//!
//! From the lowest layer up:
//!
//! - `fold`: the layers as the device runs them
//! - `quantize`: int8 weights
//! - `onnx`: the bytes of an ONNX file
//! - [`to_onnx`]: all of that in one call
//! - `calibrate`: the temperature and the accept threshold
//! - [`self_test`]: an image and the answer to it, which a model file stores
//! - [`blend`]: the mean of a trained network and of the one that it started from
//! - [`stored`]: the weights of a model file, to train them further
//! - [`model_files`]: writes the two model files of a checkpoint

pub mod blend;
pub(crate) mod calibrate;
pub(crate) mod fold;
pub mod model_files;
pub(crate) mod onnx;
pub(crate) mod quantize;
pub mod self_test;
pub mod stored;

use common::model::file::Metadata;

use crate::arch::Layer;
use crate::weights::Weights;
use fold::FoldError;
pub use onnx::Storage;

/// Writes networks as the bytes of one model file. The networks are in the order in which the
/// metadata lists their inputs and outputs.
///
/// # Errors
/// The weights do not belong to the layers, or hold values that are not finite.
pub fn to_onnx(
    networks: &[(Vec<Layer>, &Weights)],
    storage: Storage,
    info: &impl Metadata,
) -> Result<Vec<u8>, FoldError> {
    let networks = networks.iter().map(|(layers, weights)| fold::fold(layers, weights));
    Ok(onnx::write(&networks.collect::<Result<Vec<_>, _>>()?, storage, info))
}
