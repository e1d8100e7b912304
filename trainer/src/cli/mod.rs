//! The command line.

pub mod recipe_args;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::arch::Arch;
use crate::locator::SIDE;
use crate::recipe::{Precision, Recipe};
use recipe_args::RecipeArgs;

/// Trains a network to name playing cards, and writes the model file for the device.
///
/// Without a command, trains.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub train: TrainArgs,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train on a folder per class, then export
    Train(Box<TrainArgs>),
    /// Train the network that finds cards in a frame, for auto mode, and export it
    TrainLocator(LocatorArgs),
    /// Measure a model file or a checkpoint on a folder per class
    Evaluate(EvaluateArgs),
    /// Write the model files of a checkpoint again
    Export(ExportArgs),
    /// Draw a deck as a data set: a folder per class
    Render(RenderArgs),
    /// Look for trouble in a data set: broken files, wrong names, duplicates
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
    /// Which network
    #[arg(long, value_enum, default_value = "baseline")]
    pub arch: Arch,
    /// Begin with the weights of this checkpoint instead of random ones, to teach a
    /// trained network another deck
    #[arg(long, value_name = "CHECKPOINT", conflicts_with = "resume")]
    pub start_from: Option<PathBuf>,
    /// Go on with the run that was stopped in --out; give the same options again
    #[arg(long)]
    pub resume: bool,
    /// Begin anew in --out although it holds an earlier run, which is lost
    #[arg(long, conflicts_with = "resume")]
    pub overwrite: bool,
    /// Where to compute: auto (CUDA if there is one), cpu, or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: String,
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
pub struct LocatorArgs {
    /// Folder with a folder of card images per class, to be laid on tables; without it,
    /// all cards are drawn
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Folder of photographs with a labels.jsonl, as tables with known cards
    #[arg(long, value_name = "DIR")]
    pub photos: Option<PathBuf>,
    /// Text file with the names of photographs to leave out, one a line
    #[arg(long, value_name = "FILE", requires = "photos")]
    pub photos_aside: Option<PathBuf>,
    /// Folder for the weights and the model files
    #[arg(long, value_name = "DIR", default_value = "runs/locator")]
    pub out: PathBuf,
    /// Go on with the run that was stopped in --out; give the same options again
    #[arg(long, conflicts_with = "overwrite")]
    pub resume: bool,
    /// Begin anew in --out although it holds an earlier run, which is lost
    #[arg(long)]
    pub overwrite: bool,
    /// Do not train; write the model files of the run in --out again
    #[arg(long, conflicts_with_all = ["resume", "overwrite"])]
    pub export_only: bool,
    /// Where to compute: auto (CUDA if there is one), cpu, or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: String,
    /// Batches of 32 scenes to train the network on that sees the frame
    #[arg(long, value_name = "N", default_value_t = 8000)]
    pub steps: usize,
    /// Batches of 128 cards to train the network on that looks closely
    #[arg(long, value_name = "N", default_value_t = 5500)]
    pub close_steps: usize,
    /// The highest learning rate of both
    #[arg(long, value_name = "RATE", default_value_t = 2e-3)]
    pub learning_rate: f64,
    /// Cards to draw for the scenes, besides those of --data
    #[arg(long, value_name = "N", default_value_t = 1500)]
    pub drawn_cards: usize,
    /// Arithmetic of convolutions: auto, f32 or bf16
    #[arg(long, value_enum, default_value = "auto")]
    pub precision: Precision,
    /// Edge of a square of as many pixels as frames are shrunk to: less is faster, and finds
    /// fewer small cards
    #[arg(long, value_name = "PIXELS", default_value_t = SIDE, value_parser = clap::value_parser!(u32).range(64..=512))]
    pub side: u32,
    /// Score, 0..1, below which a place is no card
    #[arg(long, value_name = "SCORE", default_value_t = 0.3)]
    pub threshold: f32,
    /// Confidence, 0..1, with which what was found has to be named
    #[arg(long, value_name = "P", default_value_t = 0.7)]
    pub accept_threshold: f32,
    /// Seed of the run
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
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
    /// Count the images that have one like them below this data set by themselves
    #[arg(long, value_name = "DIR")]
    pub apart_from: Option<PathBuf>,
    /// Another model or checkpoint to compare logits and answers with
    #[arg(long, value_name = "MODEL")]
    pub against: Option<PathBuf>,
    /// Print one JSON line
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// A checkpoint that training wrote
    pub checkpoint: PathBuf,
    /// The data set of that training: its held-out part calibrates and checks the files
    #[arg(long, value_name = "DIR")]
    pub calibrate: PathBuf,
    /// The int8 model file; f32 goes beside it with "-f32" in its name
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
    /// Images a class
    #[arg(long, value_name = "N", default_value = "40")]
    pub per_class: usize,
    /// Width and height in pixels
    #[arg(long, value_name = "PIXELS", default_value = "224", value_parser = clap::value_parser!(u32).range(32..=1024))]
    pub side: u32,
    /// Seed of the deck's looks
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,
}

#[derive(Clone, Debug, Args)]
pub struct CheckDataArgs {
    /// Folder with a folder per class
    pub dir: PathBuf,
    /// More parts of the same data set, such as its validation and test images
    pub others: Vec<PathBuf>,
}

impl TrainArgs {
    /// The architecture's recipe with what the person asked for instead.
    pub fn recipe(&self) -> Recipe {
        self.recipe.change(Recipe::of(self.arch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn without_a_command_options_are_those_of_train() {
        let cli = Cli::parse_from(["trainer", "--arch", "compact", "--epochs", "3"]);
        let recipe = cli.train.recipe();
        assert_eq!((recipe.arch, recipe.epochs), (Arch::Compact, 3));
        assert_eq!(recipe.side, Arch::Compact.default_side());
    }
}
