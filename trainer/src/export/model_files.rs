//! Writes the two model files of a checkpoint, calibrated on held-out images.

use std::io;
use std::path::{Path, PathBuf};

use common::Score;
use common::atomic::write_atomically;
use common::model::{Classifier, ModelError, ModelInfo};
use rand::SeedableRng as _;
use rand_pcg::Pcg64;
use renderer::sample::draw_empty;

use crate::checkpoint::Checkpoint;
use crate::data::held_out::HeldOutImages;
use crate::export::calibrate::{CalibrationSample, accept_threshold, temperature};
use crate::export::fold::FoldError;
use crate::export::self_test::{self, SelfTestError};
use crate::export::{Storage, to_onnx};
use crate::locator::backs;
use crate::measure::Evaluation;
use crate::measure::parity::{Parity, ParityError, compare};

/// The number of drawn tables without a card that the accept threshold is tested on.
const EMPTY_TABLES: u64 = 400;

/// The number of drawn card backs that it is tested on.
const CARD_BACKS: u64 = 400;

/// A checkpoint whose model files can't be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Fold(#[from] FoldError),
    #[error("the device can't run the network")]
    Model(#[from] ModelError),
    #[error(transparent)]
    SelfTest(#[from] SelfTestError),
    #[error(transparent)]
    Parity(#[from] ParityError),
    #[error("can't write {path:?}")]
    Write { path: PathBuf, source: io::Error },
}

/// What an export measured on the held-out images.
#[derive(Clone, Debug)]
pub struct ExportOutcome {
    pub parity: Parity,
    /// The figures of the int8 weights, run as on the device.
    pub measured: Evaluation,
    /// The size of the int8 file in bytes.
    pub bytes: usize,
}

/// Compares int8 with f32 weights on held-out images, calibrates, and writes the int8 file to
/// `out` and the f32 file beside it, with "-f32" in its name.
///
/// At most `max_lost` fewer images may be right with int8 weights than with f32 weights.
///
/// # Errors
/// The weights do not belong to the architecture, the int8 weights lose more images than
/// allowed, or a file can't be written.
pub fn write(
    checkpoint: &Checkpoint,
    held_out: &HeldOutImages,
    out: &Path,
    max_lost: usize,
) -> Result<ExportOutcome, ExportError> {
    let (images, classes) = (held_out.pixels(), &held_out.classes);
    let mut info = uncalibrated(checkpoint);
    let f32_network = classifier(checkpoint, Storage::F32, &info)?;
    let int8_network = classifier(checkpoint, Storage::Int8, &info)?;
    let int8_logits = logits(&int8_network, &images)?;
    let parity = compare(&logits(&f32_network, &images)?, &int8_logits, classes);
    log::info!(
        "held-out images: f32 {}; int8 {}; {} answers differ, and logits by at most {:.4}",
        parity.f32,
        parity.int8,
        parity.changed,
        parity.largest_difference
    );
    parity.check(max_lost)?;
    info.valid_f32 = parity.f32;
    info.valid_int8 = parity.int8;
    calibrate(&mut info, &int8_network, &int8_logits, classes)?;
    // Logits do not depend on the calibration.
    info.self_test = Some(self_test::of_classifier(&int8_network)?);
    write_file(checkpoint, Storage::F32, &info, &f32_path(out))?;
    let bytes = write_file(checkpoint, Storage::Int8, &info, out)?;
    let ModelInfo { temperature, accept_threshold, .. } = info;
    let measured =
        Evaluation::new(&info.classes, &int8_logits, classes, temperature, accept_threshold);
    Ok(ExportOutcome { parity, measured, bytes })
}

/// Sets the temperature and the accept threshold.
fn calibrate(
    info: &mut ModelInfo,
    network: &Classifier,
    held_out_logits: &[Vec<f32>],
    classes: &[usize],
) -> Result<(), ExportError> {
    let samples: Vec<CalibrationSample> = held_out_logits
        .iter()
        .zip(classes)
        .map(|(logits, &class)| CalibrationSample { logits: logits.clone(), class })
        .collect();
    let tables = (0..EMPTY_TABLES).map(|seed| draw_empty(seed, info.side));
    let backs =
        (0..CARD_BACKS).map(|seed| backs::draw_filling(&mut Pcg64::seed_from_u64(seed), info.side));
    let empty: Vec<_> = tables.chain(backs).collect();
    let empty: Vec<&[u8]> = empty.iter().map(|image| image.as_raw().as_slice()).collect();
    info.temperature = temperature(&samples);
    info.accept_threshold = accept_threshold(&samples, &logits(network, &empty)?, info.temperature);
    log::info!(
        "temperature {:.3}, accept threshold {:.3}",
        info.temperature,
        info.accept_threshold
    );
    Ok(())
}

fn logits(network: &Classifier, images: &[&[u8]]) -> Result<Vec<Vec<f32>>, ModelError> {
    images.iter().map(|pixels| network.logits(pixels)).collect()
}

fn uncalibrated(checkpoint: &Checkpoint) -> ModelInfo {
    ModelInfo {
        classes: checkpoint.classes.clone(),
        side: checkpoint.side,
        temperature: 1.0,
        accept_threshold: 0.0,
        architecture: checkpoint.arch.name().to_owned(),
        weights: String::new(),
        data_fingerprint: checkpoint.data_fingerprint.clone(),
        valid_f32: Score::default(),
        valid_int8: Score::default(),
        seed: checkpoint.seed,
        project_version: env!("CARGO_PKG_VERSION").to_owned(),
        self_test: None,
    }
}

/// Writes one model file and returns its size in bytes.
fn write_file(
    checkpoint: &Checkpoint,
    storage: Storage,
    info: &ModelInfo,
    path: &Path,
) -> Result<usize, ExportError> {
    let file = encode(checkpoint, storage, info)?;
    write_atomically(path, &file)
        .map_err(|source| ExportError::Write { path: path.to_owned(), source })?;
    log::info!("wrote {path:?}: {} bytes", file.len());
    Ok(file.len())
}

fn encode(
    checkpoint: &Checkpoint,
    storage: Storage,
    info: &ModelInfo,
) -> Result<Vec<u8>, FoldError> {
    let layers = checkpoint.arch.layers(checkpoint.side, checkpoint.classes.len());
    let info = ModelInfo { weights: storage.name().to_owned(), ..info.clone() };
    to_onnx(&[(layers, &checkpoint.weights)], storage, &info)
}

/// The network as the device runs it.
fn classifier(
    checkpoint: &Checkpoint,
    storage: Storage,
    info: &ModelInfo,
) -> Result<Classifier, ExportError> {
    Ok(Classifier::from_bytes(&encode(checkpoint, storage, info)?, storage.name())?)
}

/// Gives "cardsight-f32.onnx" for "cardsight.onnx".
fn f32_path(out: &Path) -> PathBuf {
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    out.with_file_name(format!("{stem}-f32.onnx"))
}
