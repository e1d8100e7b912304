//! A trained classifier in one safetensors file: its weights, and their meaning in the file's
//! metadata.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;
use common::ClassMap;
use common::Score;

use crate::arch::Arch;
use crate::tensor_file::{self, TensorFileError};
use crate::weights::Weights;

/// A trained classifier and everything that is needed to use it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub arch: Arch,
    /// Width and height of the network's input, in pixels.
    pub side: u32,
    pub classes: ClassMap,
    /// Seed of the run and of its split.
    pub seed: u64,
    /// Share of the images that was held out for validation.
    pub valid_share: f64,
    /// Whether near-duplicates stayed on one side of the split.
    pub group_duplicates: bool,
    /// SHA-256 of the data set, as `Dataset::fingerprint` gives it.
    pub data_fingerprint: String,
    /// Validation images that it names correctly.
    pub valid: Score,
    pub weights: Weights,
}

/// A checkpoint that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error(transparent)]
    File(#[from] TensorFileError),
    #[error("{path:?} is not a checkpoint of this trainer: its metadata has no usable {key:?}")]
    Metadata { path: PathBuf, key: &'static str },
}

impl Checkpoint {
    /// Writes the file in one step: if that fails, an earlier file stays complete.
    ///
    /// # Errors
    /// The folder can't be written or the disk is full.
    pub fn write(&self, path: &Path) -> Result<(), TensorFileError> {
        tensor_file::write(path, &self.weights, self.metadata())
    }

    /// Reads a file that [`Checkpoint::write`] wrote.
    ///
    /// # Errors
    /// The file can't be read, is truncated, or is not a checkpoint of this trainer.
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

    /// The error is the key that is missing or whose value can't be used.
    fn from_metadata(
        metadata: &HashMap<String, String>,
        weights: Weights,
    ) -> Result<Self, &'static str> {
        let text = |key: &'static str| metadata.get(key).ok_or(key);
        let classes: Vec<String> = serde_json::from_str(text("classes")?).map_err(|_| "classes")?;
        Ok(Self {
            arch: <Arch as ValueEnum>::from_str(text("arch")?, false).map_err(|_| "arch")?,
            side: parsed(metadata, "side")?,
            classes: ClassMap::new(classes),
            seed: parsed(metadata, "seed")?,
            valid_share: parsed(metadata, "valid_share")?,
            group_duplicates: parsed(metadata, "group_duplicates")?,
            data_fingerprint: text("data_fingerprint")?.clone(),
            valid: Score {
                right: parsed(metadata, "valid_right")?,
                total: parsed(metadata, "valid_total")?,
            },
            weights,
        })
    }
}

/// The value of a key; the error is the key.
fn parsed<T: FromStr>(
    metadata: &HashMap<String, String>,
    key: &'static str,
) -> Result<T, &'static str> {
    metadata.get(key).and_then(|text| text.parse().ok()).ok_or(key)
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
    fn a_checkpoint_of_an_earlier_release_names_the_baseline_differently() {
        let mut metadata = checkpoint().metadata();
        metadata.insert("arch".into(), "documented".into());
        let read = Checkpoint::from_metadata(&metadata, Weights::new()).unwrap();
        assert_eq!(read.arch, Arch::Baseline);
    }

    #[test]
    fn tensors_of_another_program_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("foreign.safetensors");
        let texts = HashMap::from([("arch".to_owned(), "of another program".to_owned())]);
        tensor_file::write(&path, &Weights::new(), texts).unwrap();
        let error = Checkpoint::read(&path).unwrap_err();
        assert!(matches!(error, CheckpointError::Metadata { .. }), "{error}");
    }
}
