//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::arch::Arch;
use crate::recipe::{Precision, Recipe};

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
    Train(TrainArgs),
    /// Measure a model file or a checkpoint on a folder per class
    Evaluate(EvaluateArgs),
    /// Write the model files of a checkpoint again
    Export(ExportArgs),
    /// Draw a deck as a data set: a folder per class
    Render(RenderArgs),
    /// Look for trouble in a data set (not built yet)
    CheckData {
        /// Folder with a folder per class
        dir: PathBuf,
    },
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
    #[arg(long, value_enum, default_value = "documented")]
    pub arch: Arch,
    /// Begin with the weights of this checkpoint instead of random ones, to teach a
    /// trained network another deck
    #[arg(long, value_name = "CHECKPOINT")]
    pub start_from: Option<PathBuf>,
    /// Times that each picture is seen [default: the architecture's recipe]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub epochs: Option<u32>,
    /// Pictures a step [default: the architecture's recipe]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    pub batch_size: Option<u32>,
    /// Highest learning rate [default: the architecture's recipe]
    #[arg(long, value_name = "RATE", value_parser = positive)]
    pub learning_rate: Option<f64>,
    /// Width and height of the network's input in pixels [default: the architecture's]
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(32..=512))]
    pub side: Option<u32>,
    /// Freshly drawn cards added to each epoch [default: the architecture's recipe]
    #[arg(long, value_name = "N")]
    pub drawn_cards: Option<usize>,
    /// Freshly drawn tables without a card added to each epoch [default: the recipe]
    #[arg(long, value_name = "N")]
    pub drawn_empty: Option<usize>,
    /// Share of each class put aside to choose the best epoch by
    #[arg(long, value_name = "SHARE", default_value = "0.2", value_parser = share)]
    pub valid_share: f64,
    /// Seed of the split, the augmentation and the weights
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,
    /// Where to compute: auto (CUDA if there is one), cpu, or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: String,
    /// Arithmetic of convolutions while training
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: Precision,
    /// Validation pictures that int8 may lose against f32 before the export fails
    #[arg(long, value_name = "N", default_value = "5")]
    pub max_lost: usize,
}

#[derive(Clone, Debug, Args)]
pub struct EvaluateArgs {
    /// Model file (.onnx, run by tract as on the device) or checkpoint (.safetensors)
    pub model: PathBuf,
    /// Folder with a folder per class
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
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
    /// Validation pictures that int8 may lose against f32 before the export fails
    #[arg(long, value_name = "N", default_value = "5")]
    pub max_lost: usize,
}

#[derive(Clone, Debug, Args)]
pub struct RenderArgs {
    /// New folder to draw into
    pub dir: PathBuf,
    /// Pictures a class
    #[arg(long, value_name = "N", default_value = "40")]
    pub per_class: usize,
    /// Width and height in pixels
    #[arg(long, value_name = "PIXELS", default_value = "224", value_parser = clap::value_parser!(u32).range(32..=1024))]
    pub side: u32,
    /// Seed of the deck's looks
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,
}

impl TrainArgs {
    /// The architecture's recipe with what the person asked for instead.
    pub fn recipe(&self) -> Recipe {
        let default = Recipe::of(self.arch);
        Recipe {
            side: self.side.unwrap_or(default.side),
            epochs: self.epochs.map_or(default.epochs, |n| n as usize),
            batch_size: self.batch_size.map_or(default.batch_size, |n| n as usize),
            learning_rate: self.learning_rate.unwrap_or(default.learning_rate),
            drawn_cards: self.drawn_cards.unwrap_or(default.drawn_cards),
            drawn_empty: self.drawn_empty.unwrap_or(default.drawn_empty),
            precision: self.precision,
            valid_share: self.valid_share,
            seed: self.seed,
            ..default
        }
    }
}

fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().map_err(|error| error.to_string())?;
    if number.is_finite() && number > 0.0 { Ok(number) } else { Err("must be above 0".into()) }
}

fn share(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().map_err(|error| error.to_string())?;
    if (0.01..=0.5).contains(&number) {
        Ok(number)
    } else {
        Err("must be between 0.01 and 0.5".into())
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
