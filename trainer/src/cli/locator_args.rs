//! Options of `trainer train-locator`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use crate::cli::recipe_args::{not_negative, positive};
use crate::cli::scene_image_args::SceneImageArgs;
use crate::recipe::{LocatorRecipe, Optimization, Precision};

/// What the options are by default.
const DEFAULT: LocatorRecipe = LocatorRecipe::DEFAULT;

#[derive(Clone, Debug, Args)]
pub struct LocatorArgs {
    /// Folder with a folder of card images per class, which are laid on tables; without it, all
    /// cards are drawn
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub images: SceneImageArgs,
    /// Folder for the weights, the histories and the model files
    #[arg(long, value_name = "DIR", default_value = "runs/locator")]
    pub out: PathBuf,
    /// Start from the networks of this locator instead of random weights
    #[arg(long, value_name = "FILE", conflicts_with_all = ["resume", "export_only"])]
    pub start_from: Option<PathBuf>,
    /// Continue the run that was stopped in --out; give the same options again
    #[arg(long, conflicts_with = "overwrite")]
    pub resume: bool,
    /// Replace the earlier run in --out, which is lost
    #[arg(long)]
    pub overwrite: bool,
    /// Do not train; write the model files of the run in --out again
    #[arg(long, conflicts_with_all = ["resume", "overwrite"])]
    pub export_only: bool,
    /// Where to compute: auto (CUDA if there is a CUDA device), cpu, or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: String,
    /// Threads that compute, and as many that make batches beside them; all cores by default
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    #[arg(
        long,
        alias = "steps",
        value_name = "N",
        default_value_t = DEFAULT.detector.steps,
        help = format!(
            "Steps, of {} scenes each, of the detector, the network that sees the frame",
            DEFAULT.detector.optimization.batch_size
        )
    )]
    pub detector_steps: usize,
    #[arg(
        long,
        alias = "close-steps",
        value_name = "N",
        default_value_t = DEFAULT.refiner.steps,
        help = format!(
            "Steps, of {} cards each, of the refiner, the network that sees one card",
            DEFAULT.refiner.optimization.batch_size
        )
    )]
    pub refiner_steps: usize,
    /// Highest learning rate of both networks
    #[arg(
        long,
        value_name = "RATE",
        default_value_t = DEFAULT.detector.optimization.learning_rate,
        value_parser = positive
    )]
    pub learning_rate: f64,
    /// Largest norm of all gradients together; with 0, gradients are never scaled down
    #[arg(
        long,
        value_name = "NORM",
        default_value_t = DEFAULT.detector.optimization.clip_gradients,
        value_parser = not_negative
    )]
    pub clip_gradients: f64,
    /// Cards to draw for the scenes, in addition to those of --data
    #[arg(long, value_name = "N", default_value_t = DEFAULT.stock.drawn_cards)]
    pub drawn_cards: usize,
    /// Arithmetic of convolutions while training; auto is bf16 on CUDA, f32 on CPUs
    #[arg(long, value_enum, default_value_t = DEFAULT.detector.optimization.precision)]
    pub precision: Precision,
    /// Frames are reduced to as many pixels as a square of this side; a smaller one is faster and
    /// finds fewer small cards
    #[arg(
        long,
        value_name = "PIXELS",
        default_value_t = DEFAULT.detector.side,
        value_parser = clap::value_parser!(u32).range(64..=512)
    )]
    pub side: u32,
    /// Score, 0..1, below which a place does not count as a card
    #[arg(long, value_name = "SCORE", default_value_t = DEFAULT.threshold)]
    pub threshold: f32,
    /// Confidence, 0..1, that the classifier must have in the name of a card that was found
    #[arg(long, value_name = "P", default_value_t = DEFAULT.accept_threshold)]
    pub accept_threshold: f32,
    /// Seed of the run
    #[arg(long, value_name = "N", default_value_t = DEFAULT.seed)]
    pub seed: u64,
}

impl LocatorArgs {
    /// The default recipe with the changes that the options ask for.
    pub fn recipe(&self) -> LocatorRecipe {
        let mut recipe = DEFAULT;
        recipe.stock.drawn_cards = self.drawn_cards;
        recipe.detector.steps = self.detector_steps;
        recipe.detector.side = self.side;
        recipe.refiner.steps = self.refiner_steps;
        recipe.threshold = self.threshold;
        recipe.accept_threshold = self.accept_threshold;
        recipe.seed = self.seed;
        for optimization in [&mut recipe.detector.optimization, &mut recipe.refiner.optimization] {
            *optimization = Optimization {
                learning_rate: self.learning_rate,
                clip_gradients: self.clip_gradients,
                precision: self.precision,
                ..*optimization
            };
        }
        recipe
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[derive(clap::Parser)]
    struct Parsed {
        #[command(flatten)]
        args: LocatorArgs,
    }

    #[test]
    fn without_options_the_recipe_is_the_default_one() {
        assert_eq!(Parsed::parse_from(["x"]).args.recipe(), LocatorRecipe::DEFAULT);
    }
}
