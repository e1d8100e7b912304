//! A trained network in one safetensors file: its weights, and in the file's
//! metadata what they mean.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use common::ClassMap;
use common::Score;

use crate::arch::Arch;
use crate::tensor_file::{self, TensorFileError};
use crate::weights::Weights;

/// A trained network and what is needed to use it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub arch: Arch,
    /// The network's input, in pixels.
    pub side: u32,
    pub classes: ClassMap,
    /// Seed of the run and of its split.
    pub seed: u64,
    /// Share of the images that was put aside for validation.
    pub valid_share: f64,
    /// Whether near-duplicates stayed on one side of the split.
    pub group_duplicates: bool,
    /// SHA-256 of the data set, as `Dataset::fingerprint` gives it.
    pub data_fingerprint: String,
    /// How many validation images it names rightly.
    pub valid: Score,
    pub weights: Weights,
}

/// A checkpoint that can't be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error(transparent)]
    File(#[from] TensorFileError),
    #[error("{path:?} is not a checkpoint of this trainer: its metadata lacks a usable {key:?}")]
    Metadata { path: PathBuf, key: &'static str },
}

impl Checkpoint {
    /// Writes the file in one step: whatever goes wrong, an older one stays whole.
    ///
    /// # Errors
    /// The folder can't be written or the disk is full.
    pub fn write(&self, path: &Path) -> Result<(), TensorFileError> {
        tensor_file::write(path, &self.weights, self.metadata())
    }

    /// Reads a file that [`Checkpoint::write`] wrote.
    ///
    /// # Errors
    /// The file can't be read, is cut, or is not a checkpoint of this trainer.
    pub fn read(path: &Path) -> Result<Self, CheckpointError> {
        let (weights, metadata) = tensor_file::read(path)?;
        Self::from_metadata(&metadata, weights)
            .map_err(|key| CheckpointError::Metadata { path: path.to_owned(), key })
    }

    fn metadata(&self) -> HashMap<String, String> {
        let classes: Vec<&str> = self.classes.names().iter().map(String::as_str).collect();
        [
            ("arch", self.arch.name().to_owned()),
            ("side", self.side.to_string()),
            ("classes", serde_json::Value::from(classes).to_string()),
            ("seed", self.seed.to_string()),
            ("valid_share", self.valid_share.to_string()),
            ("group_duplicates", self.group_duplicates.to_string()),
            ("data_fingerprint", self.data_fingerprint.clone()),
            ("valid_right", self.valid.right.to_string()),
            ("valid_total", self.valid.total.to_string()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
    }

    /// The error is the key that is missing or can't be used.
    fn from_metadata(
        metadata: &HashMap<String, String>,
        weights: Weights,
    ) -> Result<Self, &'static str> {
        let text = |key: &'static str| metadata.get(key).ok_or(key);
        fn number<T: std::str::FromStr>(text: &str, key: &'static str) -> Result<T, &'static str> {
            text.parse().map_err(|_| key)
        }
        let classes: Vec<String> = serde_json::from_str(text("classes")?).map_err(|_| "classes")?;
        Ok(Self {
            arch: Arch::from_str(text("arch")?, false).map_err(|_| "arch")?,
            side: number(text("side")?, "side")?,
            classes: ClassMap::new(classes),
            seed: number(text("seed")?, "seed")?,
            valid_share: number(text("valid_share")?, "valid_share")?,
            group_duplicates: number(text("group_duplicates")?, "group_duplicates")?,
            data_fingerprint: text("data_fingerprint")?.clone(),
            valid: Score {
                right: number(text("valid_right")?, "valid_right")?,
                total: number(text("valid_total")?, "valid_total")?,
            },
            weights,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::Array;

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            arch: Arch::Compact,
            side: 96,
            classes: ClassMap::new(["joker".to_owned(), "ace of clubs".to_owned()]),
            seed: 7,
            valid_share: 0.2,
            group_duplicates: true,
            data_fingerprint: "00ff".into(),
            valid: Score { right: 3, total: 4 },
            weights: [(
                "a.weight".to_owned(),
                Array { shape: vec![1, 2], values: vec![1.5, -2.0] },
            )]
            .into(),
        }
    }

    #[test]
    fn a_written_checkpoint_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("best.safetensors");
        checkpoint().write(&path).unwrap();
        assert_eq!(Checkpoint::read(&path).unwrap(), checkpoint());
    }

    #[test]
    fn foreign_tensors_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("foreign.safetensors");
        let texts = HashMap::from([("arch".to_owned(), "of another program".to_owned())]);
        tensor_file::write(&path, &Weights::new(), texts).unwrap();
        let error = Checkpoint::read(&path).unwrap_err();
        assert!(matches!(error, CheckpointError::Metadata { .. }), "{error}");
    }
}
