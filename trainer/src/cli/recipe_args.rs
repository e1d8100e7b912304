//! Options that change a recipe. Without one, the architecture's recipe holds.

use clap::{Args, ValueEnum};

use crate::data::augment::Augment;
use crate::recipe::{Optimizer, Precision, Recipe, Schedule};

/// Every number of a recipe. The help text names the defaults of both architectures
/// as "documented / compact" where they differ.
#[derive(Clone, Debug, Default, PartialEq, Args)]
#[command(next_help_heading = "Recipe (defaults: documented / compact)")]
pub struct RecipeArgs {
    /// Times that each image is seen (50 / 60)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub epochs: Option<u32>,
    /// Images a step (32 / 64)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    pub batch_size: Option<u32>,
    /// Width and height of the network's input in pixels (224 / 160)
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(32..=512))]
    pub side: Option<u32>,
    /// The rule that turns gradients into steps (adam / adamw)
    #[arg(long, value_enum)]
    pub optimizer: Option<OptimizerName>,
    /// Shrinks the weights at each step by this times the rate; adamw only (0.05)
    #[arg(long, value_name = "DECAY", value_parser = not_negative)]
    pub weight_decay: Option<f64>,
    /// Highest learning rate (1e-4 / 3e-3)
    #[arg(long, value_name = "RATE", value_parser = positive)]
    pub learning_rate: Option<f64>,
    /// How the learning rate goes: halved on a plateau of validation accuracy, or up and
    /// down along a cosine (plateau / one-cycle)
    #[arg(long, value_enum)]
    pub schedule: Option<ScheduleName>,
    /// One-cycle: share of the run that the rate climbs; 0 for a plain cosine (0.1)
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub warm_up: Option<f64>,
    /// Plateau: epochs without gain before the rate is halved (3)
    #[arg(long, value_name = "N")]
    pub patience: Option<usize>,
    /// Share of the target spread evenly over all classes (0 / 0.1)
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub label_smoothing: Option<f64>,
    /// How much ranks and suits by themselves count against the class (0 / 0)
    #[arg(long, value_name = "WEIGHT", value_parser = not_negative)]
    pub rank_suit_loss: Option<f64>,
    /// Share of the images with up to half of another one in them (0 / 0)
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub blend_share: Option<f64>,
    /// How much of the averaged weights each step keeps; 0 keeps no average (0 / 0.998)
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub average_decay: Option<f64>,
    /// Longest norm of all gradients together; 0 leaves them as they are (0 / 5)
    #[arg(long, value_name = "NORM", value_parser = not_negative)]
    pub clip_gradients: Option<f64>,
    /// Share of activations dropped in training (0.5 / 0.2)
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub dropout: Option<f64>,
    /// Freshly drawn cards added to each epoch (0 / 3000)
    #[arg(long, value_name = "N")]
    pub drawn_cards: Option<usize>,
    /// Share of them with an image of the data set as their centre (0 / 0.5)
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub drawn_over: Option<f64>,
    /// Freshly drawn tables without a card added to each epoch (0 / 150)
    #[arg(long, value_name = "N")]
    pub drawn_empty: Option<usize>,
    /// Arithmetic of convolutions while training; auto is bf16 on CUDA, f32 on CPUs (auto)
    #[arg(long, value_enum)]
    pub precision: Option<Precision>,
    /// Share of the images put aside to choose the best epoch by (0.2)
    #[arg(long, value_name = "SHARE", value_parser = split_share)]
    pub valid_share: Option<f64>,
    /// Keep near-duplicates on one side of the split (false)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub group_duplicates: Option<bool>,
    /// Seed of the split, the augmentation and the weights (0)
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub augment: AugmentArgs,
}

/// Every number of the augmentation.
#[derive(Clone, Debug, Default, PartialEq, Args)]
#[command(next_help_heading = "Augmentation (defaults: documented / strong)")]
pub struct AugmentArgs {
    /// Which set of defaults (documented / strong)
    #[arg(long, value_enum)]
    pub augment: Option<AugmentName>,
    /// Chance of mirroring left and right (0.5 / 0)
    #[arg(long, value_name = "CHANCE", value_parser = share)]
    pub flip: Option<f64>,
    /// Chance of turning by 180° (0 / 0.5)
    #[arg(long, value_name = "CHANCE", value_parser = share)]
    pub half_turn: Option<f64>,
    /// Most degrees of rotation to either side (10 / 15)
    #[arg(long, value_name = "DEGREES", value_parser = not_negative)]
    pub rotation: Option<f64>,
    /// Most change of size (0 / 0.15)
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub scale: Option<f64>,
    /// Most change of width against height (0 / 0.1)
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub stretch: Option<f64>,
    /// Most shift, as a share of the side (0 / 0.06)
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub shift: Option<f64>,
    /// Most shift of each corner by itself, as a share of the side (0 / 0.06)
    #[arg(long, value_name = "SHARE", value_parser = corner_share)]
    pub perspective: Option<f64>,
    /// Most change of brightness (0.2 / 0.35)
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub brightness: Option<f64>,
    /// Most change of contrast (0 / 0.3)
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub contrast: Option<f64>,
    /// Most change of brightness of each colour by itself (0 / 0.12)
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub tint: Option<f64>,
    /// Most change of saturation (0 / 0.4)
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub saturation: Option<f64>,
    /// Chance of a blur (0 / 0.25)
    #[arg(long, value_name = "CHANCE", value_parser = share)]
    pub blur: Option<f64>,
    /// Chance of noise (0 / 0.2)
    #[arg(long, value_name = "CHANCE", value_parser = share)]
    pub noise: Option<f64>,
    /// Chance of covering a rectangle (0 / 0.25)
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
    /// A recipe with what the person asked for instead.
    pub fn change(&self, default: Recipe) -> Recipe {
        let whole = |n: Option<u32>| n.map(|n| n as usize);
        Recipe {
            arch: default.arch,
            side: self.side.unwrap_or(default.side),
            epochs: whole(self.epochs).unwrap_or(default.epochs),
            batch_size: whole(self.batch_size).unwrap_or(default.batch_size),
            optimizer: self.optimizer(default.optimizer),
            learning_rate: self.learning_rate.unwrap_or(default.learning_rate),
            schedule: self.schedule(default.schedule),
            label_smoothing: self.label_smoothing.unwrap_or(default.label_smoothing),
            rank_suit_loss: self.rank_suit_loss.unwrap_or(default.rank_suit_loss),
            blend_share: self.blend_share.unwrap_or(default.blend_share),
            average_decay: self.average_decay.unwrap_or(default.average_decay),
            clip_gradients: self.clip_gradients.unwrap_or(default.clip_gradients),
            dropout: self.dropout.or(default.dropout),
            augment: self.augment.change(default.augment),
            drawn_cards: self.drawn_cards.unwrap_or(default.drawn_cards),
            drawn_over: self.drawn_over.unwrap_or(default.drawn_over),
            drawn_empty: self.drawn_empty.unwrap_or(default.drawn_empty),
            precision: self.precision.unwrap_or(default.precision),
            valid_share: self.valid_share.unwrap_or(default.valid_share),
            group_duplicates: self.group_duplicates.unwrap_or(default.group_duplicates),
            seed: self.seed.unwrap_or(default.seed),
        }
    }

    fn optimizer(&self, default: Optimizer) -> Optimizer {
        let chosen = match self.optimizer {
            None => default,
            Some(OptimizerName::Adam) => Optimizer::Adam,
            Some(OptimizerName::AdamW) => Optimizer::AdamW { weight_decay: 0.05 },
        };
        match (chosen, self.weight_decay) {
            (Optimizer::AdamW { .. }, Some(weight_decay)) => Optimizer::AdamW { weight_decay },
            _ => chosen,
        }
    }

    fn schedule(&self, default: Schedule) -> Schedule {
        let chosen = match self.schedule {
            None => default,
            Some(ScheduleName::Plateau) => Schedule::Plateau { factor: 0.5, patience: 3 },
            Some(ScheduleName::OneCycle) => Schedule::OneCycle { warm_up: 0.1 },
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
    fn change(&self, default: Augment) -> Augment {
        let base = match self.augment {
            None => default,
            Some(AugmentName::None) => Augment::NONE,
            Some(AugmentName::Baseline) => Augment::BASELINE,
            Some(AugmentName::Strong) => Augment::STRONG,
        };
        Augment {
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

fn positive(text: &str) -> Result<f64, String> {
    let number = number(text)?;
    if number > 0.0 { Ok(number) } else { Err("must be above 0".into()) }
}

fn not_negative(text: &str) -> Result<f64, String> {
    between(text, 0.0, f64::MAX)
}

fn share(text: &str) -> Result<f64, String> {
    between(text, 0.0, 1.0)
}

/// Corners that move further could fold the image over.
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
    fn without_options_a_recipe_stays_as_it_is() {
        for arch in [Arch::Baseline, Arch::Compact] {
            assert_eq!(RecipeArgs::default().change(Recipe::of(arch)), Recipe::of(arch));
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
        let recipe = args.change(Recipe::of(Arch::Baseline));
        assert_eq!(recipe.schedule, Schedule::OneCycle { warm_up: 0.0 });
        assert_eq!(recipe.optimizer, Optimizer::AdamW { weight_decay: 0.01 });
    }

    #[test]
    fn one_augmentation_can_be_changed_alone() {
        let augment = AugmentArgs { flip: Some(0.5), ..AugmentArgs::default() };
        let args = RecipeArgs { augment, ..RecipeArgs::default() };
        let recipe = args.change(Recipe::of(Arch::Compact));
        assert_eq!(recipe.augment, Augment { flip_chance: 0.5, ..Augment::STRONG });
    }
}
