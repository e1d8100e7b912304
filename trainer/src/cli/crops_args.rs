//! Options of `trainer crops`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::scene_image_args::SceneImageArgs;
use crate::recipe::CropsRecipe;

/// What the options are by default.
const DEFAULT: CropsRecipe = CropsRecipe::DEFAULT;

#[derive(Clone, Debug, Args)]
pub struct CropsArgs {
    /// Folder to write into: a folder per class, and "no card"
    pub dir: PathBuf,
    /// The locator that outlines the cards, a model file
    #[arg(long, value_name = "FILE", default_value = "models/locator.onnx")]
    pub locator: PathBuf,
    /// Folder with a folder of card images per class; the images that `train --group-duplicates`
    /// holds out with the same seed are left out
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub images: SceneImageArgs,
    /// Continue writing into a folder in which this command was stopped; give the same options
    #[arg(long)]
    pub resume: bool,
    /// Scenes to compose; each gives about four crops
    #[arg(long, value_name = "N", default_value_t = DEFAULT.scenes)]
    pub scenes: u64,
    /// Cards to draw for the scenes, in addition to those of --data and --decks
    #[arg(long, value_name = "N", default_value_t = DEFAULT.stock.drawn_cards)]
    pub drawn_cards: usize,
    /// Width and height of a crop in pixels: those of the classifier's input
    #[arg(long, value_name = "PIXELS", default_value_t = DEFAULT.side)]
    pub side: u32,
    /// Seed of the scenes, and of the split of --data
    #[arg(long, value_name = "N", default_value_t = DEFAULT.seed)]
    pub seed: u64,
}

impl CropsArgs {
    /// The default recipe with the changes that the options ask for.
    pub fn recipe(&self) -> CropsRecipe {
        let mut recipe = DEFAULT;
        recipe.scenes = self.scenes;
        recipe.stock.drawn_cards = self.drawn_cards;
        recipe.side = self.side;
        recipe.seed = self.seed;
        recipe
    }
}
