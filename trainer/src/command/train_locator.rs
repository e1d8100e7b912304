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
use crate::locator::photos;
use crate::locator::stock::{Background, Stock, read_cards, read_photos};
use crate::progress;
use crate::tensor_file;
use crate::weights::Weights;

/// The weights, in a run's folder.
const CHECKPOINT_FILE: &str = "locator.safetensors";

/// The model files, in a run's folder.
const F32_FILE: &str = "locator-f32.onnx";
const INT8_FILE: &str = "locator.onnx";

/// How often each table top is drawn.
const TEXTURE_ROUNDS: usize = 12;

/// Scenes a table top that the result is measured on.
const MEASURED_ROUNDS: u64 = 5;

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

/// Writes both model files, and says how well the one for the device does.
fn export(args: &LocatorArgs, weights: &Weights, data_fingerprint: String) -> anyhow::Result<()> {
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
        let bytes = to_onnx(&layers(), weights, storage, &info)?;
        let path: PathBuf = args.out.join(name);
        write_atomically(&path, &bytes).with_context(|| format!("can't write {path:?}"))?;
        log::info!("wrote {path:?}: {} bytes", bytes.len());
    }
    let Located { cards, found, exact, invented } =
        measure(&Locator::from_file(&args.out.join(INT8_FILE))?, MEASURED_ROUNDS)?;
    log::info!(
        "of {cards} drawn cards int8 finds {found}, {exact} with corners within 2 % of the \
         diagonal; it invents {invented}"
    );
    Ok(())
}
