//! A trained network in one safetensors file: its weights, and in the file's
//! metadata what they mean.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use common::ClassMap;
use common::Score;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::arch::Arch;
use crate::atomic::write_atomically;
use crate::weights::{Array, Weights};

/// A trained network and what is needed to use it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub arch: Arch,
    /// The network's input, in pixels.
    pub side: u32,
    pub classes: ClassMap,
    /// Seed of the run and of its split.
    pub seed: u64,
    /// Share of each class that was put aside for validation.
    pub valid_share: f64,
    /// SHA-256 of the data set, as `Dataset::fingerprint` gives it.
    pub data_fingerprint: String,
    /// How many validation pictures it names rightly.
    pub valid: Score,
    pub weights: Weights,
}

/// A checkpoint that can't be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error("can't write the checkpoint {path:?}: {source}; the one before it is untouched")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("can't read the checkpoint {path:?}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path:?} is not a whole safetensors file: {source}; take another checkpoint")]
    Format { path: PathBuf, source: safetensors::SafeTensorError },
    #[error("{path:?} is not a checkpoint of this trainer: its metadata lacks a usable {key:?}")]
    Metadata { path: PathBuf, key: &'static str },
    #[error("{path:?}: tensor {name:?} is {dtype:?}; checkpoints hold F32")]
    Dtype { path: PathBuf, name: String, dtype: Dtype },
}

impl Checkpoint {
    /// Writes the file in one step: whatever goes wrong, an older one stays whole.
    ///
    /// # Errors
    /// The folder can't be written or the disk is full.
    pub fn write(&self, path: &Path) -> Result<(), CheckpointError> {
        let bytes: BTreeMap<&str, (Vec<u8>, &[usize])> = self
            .weights
            .iter()
            .map(|(name, array)| {
                let bytes = array.values.iter().flat_map(|value| value.to_le_bytes()).collect();
                (name.as_str(), (bytes, array.shape.as_slice()))
            })
            .collect();
        let format = |source| CheckpointError::Format { path: path.to_owned(), source };
        let views = bytes
            .iter()
            .map(|(name, (bytes, shape))| {
                Ok((*name, TensorView::new(Dtype::F32, shape.to_vec(), bytes)?))
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(format)?;
        let file = safetensors::serialize(views, Some(self.metadata())).map_err(format)?;
        write_atomically(path, &file)
            .map_err(|source| CheckpointError::Write { path: path.to_owned(), source })
    }

    /// Reads a file that [`Checkpoint::write`] wrote.
    ///
    /// # Errors
    /// The file can't be read, is cut, or is not a checkpoint of this trainer.
    pub fn read(path: &Path) -> Result<Self, CheckpointError> {
        let file = fs::read(path)
            .map_err(|source| CheckpointError::Read { path: path.to_owned(), source })?;
        let format = |source| CheckpointError::Format { path: path.to_owned(), source };
        let (_, header) = SafeTensors::read_metadata(&file).map_err(format)?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let tensors = SafeTensors::deserialize(&file).map_err(format)?;
        let weights = tensors
            .iter()
            .map(|(name, view)| match view.dtype() {
                Dtype::F32 => Ok((name.to_owned(), array(&view))),
                dtype => {
                    Err(CheckpointError::Dtype { path: path.to_owned(), name: name.into(), dtype })
                }
            })
            .collect::<Result<Weights, _>>()?;
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
            data_fingerprint: text("data_fingerprint")?.clone(),
            valid: Score {
                right: number(text("valid_right")?, "valid_right")?,
                total: number(text("valid_total")?, "valid_total")?,
            },
            weights,
        })
    }
}

fn array(view: &TensorView<'_>) -> Array {
    let (values, _) = view.data().as_chunks();
    Array {
        shape: view.shape().to_vec(),
        values: values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            arch: Arch::Compact,
            side: 96,
            classes: ClassMap::new(["joker".to_owned(), "ace of clubs".to_owned()]),
            seed: 7,
            valid_share: 0.2,
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
    fn a_cut_checkpoint_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.safetensors");
        checkpoint().write(&path).unwrap();
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 3]).unwrap();
        let error = Checkpoint::read(&path).unwrap_err();
        assert!(matches!(error, CheckpointError::Format { .. }), "{error}");
        assert!(error.to_string().contains("cut.safetensors"), "{error}");
    }

    #[test]
    fn foreign_tensors_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("foreign.safetensors");
        let file = safetensors::serialize(Vec::<(&str, TensorView)>::new(), None).unwrap();
        fs::write(&path, file).unwrap();
        let error = Checkpoint::read(&path).unwrap_err();
        assert!(matches!(error, CheckpointError::Metadata { .. }), "{error}");
    }

    #[test]
    fn a_failed_write_keeps_the_checkpoint_before() {
        let folder = tempfile::tempdir().unwrap();
        let error = checkpoint().write(&folder.path().join("no/such/folder/x")).unwrap_err();
        assert!(matches!(error, CheckpointError::Write { .. }), "{error}");
    }
}
