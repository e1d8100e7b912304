//! The trained networks become model files, which are then measured.

use std::io;
use std::path::{Path, PathBuf};

use common::atomic::write_atomically;
use common::model::{Locator, LocatorInfo, ModelError};

use crate::export::fold::FoldError;
use crate::export::{Storage, self_test, to_onnx};
use crate::locator::layers::{detector_layers, refiner_layers};
use crate::locator::measure::{LocatorScore, measure};
use crate::recipe::LocatorRecipe;
use crate::tasks::locator::LocatorRunFiles;
use crate::tensor_file::{self, TensorFileError};
use crate::weights::Weights;

/// The model file with f32 weights, in a run's folder.
const F32_FILE: &str = "locator-f32.onnx";

/// The model file for the device, in a run's folder.
const INT8_FILE: &str = "locator.onnx";

/// Scenes of each kind of table top that the result is measured on.
const MEASURED_ROUNDS: u64 = 5;

/// Model files that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum LocatorExportError {
    #[error(transparent)]
    Weights(#[from] TensorFileError),
    #[error(transparent)]
    Fold(#[from] FoldError),
    #[error("can't write {path:?}")]
    Write { path: PathBuf, source: io::Error },
    #[error("the exported locator can't be run")]
    Model(#[from] ModelError),
}

/// Writes both model files of a run's weights into the run's folder. Returns the scores that the
/// file for the device reaches on drawn scenes: of the detector alone, and with the refiner.
///
/// # Errors
/// The weights are missing or belong to other networks, or a file can't be written.
pub fn export(
    recipe: &LocatorRecipe,
    folder: &Path,
    data_fingerprint: &str,
) -> Result<[LocatorScore; 2], LocatorExportError> {
    let files = LocatorRunFiles::new(folder);
    let (detector, _) = tensor_file::read(&files.detector.weights)?;
    let (refiner, _) = tensor_file::read(&files.refiner.weights)?;
    for (storage, name) in [(Storage::F32, F32_FILE), (Storage::Int8, INT8_FILE)] {
        let mut info = locator_info(recipe, storage, data_fingerprint);
        let untested = encode(&detector, &refiner, storage, &info)?;
        info.self_test = Some(self_test::of_locator(&Locator::from_bytes(&untested, name)?)?);
        let bytes = encode(&detector, &refiner, storage, &info)?;
        let path = folder.join(name);
        write_atomically(&path, &bytes)
            .map_err(|source| LocatorExportError::Write { path: path.clone(), source })?;
        log::info!("wrote {path:?}: {} bytes", bytes.len());
    }
    let locator = Locator::from_file(&folder.join(INT8_FILE))?;
    Ok(measure(&locator, MEASURED_ROUNDS)?)
}

fn locator_info(recipe: &LocatorRecipe, storage: Storage, data_fingerprint: &str) -> LocatorInfo {
    LocatorInfo {
        side: recipe.detector.side,
        threshold: recipe.threshold,
        accept_threshold: recipe.accept_threshold,
        weights: storage.name().to_owned(),
        data_fingerprint: data_fingerprint.to_owned(),
        seed: recipe.seed,
        project_version: env!("CARGO_PKG_VERSION").to_owned(),
        self_test: None,
    }
}

fn encode(
    detector: &Weights,
    refiner: &Weights,
    storage: Storage,
    info: &LocatorInfo,
) -> Result<Vec<u8>, FoldError> {
    to_onnx(&[(detector_layers(), detector), (refiner_layers(), refiner)], storage, info)
}
