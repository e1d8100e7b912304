//! Named f32 arrays and texts in one safetensors file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use common::atomic::write_atomically;
use common::regular_file;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::weights::{Array, Weights};

/// A file that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum TensorFileError {
    #[error("can't write the checkpoint {path:?} (an earlier one is untouched)")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("can't read the checkpoint {path:?}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path:?} is not a complete safetensors file; use another checkpoint")]
    Format { path: PathBuf, source: safetensors::SafeTensorError },
    #[error("{path:?}: tensor {name:?} has the type {dtype:?}; a checkpoint has F32 tensors only")]
    Dtype { path: PathBuf, name: String, dtype: Dtype },
}

/// Writes the file in one step: if that fails, an earlier file stays complete.
///
/// # Errors
/// The folder can't be written or the disk is full.
pub fn write(
    path: &Path,
    arrays: &Weights,
    texts: HashMap<String, String>,
) -> Result<(), TensorFileError> {
    let bytes: Vec<(&str, Vec<u8>, &[usize])> = arrays
        .iter()
        .map(|(name, array)| {
            let bytes = array.values.iter().flat_map(|value| value.to_le_bytes()).collect();
            (name.as_str(), bytes, array.shape.as_slice())
        })
        .collect();
    let format = |source| TensorFileError::Format { path: path.to_owned(), source };
    let views = bytes
        .iter()
        .map(|(name, bytes, shape)| {
            Ok((*name, TensorView::new(Dtype::F32, shape.to_vec(), bytes)?))
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(format)?;
    let file = safetensors::serialize(views, Some(texts)).map_err(format)?;
    write_atomically(path, &file)
        .map_err(|source| TensorFileError::Write { path: path.to_owned(), source })
}

/// Reads a file's arrays and texts.
///
/// # Errors
/// The file can't be read, is truncated, or holds numbers that are not f32.
pub fn read(path: &Path) -> Result<(Weights, HashMap<String, String>), TensorFileError> {
    let file = regular_file::read(path)
        .map_err(|source| TensorFileError::Read { path: path.to_owned(), source })?;
    let format = |source| TensorFileError::Format { path: path.to_owned(), source };
    let (_, header) = SafeTensors::read_metadata(&file).map_err(format)?;
    let tensors = SafeTensors::deserialize(&file).map_err(format)?;
    let arrays = tensors
        .iter()
        .map(|(name, view)| match view.dtype() {
            Dtype::F32 => Ok((name.to_owned(), array(&view))),
            dtype => {
                Err(TensorFileError::Dtype { path: path.to_owned(), name: name.into(), dtype })
            }
        })
        .collect::<Result<Weights, _>>()?;
    Ok((arrays, header.metadata().clone().unwrap_or_default()))
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
    use std::fs;

    use super::*;

    fn arrays() -> Weights {
        [("a.weight".to_owned(), Array { shape: vec![1, 2], values: vec![1.5, -2.0] })].into()
    }

    #[test]
    fn a_written_file_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        let texts = HashMap::from([("key".to_owned(), "value".to_owned())]);
        write(&path, &arrays(), texts.clone()).unwrap();
        assert_eq!(read(&path).unwrap(), (arrays(), texts));
    }

    #[test]
    fn a_truncated_file_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("truncated.safetensors");
        write(&path, &arrays(), HashMap::new()).unwrap();
        let complete = fs::read(&path).unwrap();
        fs::write(&path, &complete[..complete.len() - 3]).unwrap();
        let error = read(&path).unwrap_err();
        assert!(matches!(error, TensorFileError::Format { .. }), "{error}");
        assert!(error.to_string().contains("truncated.safetensors"), "{error}");
    }

    #[test]
    fn a_failed_write_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no/such/folder/x");
        let error = write(&path, &arrays(), HashMap::new()).unwrap_err();
        assert!(matches!(error, TensorFileError::Write { .. }), "{error}");
    }
}
