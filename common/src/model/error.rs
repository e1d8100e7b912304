//! What can be wrong with a model file.

/// A model file that can't be used. Every text names the file, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("can't read the model {path:?}: {source}")]
    Read { path: String, source: std::io::Error },
    #[error("the model {path:?} has {bytes} bytes, more than the {limit} that are read")]
    TooLarge { path: String, bytes: u64, limit: u64 },
    #[error("{path:?} is not a whole ONNX file: {reason}; export or copy it again")]
    NotOnnx { path: String, reason: String },
    #[error("the model {path:?} has no metadata {key:?}; export it with this project's trainer")]
    MissingKey { path: String, key: &'static str },
    #[error("the model {path:?} has {key} = {value:?}, but {wanted}; export it again")]
    BadValue { path: String, key: &'static str, value: String, wanted: String },
    #[error(
        "the model {path:?} is of format version {found}, this program reads {}; use a trainer \
         and a device program of the same release",
        super::FORMAT_VERSION
    )]
    Version { path: String, found: u32 },
    #[error(
        "the model {path:?} contradicts its metadata: {what} is {found}, but the metadata says \
         {wanted}; export it again"
    )]
    Contradiction { path: String, what: &'static str, found: String, wanted: String },
    #[error("tensor {tensor:?} of the model {path:?} is damaged: {reason}; copy the file again")]
    Tensor { path: String, tensor: String, reason: String },
    #[error(
        "the model {path:?} fails its self-test: it was exported to say {wanted} of an image, \
         and says {found} here; copy the file again"
    )]
    SelfTest { path: String, wanted: String, found: String },
    #[error("tract can't run the model {path:?}: {reason}")]
    Run { path: String, reason: String },
    #[error(
        "the model {path:?} wants {wanted} bytes of pixels ({}×{} RGB) but got {found}",
        size[0],
        size[1]
    )]
    Input { path: String, size: [u32; 2], wanted: usize, found: usize },
}
