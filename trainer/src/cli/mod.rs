//! The command line.

pub mod crops_args;
pub mod help;
pub mod locator_args;
pub mod recipe_args;
pub mod scene_image_args;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::arch::Arch;
use crate::recipe::Recipe;
pub use crops_args::CropsArgs;
pub use locator_args::LocatorArgs;
use recipe_args::RecipeArgs;

/// The version and the commit, such as "0.2.0 (1a2b3c4d5e6f)".
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("CARDSIGHT_COMMIT"), ")");

/// Trains a network that names playing cards, and writes the model file for the device.
///
/// Without a command, it trains the network that ships on data/train.
#[derive(Debug, Parser)]
#[command(version = VERSION, args_conflicts_with_subcommands = true)]
pub struct TrainerCli {
    #[command(subcommand)]
    pub command: Option<TrainerCommand>,
    #[command(flatten)]
    pub train: TrainArgs,
}

#[derive(Debug, Subcommand)]
pub enum TrainerCommand {
    /// Train on a folder per class, then write the model files
    Train(Box<TrainArgs>),
    /// Train the networks that find cards in a frame, for auto mode, and write their model files
    TrainLocator(LocatorArgs),
    /// Measure a model file or a checkpoint on a folder per class
    Evaluate(EvaluateArgs),
    /// Write the model files of a checkpoint again
    Export(ExportArgs),
    /// Store a self-test in model files of release 0.1, or replace the one that they have
    AddSelfTest(AddSelfTestArgs),
    /// Show what each layer of the networks computes and costs
    Summary(SummaryArgs),
    /// Draw a deck as a data set: a folder per class
    Render(RenderArgs),
    /// Compose scenes, and cut their cards out as the device does, for `train --crops`
    Crops(CropsArgs),
    /// Report what is wrong with a data set: broken files, unknown names, duplicates
    CheckData(CheckDataArgs),
}

#[derive(Clone, Debug, Args)]
pub struct TrainArgs {
    /// Folder with a folder per class
    #[arg(long, value_name = "DIR", default_value = "data/train")]
    pub data: PathBuf,
    /// Folder for the checkpoint, the history and the model files
    #[arg(long, value_name = "DIR", default_value = "runs/latest")]
    pub out: PathBuf,
    /// Which network to train, with its recipe
    #[arg(long, value_enum, default_value_t = Arch::Compact)]
    pub arch: Arch,
    /// Train on these crops too, a folder per class and "no card", as `trainer crops` writes them
    #[arg(long, value_name = "DIR")]
    pub crops: Option<PathBuf>,
    /// Start from the weights of this checkpoint or model file instead of random ones, to teach
    /// a trained network more
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub start_from: Option<PathBuf>,
    /// Continue the run that was stopped in --out; give the same options again
    #[arg(long)]
    pub resume: bool,
    /// Replace the earlier run in --out, which is lost
    #[arg(long, conflicts_with = "resume")]
    pub overwrite: bool,
    /// Where to compute: auto (CUDA if there is a CUDA device), cpu, or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: String,
    /// Threads that compute, and as many that make batches beside them; all cores by default
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Validation images that int8 may lose against f32 before the export fails
    #[arg(long, value_name = "N", default_value = "5")]
    pub max_lost: usize,
    /// Mistakes that report.html shows as images
    #[arg(long, value_name = "N", default_value = "24")]
    pub gallery: usize,
    #[command(flatten)]
    pub recipe: RecipeArgs,
}

#[derive(Clone, Debug, Args)]
pub struct EvaluateArgs {
    /// Model file (.onnx, run by tract as on the device) or checkpoint (.safetensors)
    pub model: PathBuf,
    /// Folder with a folder per class
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Measure only the images that the training of this checkpoint held out
    #[arg(long, value_name = "CHECKPOINT")]
    pub held_out_of: Option<PathBuf>,
    /// Also score images that have a similar one in this data set, and those that do not,
    /// separately
    #[arg(long, value_name = "DIR")]
    pub apart_from: Option<PathBuf>,
    /// Another model file or checkpoint, whose logits and answers are compared
    #[arg(long, value_name = "MODEL")]
    pub against: Option<PathBuf>,
    /// Print one JSON line
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, Args)]
pub struct AddSelfTestArgs {
    /// Model files: classifiers or locators
    #[arg(required = true, value_name = "FILE")]
    pub models: Vec<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// A checkpoint that training wrote
    pub checkpoint: PathBuf,
    /// The data set of that training, whose held-out part calibrates and checks the files
    #[arg(long, value_name = "DIR")]
    pub calibrate: PathBuf,
    /// Blend the weights with those of this model file, from which the training started
    #[arg(long, value_name = "FILE")]
    pub blend_with: Option<PathBuf>,
    /// The share of that model file in the blended weights, 0..1
    #[arg(long, value_name = "SHARE", default_value = "0.25", value_parser = share)]
    pub blend_share: f32,
    /// The int8 model file; the f32 file is written beside it, with "-f32" in its name
    #[arg(long, value_name = "FILE", default_value = "cardsight.onnx")]
    pub out: PathBuf,
    /// Validation images that int8 may lose against f32 before the export fails
    #[arg(long, value_name = "N", default_value = "5")]
    pub max_lost: usize,
}

#[derive(Clone, Debug, Args)]
pub struct RenderArgs {
    /// New folder to draw into
    pub dir: PathBuf,
    /// Images of each class
    #[arg(long, value_name = "N", default_value = "40")]
    pub per_class: usize,
    /// Width and height of each image in pixels
    #[arg(long, value_name = "PIXELS", default_value = "224", value_parser = clap::value_parser!(u32).range(32..=1024))]
    pub side: u32,
    /// Seed of the deck's appearance
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,
}

#[derive(Clone, Debug, Args)]
pub struct SummaryArgs {
    /// Which network; without it, both
    #[arg(long, value_enum)]
    pub arch: Option<Arch>,
    /// Width and height of the network's input in pixels; by default that of its recipe
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(32..=512))]
    pub side: Option<u32>,
    /// How many classes the network distinguishes
    #[arg(long, value_name = "N", default_value = "53")]
    pub classes: usize,
}

#[derive(Clone, Debug, Args)]
pub struct CheckDataArgs {
    /// Folder with a folder per class
    pub dir: PathBuf,
    /// More parts of the same data set, such as its validation and test images
    pub others: Vec<PathBuf>,
}

/// Reads a share, 0..1.
fn share(text: &str) -> Result<f32, String> {
    let share: f32 = text.parse().map_err(|_| "it is not a number".to_owned())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("it is not from 0 to 1".to_owned()) }
}

impl TrainArgs {
    /// The recipe of the architecture with the changes that the options ask for.
    pub fn recipe(&self) -> Recipe {
        self.recipe.apply_to(Recipe::of(self.arch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_command_the_options_are_those_of_train() {
        let cli = TrainerCli::parse_from(["trainer", "--arch", "baseline", "--epochs", "3"]);
        let recipe = cli.train.recipe();
        assert_eq!((recipe.arch, recipe.epochs), (Arch::Baseline, 3));
        assert_eq!(recipe.side, Arch::Baseline.default_side());
    }

    #[test]
    fn without_options_the_network_that_ships_is_trained() {
        assert_eq!(TrainerCli::parse_from(["trainer"]).train.recipe(), Recipe::of(Arch::Compact));
    }

    #[test]
    fn the_names_of_earlier_releases_stay_accepted() {
        let options = ["trainer", "--arch", "documented", "--augment", "documented"];
        assert_eq!(TrainerCli::parse_from(options).train.recipe(), Recipe::of(Arch::Baseline));
        let options = ["trainer", "train-locator", "--steps", "7", "--close-steps", "9"];
        let Some(TrainerCommand::TrainLocator(args)) = TrainerCli::parse_from(options).command
        else {
            panic!("another command")
        };
        let recipe = args.recipe();
        assert_eq!((recipe.detector.steps, recipe.refiner.steps), (7, 9));
    }
}
