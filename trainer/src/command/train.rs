//! `trainer train`: data set to checkpoint to model files.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use common::Card;
use image::RgbImage;
use tch::Device;

use crate::arch;
use crate::checkpoint::Checkpoint;
use crate::cli::TrainArgs;
use crate::command::export;
use crate::data::cache::decode_all;
use crate::data::dataset::{Dataset, DatasetError, Sample};
use crate::data::split::{Split, split_of};
use crate::device;
use crate::diagnosis::Finding;
use crate::fit::{BEST_FILE, RESUME_FILE, Start, TrainingData, fit};
use crate::loader::{Batch, Source};
use crate::progress;
use crate::recipe::Recipe;
use crate::report;
use crate::weights::Weights;

/// Training images are kept in memory at this side at least, so that turning and
/// shifting them does not cost sharpness.
const STORED_SIDE: u32 = 224;

/// Images a validation batch.
const VALID_BATCH: usize = 64;

/// Runs the command.
pub fn run(args: &TrainArgs) -> anyhow::Result<()> {
    let recipe = args.recipe();
    let device = device::choose(&args.device)?;
    let data = Dataset::scan(&args.data).map_err(with_remedy)?;
    keep_earlier_run(args)?;
    fs::create_dir_all(&args.out).with_context(|| format!("can't make {:?}", args.out))?;
    let class_map = args.out.join("class_to_idx.json");
    fs::write(&class_map, data.classes.to_json())
        .with_context(|| format!("can't write {class_map:?}"))?;
    let data = load(&data, &recipe)?;
    announce(&recipe, &data, device);
    let start = match &args.start_from {
        _ if args.resume => Start::Resume,
        None => Start::Random,
        Some(path) => Start::Weights(weights_to_start_from(path, &recipe, &data)?),
    };
    let fitted = fit(&recipe, &data, start, device, &args.out)?;
    log::info!("best epoch on held-out images: {}", fitted.best.valid);
    summarize(&fitted.progress.findings);
    let model = args.out.join("cardsight.onnx");
    let exported = export::write(&fitted.best, &data.valid, &model, args.max_lost)?;
    let command: Vec<String> = std::env::args().skip(1).collect();
    let command = format!("trainer {}", command.join(" "));
    let page = args.out.join("report.html");
    report::run::write(&page, command, &recipe, &data, &fitted, &exported, args.gallery)
}

/// Refuses to begin anew over what an earlier run has left, or to go on where nothing is.
fn keep_earlier_run(args: &TrainArgs) -> anyhow::Result<()> {
    let out = &args.out;
    let there = |file: &str| out.join(file).exists();
    if args.resume && !there(RESUME_FILE) {
        bail!("there is no stopped run in {out:?} to go on with; begin one without --resume");
    }
    if !args.resume && !args.overwrite && (there(BEST_FILE) || there(RESUME_FILE)) {
        bail!(
            "{out:?} holds an earlier run; go on with it by --resume, replace it by \
             --overwrite, or name another folder with --out"
        );
    }
    Ok(())
}

/// Says what was seen during the run, as its last word.
fn summarize(findings: &[Finding]) {
    if findings.is_empty() {
        log::info!("diagnosis: no problem seen");
    }
    for Finding { epoch, problem } in findings {
        log::info!("diagnosis, from epoch {epoch} on: {problem}");
    }
}

/// The weights of a checkpoint of the same architecture and classes.
fn weights_to_start_from(
    path: &Path,
    recipe: &Recipe,
    data: &TrainingData,
) -> anyhow::Result<Weights> {
    let checkpoint = Checkpoint::read(path)?;
    if (checkpoint.arch, &checkpoint.classes) != (recipe.arch, &data.classes) {
        bail!(
            "{path:?} is a {} network for {} classes; this run trains a {} one for {} classes, \
             which must be the same",
            checkpoint.arch.name(),
            checkpoint.classes.len(),
            recipe.arch.name(),
            data.classes.len(),
        );
    }
    Ok(checkpoint.weights)
}

/// Decodes the whole data set and puts the held-out part aside.
fn load(data: &Dataset, recipe: &Recipe) -> anyhow::Result<TrainingData> {
    let split = split_of(&data.samples, recipe.valid_share, recipe.group_duplicates, recipe.seed)?;
    let fingerprint = data.fingerprint().context("can't read the data set")?;
    let stored_side = recipe.side.max(STORED_SIDE);
    let train = decode(data, &split.train, stored_side, "decoding")?;
    let cards = data
        .classes
        .names()
        .iter()
        .zip(0..)
        .filter_map(|(name, label)| Some((name.parse::<Card>().ok()?, label)))
        .collect::<Vec<_>>();
    let drawn_cards = if cards.is_empty() { 0 } else { recipe.drawn_cards };
    Ok(TrainingData {
        classes: data.classes.clone(),
        fingerprint,
        train: Source {
            images: Arc::new(train),
            drawn_cards,
            drawn_over: recipe.drawn_over,
            cards,
            drawn_empty: recipe.drawn_empty,
            augment: recipe.augment.clone(),
            side: recipe.side,
            batch_size: recipe.batch_size,
            seed: recipe.seed,
        },
        valid: held_out(data, &split, recipe.side)?,
    })
}

/// The part of a data set that is not trained on, prepared as on the device.
pub fn held_out(data: &Dataset, split: &Split, side: u32) -> anyhow::Result<Vec<Batch>> {
    let images = decode(data, &split.valid, side, "held out")?;
    Ok(images.chunks(VALID_BATCH).map(|chunk| Batch::new(side, chunk)).collect())
}

fn decode(
    data: &Dataset,
    indices: &[usize],
    side: u32,
    job: &'static str,
) -> anyhow::Result<Vec<(RgbImage, i64)>> {
    let samples: Vec<&Sample> = indices.iter().map(|&index| &data.samples[index]).collect();
    let paths: Vec<&Path> = samples.iter().map(|sample| sample.path.as_path()).collect();
    let bar = progress::job_bar(job, paths.len());
    let images = decode_all(&paths, side, &bar)?;
    bar.finish_and_clear();
    let labels = samples.iter().map(|sample| sample.class as i64);
    Ok(images.into_iter().zip(labels).collect())
}

fn with_remedy(error: DatasetError) -> anyhow::Error {
    match error {
        DatasetError::Missing { root } => anyhow::anyhow!(
            "there is no data set at {root:?}. Get \"Cards Image Dataset-Classification\" by \
             gpiosenka from Kaggle and unpack it so that this folder holds \"ace of clubs/\" … \
             \"two of spades/\" (or name another one with --data), or train on a drawn deck \
             instead: `trainer render data/drawn`, then `trainer --data data/drawn`"
        ),
        other => other.into(),
    }
}

fn announce(recipe: &Recipe, data: &TrainingData, device: Device) {
    let layers = recipe.layers(data.classes.len());
    log::info!(
        "{} network: {} parameters, {:.0} million multiply-adds at {side}×{side}",
        recipe.arch.name(),
        arch::parameters(&layers),
        arch::multiply_adds(&layers, [recipe.side; 2]) as f64 / 1e6,
        side = recipe.side,
    );
    log::info!(
        "{} images to train on, {} held out, {} classes; each epoch adds {} drawn cards and {} \
         empty tables; on {device:?} in {:?}",
        data.train.images.len(),
        data.valid.iter().map(|batch| batch.labels.len()).sum::<usize>(),
        data.classes.len(),
        data.train.drawn_cards,
        data.train.drawn_empty,
        recipe.precision.on(device),
    );
}
