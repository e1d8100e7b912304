//! `trainer train-locator`: scenes to a model file that finds cards.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use common::model::{Locator, LocatorInfo};
use renderer::scene::texture;

use crate::atomic::write_atomically;
use crate::cli::LocatorArgs;
use crate::data::dataset::Dataset;
use crate::device;
use crate::export::{Storage, to_onnx};
use crate::locator::detector::DetectorTask;
use crate::locator::fit::{LocatorRecipe, fit};
use crate::locator::measure::{LocatorScore, measure};
use crate::locator::refiner::RefinerTask;
use crate::locator::stock::{Background, Stock, read_cards, read_photos};
use crate::locator::task::Task;
use crate::locator::{layers, photos};
use crate::progress;
use crate::tensor_file;
use crate::weights::Weights;

/// The model files, in a run's folder.
const F32_FILE: &str = "locator-f32.onnx";
const INT8_FILE: &str = "locator.onnx";

/// How often each table top is drawn.
const TEXTURE_ROUNDS: usize = 12;

/// Scenes a table top that the result is measured on.
const MEASURED_ROUNDS: u64 = 5;

/// Scenes, and cards, of a step.
const WHOLE_BATCH: usize = 32;
const CLOSE_BATCH: usize = 128;

/// What AdamW shrinks the weights by, and the share of the steps in which the rate rises.
const WEIGHT_DECAY: f64 = 0.05;
const WARM_UP: f64 = 0.1;

/// Runs the command.
pub fn run(args: &LocatorArgs) -> anyhow::Result<()> {
    fs::create_dir_all(&args.out).with_context(|| format!("can't make {:?}", args.out))?;
    let data = args.data.as_deref().map(Dataset::scan).transpose()?;
    let fingerprint = match &data {
        Some(data) => data.fingerprint().context("can't read the data set")?,
        None => "drawn".to_owned(),
    };
    if !args.export_only {
        train(args, data.as_ref())?;
    }
    let [whole, close] =
        [DetectorTask::NAME, RefinerTask::NAME].map(|name| weights_file(args, name));
    export(args, &tensor_file::read(&whole)?.0, &tensor_file::read(&close)?.0, fingerprint)
}

/// A network's weights, in a run's folder.
fn weights_file(args: &LocatorArgs, network: &str) -> PathBuf {
    args.out.join(format!("{network}.safetensors"))
}

fn train(args: &LocatorArgs, data: Option<&Dataset>) -> anyhow::Result<()> {
    let states = [DetectorTask::NAME, RefinerTask::NAME]
        .map(|name| args.out.join(format!("{name}-state.safetensors")));
    if !args.resume && !args.overwrite && states.iter().any(|state| state.exists()) {
        bail!(
            "{:?} holds an earlier run; --resume goes on with it, --overwrite begins anew",
            args.out
        );
    }
    let stock = Arc::new(stock(args, data)?);
    let [whole_state, close_state] = &states;
    let whole = DetectorTask { stock: Arc::clone(&stock), side: args.side };
    train_one(&whole, args.steps, WHOLE_BATCH, whole_state, args)?;
    train_one(&RefinerTask { stock }, args.close_steps, CLOSE_BATCH, close_state, args)
}

fn train_one<T: Task>(
    task: &T,
    steps: usize,
    batch_size: usize,
    state: &Path,
    args: &LocatorArgs,
) -> anyhow::Result<()> {
    let device = device::choose(&args.device)?;
    let recipe = LocatorRecipe {
        steps,
        batch_size,
        learning_rate: args.learning_rate,
        weight_decay: WEIGHT_DECAY,
        warm_up: WARM_UP,
        precision: args.precision,
        seed: args.seed,
    };
    log::info!(
        "the network {:?}: {steps} steps of {batch_size} on {device:?} in {:?}",
        T::NAME,
        recipe.precision.on(device),
    );
    let weights = fit(task, &recipe, device, state, args.resume)?;
    tensor_file::write(&weights_file(args, T::NAME), &weights, HashMap::new())?;
    Ok(())
}

fn stock(args: &LocatorArgs, data: Option<&Dataset>) -> anyhow::Result<Stock> {
    let images = match data {
        Some(data) => {
            let paths: Vec<&Path> = data.samples.iter().map(|one| one.path.as_path()).collect();
            let bar = progress::job_bar("decoding", paths.len());
            let images = read_cards(&paths, &bar)?;
            bar.finish_and_clear();
            images
        }
        None => Vec::new(),
    };
    let photos = photographs(args)?;
    log::info!(
        "{} images of cards, {} drawn ones, {} photographs",
        images.len(),
        args.drawn_cards,
        photos.len(),
    );
    let textures = TEXTURE_ROUNDS * texture::COUNT;
    Ok(Stock::new(args.drawn_cards, textures, images, photos, args.seed))
}

fn photographs(args: &LocatorArgs) -> anyhow::Result<Vec<Background>> {
    let Some(folder) = &args.photos else { return Ok(Vec::new()) };
    let aside = match &args.photos_aside {
        Some(path) => fs::read_to_string(path).with_context(|| format!("can't read {path:?}"))?,
        None => String::new(),
    };
    let aside: HashSet<&str> = aside.lines().map(str::trim).collect();
    let mut photos = photos::read(folder)?;
    photos.retain(|photo| !aside.contains(photo.file.as_str()));
    Ok(read_photos(folder, &photos)?)
}

/// Writes both model files, and says how well the one for the device does.
fn export(
    args: &LocatorArgs,
    whole: &Weights,
    close: &Weights,
    data_fingerprint: String,
) -> anyhow::Result<()> {
    for (storage, name) in [(Storage::F32, F32_FILE), (Storage::Int8, INT8_FILE)] {
        let info = LocatorInfo {
            side: args.side,
            threshold: args.threshold,
            accept_threshold: args.accept_threshold,
            weights: storage.name().to_owned(),
            data_fingerprint: data_fingerprint.clone(),
            seed: args.seed,
            project_version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let networks = [(layers::whole(), whole), (layers::close(), close)];
        let bytes = to_onnx(&networks, storage, &info)?;
        let path = args.out.join(name);
        write_atomically(&path, &bytes).with_context(|| format!("can't write {path:?}"))?;
        log::info!("wrote {path:?}: {} bytes", bytes.len());
    }
    let locator = Locator::from_file(&args.out.join(INT8_FILE))?;
    let fingerprints = ["at first", "looked at closely"].into_iter();
    for (look, located) in fingerprints.zip(measure(&locator, MEASURED_ROUNDS)?) {
        let LocatorScore { cards, found, exact, invented } = located;
        log::info!(
            "{look}, int8: of {cards} drawn cards {found} found, {exact} with all corners within \
             2 % of the diagonal; {invented} invented"
        );
    }
    Ok(())
}
