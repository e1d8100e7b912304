//! The help text, whose defaults come from the recipes.

use std::process::ExitCode;

use clap::{Arg, CommandFactory as _, FromArgMatches as _};
use common::output::end_after_answer;

use crate::arch::{Arch, Layer};
use crate::cli::TrainerCli;
use crate::data::augment::Augmentation;
use crate::recipe::{Optimizer, Recipe, Schedule};

/// Parses the arguments of this process.
///
/// # Errors
/// The exit code, where the arguments ask for the help or the version or can't be parsed. Text and
/// error are printed.
pub fn parse() -> Result<TrainerCli, ExitCode> {
    let parsed =
        command().try_get_matches().and_then(|matches| TrainerCli::from_arg_matches(&matches));
    parsed.map_err(|answer| end_after_answer(answer.print(), answer.exit_code()))
}

/// The command line with the recipes' defaults in its help texts.
fn command() -> clap::Command {
    TrainerCli::command()
        .mut_args(with_default)
        .mut_subcommand("train", |train| train.mut_args(with_default))
}

/// Adds its defaults to the help of an option that changes a recipe.
fn with_default(arg: Arg) -> Arg {
    let (Some(defaults), Some(help)) = (defaults(arg.get_id().as_str()), arg.get_help()) else {
        return arg;
    };
    let help = format!("{help} [default: {defaults}]");
    arg.help(help)
}

/// The defaults of an option that changes a recipe.
fn defaults(id: &str) -> Option<String> {
    let [compact, baseline] =
        [Arch::Compact, Arch::Baseline].map(|arch| default_of(id, &Recipe::of(arch)));
    match (compact, baseline) {
        (Some(compact), Some(baseline)) if compact == baseline => Some(compact),
        (Some(compact), Some(baseline)) => {
            Some(format!("{compact} for compact, {baseline} for baseline"))
        }
        (Some(compact), None) => Some(format!("{compact} for compact")),
        (None, Some(baseline)) => Some(format!("{baseline} for baseline")),
        (None, None) => None,
    }
}

/// The value of an option in a recipe; `None` where the recipe does not have it.
fn default_of(id: &str, recipe: &Recipe) -> Option<String> {
    let optimization = &recipe.optimization;
    Some(match id {
        "epochs" => recipe.epochs.to_string(),
        "batch_size" => optimization.batch_size.to_string(),
        "side" => recipe.side.to_string(),
        "optimizer" => match optimization.optimizer {
            Optimizer::Adam => "adam".to_owned(),
            Optimizer::AdamW { .. } => "adamw".to_owned(),
        },
        "weight_decay" => match optimization.optimizer {
            Optimizer::Adam => return None,
            Optimizer::AdamW { weight_decay } => weight_decay.to_string(),
        },
        "learning_rate" => optimization.learning_rate.to_string(),
        "schedule" => match optimization.schedule {
            Schedule::Plateau { .. } => "plateau".to_owned(),
            Schedule::OneCycle { .. } => "one-cycle".to_owned(),
        },
        "warm_up" => match optimization.schedule {
            Schedule::Plateau { .. } => return None,
            Schedule::OneCycle { warm_up } => warm_up.to_string(),
        },
        "patience" => match optimization.schedule {
            Schedule::Plateau { patience, .. } => patience.to_string(),
            Schedule::OneCycle { .. } => return None,
        },
        "label_smoothing" => recipe.label_smoothing.to_string(),
        "rank_suit_loss" => recipe.rank_suit_loss.to_string(),
        "blend_share" => recipe.blend_share.to_string(),
        "average_decay" => optimization.average_decay.to_string(),
        "clip_gradients" => optimization.clip_gradients.to_string(),
        "dropout" => recipe.layers(2).iter().find_map(dropout_share)?.to_string(),
        "drawn_cards" => recipe.drawn_cards.to_string(),
        "drawn_over" => recipe.drawn_over.to_string(),
        "drawn_empty" => recipe.drawn_empty.to_string(),
        "crops_per_epoch" => recipe.crops.to_string(),
        "precision" => format!("{:?}", optimization.precision).to_lowercase(),
        "valid_share" => recipe.valid_share.to_string(),
        "group_duplicates" => recipe.group_duplicates.to_string(),
        "seed" => recipe.seed.to_string(),
        _ => return default_of_augment(id, &recipe.augment),
    })
}

fn dropout_share(layer: &Layer) -> Option<f64> {
    match layer {
        Layer::Dropout(share) => Some(*share),
        _ => None,
    }
}

/// The value of an option in an augmentation.
fn default_of_augment(id: &str, augment: &Augmentation) -> Option<String> {
    if id == "augment" {
        return Some(
            if *augment == Augmentation::STRONG { "strong" } else { "baseline" }.to_owned(),
        );
    }
    let amount = match id {
        "flip" => augment.flip_chance,
        "half_turn" => augment.half_turn_chance,
        "rotation" => augment.rotation_degrees,
        "scale" => augment.scale,
        "stretch" => augment.stretch,
        "shift" => augment.shift,
        "perspective" => augment.perspective,
        "brightness" => augment.brightness,
        "contrast" => augment.contrast,
        "tint" => augment.tint,
        "saturation" => augment.saturation,
        "blur" => augment.blur_chance,
        "noise" => augment.noise_chance,
        "erase" => augment.erase_chance,
        _ => return None,
    };
    Some(amount.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::recipe_args::RecipeArgs;
    use crate::recipe::LocatorRecipe;
    use clap::Args as _;

    /// The help text of a command, without line breaks.
    fn help_of(name: &str) -> String {
        let mut command = command();
        let help = command.find_subcommand_mut(name).unwrap().render_long_help().to_string();
        help.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn every_option_of_a_recipe_shows_its_defaults() {
        let help = help_of("train");
        let options = RecipeArgs::augment_args(clap::Command::new("recipe"));
        for option in options.get_arguments() {
            let id = option.get_id().as_str();
            let defaults = defaults(id).unwrap_or_else(|| panic!("{id} shows no default"));
            let text = option.get_help().unwrap().to_string();
            assert!(help.contains(&format!("{text} [default: {defaults}]")), "{id}: {help}");
        }
    }

    #[test]
    fn the_help_shows_the_numbers_of_the_recipes() {
        let help = help_of("train");
        let [compact, baseline] = [Arch::Compact, Arch::Baseline].map(Recipe::of);
        let epochs = format!("{} for compact, {} for baseline", compact.epochs, baseline.epochs);
        assert!(help.contains(&epochs), "{help}");
        let help = help_of("train-locator");
        let LocatorRecipe { detector, refiner, threshold, .. } = LocatorRecipe::DEFAULT;
        for shown in [
            format!("Steps, of {} scenes each", detector.optimization.batch_size),
            format!("Steps, of {} cards each", refiner.optimization.batch_size),
            format!("[default: {}]", detector.steps),
            format!("[default: {}]", refiner.steps),
            format!("[default: {threshold}]"),
        ] {
            assert!(help.contains(&shown), "{shown:?} in {help}");
        }
    }

    #[test]
    fn the_help_explains_the_baseline() {
        let help = help_of("train");
        assert!(help.contains("A plain four-block CNN, the textbook recipe"), "{help}");
        assert!(help.contains("[default: compact]"), "{help}");
    }
}
