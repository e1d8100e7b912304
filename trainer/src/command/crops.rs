//! `trainer crops`: cuts the cards of composed scenes out as the device does.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use common::atomic::{write_atomically, write_quickly};
use common::model::Locator;
use common::regular_file;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use rand::RngExt as _;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::cli::CropsArgs;
use crate::data::dataset::{Dataset, NO_CARD_FOLDER};
use crate::data::split::split_of;
use crate::locator::crops::{Crop, crops_of_scene};
use crate::locator::scene::ranges::SceneRanges;
use crate::locator::scene::{compose, frame_size};
use crate::locator::stock::Stock;
use crate::progress;
use crate::recipe::CropsRecipe;
use crate::seed::{RandomStream, stream};
use crate::tasks::locator::sources::load_stock;

/// The file that says how far the command came.
const PROGRESS: &str = "crops.json";

/// Scenes between two writes of that file.
const SCENES_AT_ONCE: u64 = 64;

/// Quality of the images, 0..100: that of cameras.
const JPEG_QUALITY: u8 = 92;

/// How far the command came in a folder.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Progress {
    recipe: CropsRecipe,
    scenes_done: u64,
}

/// Runs the command.
///
/// # Errors
/// A source can't be read, the folder has files already or can't be written, or a network fails.
pub fn run(args: &CropsArgs) -> anyhow::Result<()> {
    let recipe = args.recipe();
    let locator = Locator::from_file(&args.locator)?;
    let first = first_scene(args, recipe)?;
    let data = args.data.as_deref().map(Dataset::scan).transpose()?;
    let split = data
        .as_ref()
        .map(|data| split_of(&data.samples, recipe.valid_share, true, recipe.seed))
        .transpose()?;
    let only = split.as_ref().map(|split| split.train.as_slice());
    let sources = args.images.sources(data.as_ref(), only);
    let stock = load_stock(&recipe.stock, recipe.seed, &sources)?;
    let bar = progress::job_bar("scenes", recipe.scenes as usize);
    bar.set_position(first);
    for start in (first..recipe.scenes).step_by(SCENES_AT_ONCE as usize) {
        let end = (start + SCENES_AT_ONCE).min(recipe.scenes);
        (start..end).into_par_iter().try_for_each(|scene| {
            write_scene(&args.dir, &stock, &locator, &recipe, scene)?;
            bar.inc(1);
            anyhow::Ok(())
        })?;
        write_progress(&args.dir, &Progress { recipe, scenes_done: end })?;
    }
    bar.finish_and_clear();
    log::info!("wrote the crops of {} scenes into {:?}", recipe.scenes, args.dir);
    Ok(())
}

/// The scene to begin with: the first one, or the one after the last that an earlier run wrote.
fn first_scene(args: &CropsArgs, recipe: CropsRecipe) -> anyhow::Result<u64> {
    let (dir, path) = (&args.dir, args.dir.join(PROGRESS));
    if args.resume {
        let text = regular_file::read(&path).with_context(|| {
            format!("can't read {path:?}; leave --resume out to begin in a new folder")
        })?;
        let progress: Progress = serde_json::from_slice(&text)
            .with_context(|| format!("{path:?} was not written by `trainer crops`"))?;
        if progress.recipe != (CropsRecipe { scenes: progress.recipe.scenes, ..recipe }) {
            bail!("{dir:?} was begun with other options; give the same ones again");
        }
        return Ok(progress.scenes_done);
    }
    if fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{dir:?} is not empty; name a new folder, or continue with --resume");
    }
    fs::create_dir_all(dir).with_context(|| format!("can't create the folder {dir:?}"))?;
    Ok(0)
}

fn write_progress(dir: &Path, progress: &Progress) -> anyhow::Result<()> {
    let path = dir.join(PROGRESS);
    write_atomically(&path, &serde_json::to_vec_pretty(progress)?)
        .with_context(|| format!("can't write {path:?}"))
}

/// Composes a scene, the same for the same number and seed, and writes its crops.
fn write_scene(
    dir: &Path,
    stock: &Stock,
    locator: &Locator,
    recipe: &CropsRecipe,
    number: u64,
) -> anyhow::Result<()> {
    let mut rng = stream(recipe.seed, RandomStream::CropScene, &[number]);
    let [smallest, too_large] = recipe.scene_sides;
    let size = frame_size(rng.random_range(smallest..too_large), &mut rng);
    let scene = compose(stock, size, recipe.cards, &SceneRanges::played(), &mut rng);
    let crops = crops_of_scene(locator, &scene, recipe.side, &mut rng)?;
    for (i, Crop { image, label }) in crops.iter().enumerate() {
        let class = label.map_or(NO_CARD_FOLDER.to_owned(), |card| card.to_string());
        write_image(&dir.join(class), &format!("{number:06}-{i:02}.jpg"), image)?;
    }
    Ok(())
}

fn write_image(folder: &Path, name: &str, image: &RgbImage) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("can't create the folder {folder:?}"))?;
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(image)?;
    let path = folder.join(name);
    write_quickly(&path, &bytes).with_context(|| format!("can't write {path:?}"))
}
