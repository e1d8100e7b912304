//! `trainer train`: from a data set to a checkpoint, its model files and the report.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use common::atomic::write_atomically;
use common::model::ModelInfo;
use common::{ClassMap, Size};
use tch::Device;

use crate::checkpoint::Checkpoint;
use crate::cli::TrainArgs;
use crate::cost::NetworkCost;
use crate::data::dataset::{Dataset, DatasetError};
use crate::export::model_files::{self, ExportOutcome};
use crate::export::stored::weights_of_file;
use crate::recipe::Recipe;
use crate::report::run::{RunSummary, write as write_report};
use crate::run::engine::RunStart;
use crate::run::files::EarlierRun;
use crate::run::problem::Diagnosis;
use crate::tasks::classifier::data::TrainingData;
use crate::tasks::classifier::images::epoch_batches;
use crate::tasks::classifier::task::train;
use crate::tasks::classifier::{TrainingOutcome, run_files};
use crate::torch::unfold::unfold;
use crate::torch::{device, threads};
use crate::weights::Weights;

/// Runs the command.
///
/// # Errors
/// An option can't be used, a file can't be read or written, or training fails.
pub fn run(args: &TrainArgs) -> anyhow::Result<()> {
    let (recipe, out) = (args.recipe(), &args.out);
    threads::set_threads(args.threads)?;
    let device = device::choose(&args.device)?;
    let data = Dataset::scan(&args.data).map_err(with_remedy)?;
    let files = run_files(out);
    let earlier_run = EarlierRun::from_options(args.resume, args.overwrite);
    earlier_run.check(out, &[&files])?;
    fs::create_dir_all(out).with_context(|| format!("can't create the folder {out:?}"))?;
    let class_map = out.join("class_to_idx.json");
    write_atomically(&class_map, data.classes.to_json().as_bytes())
        .with_context(|| format!("can't write {class_map:?}"))?;
    let data = TrainingData::load(&data, args.crops.as_deref(), &recipe)?;
    log_start(&recipe, &data, device);
    let start = match &args.start_from {
        _ if args.resume => RunStart::Resume,
        None => RunStart::Random,
        Some(path) => RunStart::Weights(weights_to_start_from(path, &recipe, &data)?),
    };
    earlier_run.discard(&[&files])?;
    let outcome = train(&recipe, &data, start, device, out)?;
    log::info!("best epoch on held-out images: {}", outcome.best.valid);
    log_diagnoses(&outcome.run.diagnoses);
    let model = out.join("cardsight.onnx");
    let export = model_files::write(&outcome.best, &data.valid, &model, args.max_lost)?;
    report(args, &recipe, &data, &outcome, &export)
}

fn report(
    args: &TrainArgs,
    recipe: &Recipe,
    data: &TrainingData,
    outcome: &TrainingOutcome,
    export: &ExportOutcome,
) -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let run = RunSummary {
        command: &format!("trainer {}", arguments.join(" ")),
        recipe,
        data,
        outcome: &outcome.run,
        export,
    };
    Ok(write_report(&args.out.join("report.html"), &run, args.gallery)?)
}

/// Logs at the end of a run what was diagnosed in its course.
fn log_diagnoses(diagnoses: &[Diagnosis]) {
    if diagnoses.is_empty() {
        log::info!("diagnosis: no problem was found");
    }
    for Diagnosis { epoch, problem } in diagnoses {
        log::info!("diagnosis, from epoch {epoch} on: {problem}");
    }
}

/// The weights of a checkpoint or a model file of the same architecture and classes.
fn weights_to_start_from(
    path: &Path,
    recipe: &Recipe,
    data: &TrainingData,
) -> anyhow::Result<Weights> {
    if path.extension().is_some_and(|extension| extension == "onnx") {
        return weights_of_model_file(path, recipe, data);
    }
    let checkpoint = Checkpoint::read(path)?;
    check_same(path, checkpoint.arch.name(), &checkpoint.classes, recipe, data)?;
    Ok(checkpoint.weights)
}

/// Images of which the statistics of a model file's BatchNorms are computed.
const STATISTICS_IMAGES: usize = 256;

fn weights_of_model_file(
    path: &Path,
    recipe: &Recipe,
    data: &TrainingData,
) -> anyhow::Result<Weights> {
    let (info, folded): (ModelInfo, Weights) = weights_of_file(path)?;
    check_same(path, &info.architecture, &info.classes, recipe, data)?;
    let mut pixels = Vec::new();
    let batches = epoch_batches(recipe, data, 0);
    let count = STATISTICS_IMAGES.div_ceil(recipe.optimization.batch_size);
    batches.take(count).for_each(|batch| pixels.extend(batch.pixels));
    let layers = recipe.layers(data.classes.len());
    Ok(unfold(&layers, &folded, &pixels, Size::square(recipe.side))?)
}

fn check_same(
    path: &Path,
    arch: &str,
    classes: &ClassMap,
    recipe: &Recipe,
    data: &TrainingData,
) -> anyhow::Result<()> {
    if (arch, classes) != (recipe.arch.name(), &data.classes) {
        bail!(
            "{path:?} is a {arch} network for {} classes, but this run trains a {} network for {} \
             classes; both the network and the classes must be the same",
            classes.len(),
            recipe.arch.name(),
            data.classes.len(),
        );
    }
    Ok(())
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

fn log_start(recipe: &Recipe, data: &TrainingData, device: Device) {
    let side = recipe.side;
    let cost = NetworkCost::new(&recipe.layers(data.classes.len()), Size::square(side));
    log::info!(
        "{} network: {} parameters, {:.0} million multiply-adds at {side}×{side} pixels",
        recipe.arch.name(),
        cost.parameters(),
        cost.multiply_adds() as f64 / 1e6,
    );
    log::info!(
        "{} images to train on, {} held out, {} classes; each epoch adds {} of {} crops, {} drawn \
         cards and {} empty tables; training on {device:?} in {:?}",
        data.images.len(),
        data.valid.images.len(),
        data.classes.len(),
        data.crops_per_epoch(recipe),
        data.crops.len(),
        data.drawn_cards(recipe),
        recipe.drawn_empty,
        device::kind(recipe.optimization.precision, device),
    );
}
