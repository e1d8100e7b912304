//! Options of `trainer train` that change the recipe of the architecture.

use clap::{Args, ValueEnum};

use crate::data::augment::Augmentation;
use crate::recipe::{Optimization, Optimizer, Precision, Recipe, Schedule};

/// Every number of a recipe. [`help`](crate::cli::help) adds the defaults of both architectures
/// to the help texts.
#[derive(Clone, Debug, Default, PartialEq, Args)]
#[command(next_help_heading = "Recipe")]
pub struct RecipeArgs {
    /// How often each image is trained on
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub epochs: Option<u32>,
    /// Images of a step
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    pub batch_size: Option<u32>,
    /// Width and height of the network's input in pixels
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(32..=512))]
    pub side: Option<u32>,
    /// The rule that turns gradients into steps
    #[arg(long, value_enum)]
    pub optimizer: Option<OptimizerName>,
    /// AdamW: share of each weight that is subtracted at each step, times the learning rate
    #[arg(long, value_name = "DECAY", value_parser = not_negative)]
    pub weight_decay: Option<f64>,
    /// Highest learning rate
    #[arg(long, value_name = "RATE", value_parser = positive)]
    pub learning_rate: Option<f64>,
    /// How the learning rate changes: it is halved on a plateau of the validation accuracy, or
    /// it rises and falls along a cosine
    #[arg(long, value_enum)]
    pub schedule: Option<ScheduleName>,
    /// One-cycle: share of the run in which the rate rises; 0 gives a plain cosine
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub warm_up: Option<f64>,
    /// Plateau: epochs without improvement before the rate is halved
    #[arg(long, value_name = "N")]
    pub patience: Option<usize>,
    /// Share of the target that is spread evenly over all classes
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub label_smoothing: Option<f64>,
    /// Weight of the losses of rank and suit alone, against 1 for the class
    #[arg(long, value_name = "WEIGHT", value_parser = not_negative)]
    pub rank_suit_loss: Option<f64>,
    /// Share of the images into which up to half of another image is blended
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub blend_share: Option<f64>,
    /// Share of the averaged weights that each step keeps; with 0 there is no average
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub average_decay: Option<f64>,
    /// Largest norm of all gradients together; with 0, gradients are never scaled down
    #[arg(long, value_name = "NORM", value_parser = not_negative)]
    pub clip_gradients: Option<f64>,
    /// Share of the activations that is dropped in training
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub dropout: Option<f64>,
    /// Cards that are drawn freshly for each epoch
    #[arg(long, value_name = "N")]
    pub drawn_cards: Option<usize>,
    /// Share of the drawn cards whose centre is an image of the data set
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub drawn_over: Option<f64>,
    /// Empty tables and card backs that are drawn freshly for each epoch
    #[arg(long, value_name = "N")]
    pub drawn_empty: Option<usize>,
    /// Crops of each epoch, of those of --crops
    #[arg(long = "crops-per-epoch", value_name = "N")]
    pub crops_per_epoch: Option<usize>,
    /// Arithmetic of convolutions while training; auto is bf16 on CUDA, f32 on CPUs
    #[arg(long, value_enum)]
    pub precision: Option<Precision>,
    /// Share of the images that is held out and decides which epoch is the best
    #[arg(long, value_name = "SHARE", value_parser = split_share)]
    pub valid_share: Option<f64>,
    /// Keep near-duplicates on one side of the split
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub group_duplicates: Option<bool>,
    /// Seed of the split, the augmentation and the weights
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub augment: AugmentArgs,
}

/// Every number of the augmentation.
#[derive(Clone, Debug, Default, PartialEq, Args)]
#[command(next_help_heading = "Augmentation")]
pub struct AugmentArgs {
    /// Which set of values the other options of this section change
    #[arg(long, value_enum)]
    pub augment: Option<AugmentName>,
    /// Chance of mirroring left and right
    #[arg(long, value_name = "CHANCE", value_parser = share)]
    pub flip: Option<f64>,
    /// Chance of turning by 180°
    #[arg(long, value_name = "CHANCE", value_parser = share)]
    pub half_turn: Option<f64>,
    /// Largest rotation to either side, in degrees
    #[arg(long, value_name = "DEGREES", value_parser = not_negative)]
    pub rotation: Option<f64>,
    /// Largest change of size
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub scale: Option<f64>,
    /// Largest change of width against height
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub stretch: Option<f64>,
    /// Largest shift, as a share of the side
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub shift: Option<f64>,
    /// Largest shift of each corner alone, as a share of the side
    #[arg(long, value_name = "SHARE", value_parser = corner_share)]
    pub perspective: Option<f64>,
    /// Largest change of brightness
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub brightness: Option<f64>,
    /// Largest change of contrast
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub contrast: Option<f64>,
    /// Largest change of brightness of each colour channel alone
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub tint: Option<f64>,
    /// Largest change of saturation
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub saturation: Option<f64>,
    /// Chance of a blur
    #[arg(long, value_name = "CHANCE", value_parser = share)]
    pub blur: Option<f64>,
    /// Chance of noise
    #[arg(long, value_name = "CHANCE", value_parser = share)]
    pub noise: Option<f64>,
    /// Chance of covering a rectangle
    #[arg(long, value_name = "CHANCE", value_parser = share)]
    pub erase: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OptimizerName {
    Adam,
    #[value(name = "adamw")]
    AdamW,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScheduleName {
    Plateau,
    OneCycle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AugmentName {
    None,
    // The name that earlier releases used stays accepted.
    #[value(alias = "documented")]
    Baseline,
    Strong,
}

impl RecipeArgs {
    /// A recipe with the changes that the options ask for.
    pub fn apply_to(&self, default: Recipe) -> Recipe {
        Recipe {
            arch: default.arch,
            side: self.side.unwrap_or(default.side),
            epochs: self.epochs.map_or(default.epochs, |epochs| epochs as usize),
            optimization: self.optimization(&default.optimization),
            label_smoothing: self.label_smoothing.unwrap_or(default.label_smoothing),
            rank_suit_loss: self.rank_suit_loss.unwrap_or(default.rank_suit_loss),
            blend_share: self.blend_share.unwrap_or(default.blend_share),
            dropout: self.dropout.or(default.dropout),
            augment: self.augment.apply_to(default.augment),
            drawn_cards: self.drawn_cards.unwrap_or(default.drawn_cards),
            drawn_over: self.drawn_over.unwrap_or(default.drawn_over),
            drawn_empty: self.drawn_empty.unwrap_or(default.drawn_empty),
            crops: self.crops_per_epoch.unwrap_or(default.crops),
            valid_share: self.valid_share.unwrap_or(default.valid_share),
            group_duplicates: self.group_duplicates.unwrap_or(default.group_duplicates),
            seed: self.seed.unwrap_or(default.seed),
        }
    }

    fn optimization(&self, default: &Optimization) -> Optimization {
        Optimization {
            batch_size: self.batch_size.map_or(default.batch_size, |size| size as usize),
            optimizer: self.optimizer(default.optimizer),
            learning_rate: self.learning_rate.unwrap_or(default.learning_rate),
            schedule: self.schedule(default.schedule),
            average_decay: self.average_decay.unwrap_or(default.average_decay),
            clip_gradients: self.clip_gradients.unwrap_or(default.clip_gradients),
            precision: self.precision.unwrap_or(default.precision),
        }
    }

    fn optimizer(&self, default: Optimizer) -> Optimizer {
        let chosen = match self.optimizer {
            None => default,
            Some(OptimizerName::Adam) => Optimizer::Adam,
            Some(OptimizerName::AdamW) => Optimizer::ADAM_W,
        };
        match (chosen, self.weight_decay) {
            (Optimizer::AdamW { .. }, Some(weight_decay)) => Optimizer::AdamW { weight_decay },
            _ => chosen,
        }
    }

    fn schedule(&self, default: Schedule) -> Schedule {
        let chosen = match self.schedule {
            None => default,
            Some(ScheduleName::Plateau) => Schedule::PLATEAU,
            Some(ScheduleName::OneCycle) => Schedule::ONE_CYCLE,
        };
        match chosen {
            Schedule::Plateau { factor, patience } => {
                Schedule::Plateau { factor, patience: self.patience.unwrap_or(patience) }
            }
            Schedule::OneCycle { warm_up } => {
                Schedule::OneCycle { warm_up: self.warm_up.unwrap_or(warm_up) }
            }
        }
    }
}

impl AugmentArgs {
    fn apply_to(&self, default: Augmentation) -> Augmentation {
        let base = match self.augment {
            None => default,
            Some(AugmentName::None) => Augmentation::NONE,
            Some(AugmentName::Baseline) => Augmentation::BASELINE,
            Some(AugmentName::Strong) => Augmentation::STRONG,
        };
        Augmentation {
            flip_chance: self.flip.unwrap_or(base.flip_chance),
            half_turn_chance: self.half_turn.unwrap_or(base.half_turn_chance),
            rotation_degrees: self.rotation.unwrap_or(base.rotation_degrees),
            scale: self.scale.unwrap_or(base.scale),
            stretch: self.stretch.unwrap_or(base.stretch),
            shift: self.shift.unwrap_or(base.shift),
            perspective: self.perspective.unwrap_or(base.perspective),
            brightness: self.brightness.unwrap_or(base.brightness),
            contrast: self.contrast.unwrap_or(base.contrast),
            tint: self.tint.unwrap_or(base.tint),
            saturation: self.saturation.unwrap_or(base.saturation),
            blur_chance: self.blur.unwrap_or(base.blur_chance),
            noise_chance: self.noise.unwrap_or(base.noise_chance),
            erase_chance: self.erase.unwrap_or(base.erase_chance),
            ..base
        }
    }
}

fn number(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().map_err(|error| error.to_string())?;
    if number.is_finite() { Ok(number) } else { Err("must be a number".into()) }
}

fn between(text: &str, low: f64, high: f64) -> Result<f64, String> {
    let number = number(text)?;
    if (low..=high).contains(&number) {
        Ok(number)
    } else {
        Err(format!("must be between {low} and {high}"))
    }
}

pub(crate) fn positive(text: &str) -> Result<f64, String> {
    let number = number(text)?;
    if number > 0.0 { Ok(number) } else { Err("must be above 0".into()) }
}

pub(crate) fn not_negative(text: &str) -> Result<f64, String> {
    between(text, 0.0, f64::MAX)
}

fn share(text: &str) -> Result<f64, String> {
    between(text, 0.0, 1.0)
}

/// Corners that move further could fold the image.
fn corner_share(text: &str) -> Result<f64, String> {
    between(text, 0.0, 0.2)
}

fn split_share(text: &str) -> Result<f64, String> {
    between(text, 0.01, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::Arch;

    #[test]
    fn without_options_a_recipe_does_not_change() {
        for arch in [Arch::Baseline, Arch::Compact] {
            assert_eq!(RecipeArgs::default().apply_to(Recipe::of(arch)), Recipe::of(arch));
        }
    }

    #[test]
    fn a_schedule_keeps_the_numbers_that_belong_to_it() {
        let args = RecipeArgs {
            schedule: Some(ScheduleName::OneCycle),
            warm_up: Some(0.0),
            optimizer: Some(OptimizerName::AdamW),
            weight_decay: Some(0.01),
            ..RecipeArgs::default()
        };
        let recipe = args.apply_to(Recipe::of(Arch::Baseline));
        assert_eq!(recipe.optimization.schedule, Schedule::OneCycle { warm_up: 0.0 });
        assert_eq!(recipe.optimization.optimizer, Optimizer::AdamW { weight_decay: 0.01 });
    }

    #[test]
    fn one_number_of_the_augmentation_can_be_changed_alone() {
        let augment = AugmentArgs { flip: Some(0.5), ..AugmentArgs::default() };
        let args = RecipeArgs { augment, ..RecipeArgs::default() };
        let recipe = args.apply_to(Recipe::of(Arch::Compact));
        assert_eq!(recipe.augment, Augmentation { flip_chance: 0.5, ..Augmentation::STRONG });
    }
}
