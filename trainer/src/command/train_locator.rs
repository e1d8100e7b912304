//! `trainer train-locator`: scenes to a model file that finds cards.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use common::model::{Locator, LocatorInfo};
use common::scene::texture;

use crate::atomic::write_atomically;
use crate::cli::LocatorArgs;
use crate::dataset::Dataset;
use crate::device;
use crate::export::{Storage, to_onnx};
use crate::locator::fit::{LocatorRecipe, fit};
use crate::locator::layers::layers;
use crate::locator::measure::{Located, measure};
use crate::locator::stock::{Background, Stock, read_cards, read_photos};
use crate::locator::{SIDE, photos};
use crate::progress;
use crate::tensor_file;
use crate::weights::Weights;

/// The weights, in a run's folder.
const CHECKPOINT_FILE: &str = "locator.safetensors";

/// How often each table top is drawn.
const TEXTURE_ROUNDS: usize = 12;

/// Scenes a table top that the result is measured on.
const MEASURED_ROUNDS: u64 = 10;

/// Runs the command.
pub fn run(args: &LocatorArgs) -> anyhow::Result<()> {
    fs::create_dir_all(&args.out).with_context(|| format!("can't make {:?}", args.out))?;
    let data = args.data.as_deref().map(Dataset::scan).transpose()?;
    let fingerprint = match &data {
        Some(data) => data.fingerprint().context("can't read the data set")?,
        None => "drawn".to_owned(),
    };
    let checkpoint = args.out.join(CHECKPOINT_FILE);
    let weights = match args.export_only {
        true => tensor_file::read(&checkpoint)?.0,
        false => {
            let weights = train(args, data.as_ref())?;
            tensor_file::write(&checkpoint, &weights, HashMap::new())?;
            weights
        }
    };
    export(args, &weights, fingerprint)
}

fn train(args: &LocatorArgs, data: Option<&Dataset>) -> anyhow::Result<Weights> {
    let device = device::choose(&args.device)?;
    let start = args.start_from.as_deref().map(tensor_file::read).transpose()?;
    let recipe = LocatorRecipe {
        steps: args.steps,
        batch_size: args.batch_size,
        learning_rate: args.learning_rate,
        precision: args.precision,
        seed: args.seed,
        ..LocatorRecipe::default()
    };
    let pictures = match data {
        Some(data) => {
            let paths: Vec<&Path> = data.samples.iter().map(|one| one.path.as_path()).collect();
            let bar = progress::job_bar("decoding", paths.len());
            let pictures = read_cards(&paths, &bar)?;
            bar.finish_and_clear();
            pictures
        }
        None => Vec::new(),
    };
    let photos = photographs(args)?;
    log::info!(
        "{} pictures of cards, {} drawn ones, {} photographs; {} steps of {} scenes on {device:?} \
         in {:?}",
        pictures.len(),
        args.drawn_cards,
        photos.len(),
        recipe.steps,
        recipe.batch_size,
        recipe.precision.on(device),
    );
    let textures = TEXTURE_ROUNDS * texture::COUNT;
    let stock = Stock::new(args.drawn_cards, textures, pictures, photos, args.seed);
    Ok(fit(&recipe, &Arc::new(stock), start.as_ref().map(|(weights, _)| weights), device)?)
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

/// Writes "locator.onnx" (int8) and "locator-f32.onnx", and says how well both do.
fn export(args: &LocatorArgs, weights: &Weights, data_fingerprint: String) -> anyhow::Result<()> {
    for (storage, name) in [(Storage::F32, "locator-f32.onnx"), (Storage::Int8, "locator.onnx")] {
        let info = LocatorInfo {
            side: SIDE,
            threshold: args.threshold,
            weights: storage.name().to_owned(),
            data_fingerprint: data_fingerprint.clone(),
            seed: args.seed,
            project_version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let bytes = to_onnx(&layers(), weights, storage, &info)?;
        let locator = Locator::from_bytes(&bytes, name)?;
        let Located { cards, found, exact, invented } = measure(&locator, MEASURED_ROUNDS)?;
        let path: PathBuf = args.out.join(name);
        write_atomically(&path, &bytes).with_context(|| format!("can't write {path:?}"))?;
        log::info!(
            "wrote {path:?}: {} bytes; of {cards} drawn cards {found} found, {exact} with corners \
             within 2 % of the diagonal; {invented} invented",
            bytes.len()
        );
    }
    Ok(())
}
