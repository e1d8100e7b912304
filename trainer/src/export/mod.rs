//! From a trained network to a model file: fold BatchNorm, quantize the weights,
//! write ONNX. Nothing here needs libtorch.

pub mod fold;
pub mod onnx;
pub mod parity;
pub mod quantize;

use common::model::file::Metadata;

use crate::arch::Layer;
use crate::weights::Weights;

/// How the weights are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    F32,
    /// int8 per output channel, symmetric: a quarter of the size, f32 arithmetic.
    Int8,
}

impl Storage {
    /// The name in model files.
    pub fn name(self) -> &'static str {
        match self {
            Storage::F32 => "f32",
            Storage::Int8 => "int8",
        }
    }
}

/// A network that can't be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("there is no tensor {0:?}; the weights are of another architecture")]
    Missing(String),
    #[error(
        "tensor {name:?} is {found:?} instead of {wanted:?}; the weights are of another network"
    )]
    Shape { name: String, found: Vec<usize>, wanted: Vec<usize> },
    #[error("tensor {0:?} holds a value that is not a number; take an earlier checkpoint")]
    NotFinite(String),
}

/// Writes networks as the bytes of a model file, in the order of the metadata's ends.
///
/// # Errors
/// Weights do not belong to their layers, or are no numbers.
pub fn to_onnx(
    networks: &[(Vec<Layer>, &Weights)],
    storage: Storage,
    info: &impl Metadata,
) -> Result<Vec<u8>, ExportError> {
    let folded = networks.iter().map(|(layers, weights)| fold::fold(layers, weights));
    Ok(onnx::write(&folded.collect::<Result<Vec<_>, _>>()?, storage, info))
}
