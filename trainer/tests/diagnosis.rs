//! Small training runs provoke each problem that the trainer diagnoses.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::{Mutex, MutexGuard, PoisonError};

use common::ClassMap;
use image::{Rgb, RgbImage};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use tch::Device;
use trainer::arch::Arch;
use trainer::checkpoint::Checkpoint;
use trainer::data::augment::Augmentation;
use trainer::data::held_out::HeldOutImages;
use trainer::recipe::{Optimization, Recipe, Schedule};
use trainer::run::engine::{RunError, RunStart};
use trainer::run::problem::Problem;
use trainer::tasks::classifier::data::TrainingData;
use trainer::tasks::classifier::run_files;
use trainer::tasks::classifier::task::{ClassifierError, train};

const SIDE: u32 = 32;
const CLASSES: usize = 4;

/// Images and their classes.
type LabelledImages = Vec<(RgbImage, usize)>;

/// Images of noise; with `separable`, each class has its own colour.
fn noise(count: usize, separable: bool, seed: u64) -> LabelledImages {
    let mut rng = Pcg64::seed_from_u64(seed);
    let labels = (0..count).map(|i| i % CLASSES);
    labels.map(|class| (noise_image(class, separable, &mut rng), class)).collect()
}

fn noise_image(class: usize, separable: bool, rng: &mut Pcg64) -> RgbImage {
    let base = if separable { 60 * class as u8 } else { 100 };
    RgbImage::from_fn(SIDE, SIDE, |_, _| {
        Rgb([base + rng.random_range(0..40), rng.random(), rng.random()])
    })
}

/// The same grey image under every label, from which nothing can be learned.
fn grey(count: usize) -> LabelledImages {
    (0..count).map(|i| (RgbImage::from_pixel(SIDE, SIDE, Rgb([128; 3])), i % CLASSES)).collect()
}

fn recipe(arch: Arch, learning_rate: f64, epochs: usize) -> Recipe {
    let default = Recipe::of(arch);
    Recipe {
        side: SIDE,
        epochs,
        optimization: Optimization {
            batch_size: 16,
            learning_rate,
            average_decay: 0.0,
            schedule: Schedule::Plateau { factor: 1.0, patience: 100 },
            ..default.optimization
        },
        augment: Augmentation::NONE,
        drawn_cards: 0,
        drawn_empty: 0,
        ..default
    }
}

fn data(images: LabelledImages, valid: &LabelledImages) -> TrainingData {
    let (valid_images, valid_classes) = valid.iter().cloned().unzip();
    TrainingData {
        crops: Vec::new(),
        classes: ClassMap::new((0..CLASSES).map(|class| format!("class {class}"))),
        fingerprint: String::new(),
        images,
        cards: Vec::new(),
        valid: HeldOutImages { images: valid_images, classes: valid_classes },
    }
}

/// libtorch has one random number generator per process, so that only one run may train at a
/// time.
static ONE_RUN: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    tch::set_num_threads(1); // More threads only wait for each other in networks this small.
    ONE_RUN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The problems that are diagnosed in a run of this recipe on these images.
fn problems(recipe: &Recipe, images: LabelledImages, valid: &LabelledImages) -> Vec<Problem> {
    let _alone = alone();
    let out = tempfile::tempdir().unwrap();
    let data = data(images, valid);
    let outcome = train(recipe, &data, RunStart::Random, Device::Cpu, out.path()).unwrap();
    outcome.run.diagnoses.into_iter().map(|diagnosis| diagnosis.problem).collect()
}

macro_rules! assert_seen {
    ($problems:expr, $pattern:pat) => {
        let problems = $problems;
        assert!(problems.iter().any(|problem| matches!(problem, $pattern)), "{problems:?}");
    };
}

#[test]
fn learning_what_can_be_learned_has_no_problem() {
    let recipe = recipe(Arch::Compact, 1e-3, 8);
    let problems = problems(&recipe, noise(64, true, 1), &noise(32, true, 2));
    assert_eq!(problems, []);
}

#[test]
fn memorised_images_are_overfitting() {
    let recipe = Recipe { dropout: Some(0.0), ..recipe(Arch::Baseline, 1e-3, 12) };
    let problems = problems(&recipe, noise(48, false, 1), &noise(48, false, 2));
    assert_seen!(problems, Problem::Overfitting { .. });
}

#[test]
fn a_network_that_cannot_do_better_is_underfitting() {
    let recipe = recipe(Arch::Baseline, 1e-3, 8);
    assert_seen!(problems(&recipe, grey(64), &grey(16)), Problem::Underfitting { .. });
}

#[test]
fn epochs_without_improvement_are_a_plateau() {
    let recipe = recipe(Arch::Compact, 1e-3, 12);
    assert_seen!(problems(&recipe, grey(32), &grey(16)), Problem::Plateau { .. });
}

#[test]
fn a_network_cut_off_from_its_loss_has_vanishing_gradients() {
    let recipe = Recipe { dropout: Some(1.0), ..recipe(Arch::Baseline, 1e-4, 1) };
    let problems = problems(&recipe, noise(32, true, 1), &noise(16, true, 2));
    assert_seen!(problems, Problem::VanishingGradients { .. });
}

#[test]
fn a_huge_rate_is_too_large_and_explodes_gradients() {
    let recipe = recipe(Arch::Baseline, 0.3, 3);
    let problems = problems(&recipe, noise(64, true, 1), &noise(16, true, 2));
    assert_seen!(&problems, Problem::RateTooLarge { .. });
    assert_seen!(&problems, Problem::ExplodingGradients { .. });
}

#[test]
fn a_tiny_rate_is_too_small() {
    let recipe = recipe(Arch::Compact, 1e-8, 5);
    let problems = problems(&recipe, noise(64, true, 1), &noise(16, true, 2));
    assert_seen!(problems, Problem::RateTooSmall { .. });
}

#[test]
fn one_wrong_label_among_easy_images_is_a_loss_jump() {
    let mut recipe =
        Recipe { label_smoothing: 0.0, dropout: Some(0.0), ..recipe(Arch::Baseline, 1e-4, 4) };
    recipe.optimization.batch_size = 2;
    let mut images = noise(400, true, 1);
    images[0].1 = 3;
    assert_seen!(problems(&recipe, images, &noise(16, true, 2)), Problem::LossJump { .. });
}

#[test]
fn a_loss_that_is_not_a_number_stops_the_run_and_keeps_the_best_checkpoint() {
    let _alone = alone();
    let out = tempfile::tempdir().unwrap();
    // Each epoch has one step, and the rate of the first one is 0.
    let mut recipe = recipe(Arch::Baseline, 1e30, 20);
    recipe.optimization.batch_size = 32;
    recipe.optimization.schedule = Schedule::OneCycle { warm_up: 0.5 };
    let data = data(noise(32, true, 1), &noise(16, true, 2));
    let error = train(&recipe, &data, RunStart::Random, Device::Cpu, out.path()).unwrap_err();
    assert!(matches!(error, ClassifierError::Run(RunError::NotANumber { .. })), "{error}");
    assert!(error.to_string().contains("--learning-rate"), "{error}");
    let best = Checkpoint::read(&run_files(out.path()).weights).unwrap();
    let mut numbers = best.weights.values().flat_map(|array| &array.values);
    assert!(numbers.all(|number| number.is_finite()));
    assert!(error.to_string().contains("--start-from"), "{error}");
}
