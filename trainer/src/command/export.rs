//! `trainer export`: a checkpoint to its two model files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use common::Score;
use common::model::{Classifier, ModelInfo, self_test};
use image::RgbImage;
use renderer::deck::draw_empty;

use crate::atomic::write_atomically;
use crate::calibrate::{Labelled, accept_threshold, temperature};
use crate::checkpoint::Checkpoint;
use crate::cli::ExportArgs;
use crate::command::train::held_out;
use crate::data::dataset::Dataset;
use crate::data::split::{Split, split_of};
use crate::export::parity::{Parity, compare};
use crate::export::{Storage, to_onnx};
use crate::loader::Batch;
use crate::measure::Evaluation;

/// Drawn tables without a card that the accept threshold must refuse.
const EMPTY_TABLES: u64 = 400;

/// Runs the command.
pub fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let checkpoint = Checkpoint::read(&args.checkpoint)?;
    let data = Dataset::scan(&args.calibrate)?;
    let split = held_out_of(&checkpoint, &args.checkpoint, &data, &args.calibrate)?;
    if let Some(folder) = args.out.parent() {
        fs::create_dir_all(folder).with_context(|| format!("can't make the folder {folder:?}"))?;
    }
    let valid = held_out(&data, &split, checkpoint.side)?;
    write(&checkpoint, &valid, &args.out, args.max_lost)?;
    Ok(())
}

/// The split of a checkpoint's training; `path` and `root` are for the error text.
///
/// # Errors
/// The data set is another one, or can't be read.
pub fn held_out_of(
    checkpoint: &Checkpoint,
    path: &Path,
    data: &Dataset,
    root: &Path,
) -> anyhow::Result<Split> {
    let fingerprint = data.fingerprint().context("can't read the data set")?;
    if fingerprint != checkpoint.data_fingerprint {
        anyhow::bail!(
            "{root:?} is not the data set that {path:?} was trained on, so its held-out part is \
             not known; name that one"
        );
    }
    let Checkpoint { valid_share, group_duplicates, seed, .. } = *checkpoint;
    Ok(split_of(&data.samples, valid_share, group_duplicates, seed)?)
}

/// What an export measured on the held-out images.
#[derive(Clone, Debug)]
pub struct ExportOutcome {
    pub parity: Parity,
    /// With int8 weights on the device's path.
    pub measured: Evaluation,
    /// Size of the int8 file in bytes.
    pub bytes: usize,
}

/// Calibrates on held-out images, holds int8 against f32, and writes `out` (int8)
/// and its neighbour with "-f32" in the name.
pub fn write(
    checkpoint: &Checkpoint,
    valid: &[Batch],
    out: &Path,
    max_lost: usize,
) -> anyhow::Result<ExportOutcome> {
    let mut info = uncalibrated(checkpoint);
    let f32 = classifier(checkpoint, Storage::F32, &info)?;
    let int8 = classifier(checkpoint, Storage::Int8, &info)?;
    let (images, classes): (Vec<&[u8]>, Vec<usize>) = valid.iter().flat_map(Batch::images).unzip();
    let int8_logits = logits(&int8, images.iter().copied())?;
    let parity = compare(&logits(&f32, images.into_iter())?, &int8_logits, &classes);
    log::info!(
        "held out: f32 {}; int8 {}; {} answers changed, largest logit difference {:.4}",
        parity.f32,
        parity.int8,
        parity.changed,
        parity.largest_difference
    );
    parity.check(max_lost)?;
    let tables = (0..EMPTY_TABLES).map(|seed| draw_empty(seed, checkpoint.side));
    let tables: Vec<RgbImage> = tables.collect();
    let empty = logits(&int8, tables.iter().map(|table| table.as_raw().as_slice()))?;
    let labelled: Vec<Labelled> = int8_logits.iter().cloned().zip(classes.clone()).collect();
    info.temperature = temperature(&labelled);
    info.accept_threshold = accept_threshold(&labelled, &empty, info.temperature);
    info.valid_f32 = parity.f32;
    info.valid_int8 = parity.int8;
    let ModelInfo { temperature, accept_threshold, .. } = info;
    let calibrated = classifier(checkpoint, Storage::Int8, &info)?;
    info.self_test = Some(self_test::answer(
        &calibrated,
        &renderer::scene::self_test_image(),
        Storage::Int8.name(),
    )?);
    log::info!("temperature {temperature:.3}, accept threshold {accept_threshold:.3}");
    let mut bytes = 0;
    for (storage, path) in [(Storage::F32, beside(out)), (Storage::Int8, out.to_owned())] {
        let file = encode(checkpoint, storage, &info)?;
        write_atomically(&path, &file).with_context(|| format!("can't write {path:?}"))?;
        bytes = file.len();
        log::info!("wrote {path:?}: {bytes} bytes");
    }
    let measured =
        Evaluation::new(&info.classes, &int8_logits, &classes, temperature, accept_threshold);
    Ok(ExportOutcome { parity, measured, bytes })
}

fn logits<'a>(
    classifier: &Classifier,
    images: impl Iterator<Item = &'a [u8]>,
) -> anyhow::Result<Vec<Vec<f32>>> {
    images.map(|pixels| Ok(classifier.logits(pixels)?)).collect()
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

fn encode(checkpoint: &Checkpoint, storage: Storage, info: &ModelInfo) -> anyhow::Result<Vec<u8>> {
    let layers = checkpoint.arch.layers(checkpoint.side, checkpoint.classes.len());
    let info = ModelInfo { weights: storage.name().to_owned(), ..info.clone() };
    Ok(to_onnx(&[(layers, &checkpoint.weights)], storage, &info)?)
}

/// The network as the device will run it.
fn classifier(
    checkpoint: &Checkpoint,
    storage: Storage,
    info: &ModelInfo,
) -> anyhow::Result<Classifier> {
    Ok(Classifier::from_bytes(&encode(checkpoint, storage, info)?, storage.name())?)
}

/// "cardsight.onnx" to "cardsight-f32.onnx".
fn beside(out: &Path) -> PathBuf {
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    out.with_file_name(format!("{stem}-f32.onnx"))
}
