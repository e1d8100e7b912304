//! What can be wrong with a model file.

use std::fmt;
use std::io;

use crate::geometry::Size;
use crate::model::format::{FORMAT_VERSION, OLDEST_READ_VERSION};

/// A model file that can't be used. The text names the file, the cause, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("model file {path:?}: {kind}")]
pub struct ModelError {
    /// The file's path, or a name for a model that is compiled in.
    pub path: String,
    pub kind: ModelErrorKind,
}

/// Why a model file can't be used.
#[derive(Debug)]
pub enum ModelErrorKind {
    /// The file can't be read.
    Read(io::Error),
    /// The file is larger than what is read.
    TooLarge { bytes: u64, limit_bytes: u64 },
    /// The bytes are not a complete ONNX file.
    NotOnnx { reason: String },
    /// The file has another purpose: a locator in the place of a classifier, or the reverse.
    Purpose { found: &'static str, expected: &'static str },
    /// A metadata key is missing.
    MissingKey { key: &'static str },
    /// The value of a metadata key can't be used.
    BadValue { key: &'static str, value: String, expected: String },
    /// The file has another format version than this program reads.
    Version { found: u32 },
    /// The graph contradicts the metadata.
    Contradiction { what: &'static str, found: String, expected: String },
    /// A stored tensor is damaged.
    Tensor { tensor: String, reason: String },
    /// The network's answer to the stored image differs from the stored answer.
    SelfTest { difference: String },
    /// tract can't run the graph.
    Run { reason: String },
    /// The caller passed an image of the wrong size.
    Input { size: Size, expected_bytes: usize, found_bytes: usize },
}

impl ModelErrorKind {
    /// This error, of the file at `path`.
    pub fn of_file(self, path: &str) -> ModelError {
        ModelError { path: path.to_owned(), kind: self }
    }
}

impl fmt::Display for ModelErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => write!(f, "it can't be read: {error}"),
            Self::TooLarge { bytes, limit_bytes } => {
                write!(f, "it has {bytes} bytes; at most {limit_bytes} bytes are read")
            }
            Self::NotOnnx { reason } => {
                write!(f, "it is not a complete ONNX file: {reason}; export or copy it again")
            }
            Self::Purpose { found, expected } => write!(
                f,
                "it is a {found}, and not a {expected}, by its metadata cardsight.purpose; name it with \
                 --{}, or `{0}` in the configuration",
                if *found == "locator" { "locator" } else { "model" },
            ),
            Self::MissingKey { key } => {
                write!(f, "it has no metadata {key:?}; export it with this project's trainer")
            }
            Self::BadValue { key, value, expected } => write!(
                f,
                "its metadata {key} is {:?}, but {expected}; export it again",
                shortened(value)
            ),
            Self::Version { found } => write!(
                f,
                "it has format version {found}, and this program reads versions \
                 {OLDEST_READ_VERSION} to {FORMAT_VERSION}; use a trainer and a device program of \
                 the same release"
            ),
            Self::Contradiction { what, found, expected } => {
                write!(f, "{what} is {found}, but its metadata says {expected}; export it again")
            }
            Self::Tensor { tensor, reason } => {
                write!(f, "tensor {tensor:?} is damaged: {reason}; copy the file again")
            }
            Self::SelfTest { difference } => write!(
                f,
                "it fails its self-test: {difference}; copy the file again, or export it again \
                 with the trainer of this release"
            ),
            Self::Run { reason } => write!(f, "tract can't run it: {reason}"),
            Self::Input { size, expected_bytes, found_bytes } => write!(
                f,
                "its input is {size} RGB pixels in {expected_bytes} bytes, but it was given \
                 {found_bytes} bytes"
            ),
        }
    }
}

/// A value as an error message shows it: an image in the metadata would fill the screen.
fn shortened(value: &str) -> String {
    const SHOWN_CHARS: usize = 80;
    match value.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
