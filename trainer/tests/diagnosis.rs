//! Each trouble that the trainer names, provoked by a small training run.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use common::ClassMap;
use image::{Rgb, RgbImage};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use tch::Device;
use trainer::arch::Arch;
use trainer::checkpoint::Checkpoint;
use trainer::data::augment::Augment;
use trainer::diagnosis::Problem;
use trainer::fit::{BEST_FILE, FitError, Start, TrainingData, fit};
use trainer::loader::{Batch, Source};
use trainer::recipe::{Recipe, Schedule};

const SIDE: u32 = 32;
const CLASSES: usize = 4;

type Labelled = Vec<(RgbImage, i64)>;

/// Images of noise; each class has its own colour where `separable`.
fn noise(count: usize, separable: bool, seed: u64) -> Labelled {
    let mut rng = Pcg64::seed_from_u64(seed);
    let one = |i: usize| {
        let class = i % CLASSES;
        let base = if separable { 60 * class as u8 } else { 100 };
        let image = RgbImage::from_fn(SIDE, SIDE, |_, _| {
            Rgb([base + rng.random_range(0..40), rng.random(), rng.random()])
        });
        (image, class as i64)
    };
    (0..count).map(one).collect()
}

/// The same grey image under every label: nothing can be learned.
fn grey(count: usize) -> Labelled {
    (0..count)
        .map(|i| (RgbImage::from_pixel(SIDE, SIDE, Rgb([128; 3])), (i % CLASSES) as i64))
        .collect()
}

fn recipe(arch: Arch, learning_rate: f64, epochs: usize) -> Recipe {
    Recipe {
        side: SIDE,
        epochs,
        batch_size: 16,
        learning_rate,
        augment: Augment::NONE,
        drawn_cards: 0,
        drawn_empty: 0,
        average_decay: 0.0,
        schedule: Schedule::Plateau { factor: 1.0, patience: 100 },
        ..Recipe::of(arch)
    }
}

fn data(recipe: &Recipe, train: Labelled, valid: &Labelled) -> TrainingData {
    TrainingData {
        classes: ClassMap::new((0..CLASSES).map(|class| format!("class {class}"))),
        fingerprint: String::new(),
        train: Source {
            images: Arc::new(train),
            drawn_cards: 0,
            drawn_over: 0.0,
            cards: Vec::new(),
            drawn_empty: 0,
            augment: recipe.augment.clone(),
            side: SIDE,
            batch_size: recipe.batch_size,
            seed: 0,
        },
        valid: vec![Batch::new(SIDE, valid)],
    }
}

/// libtorch's random numbers are the whole process's: one run at a time.
static ONE_RUN: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    tch::set_num_threads(1); // More only wait for each other in networks as small.
    ONE_RUN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The troubles that a run of this recipe on these images is told.
fn problems(recipe: &Recipe, train: Labelled, valid: &Labelled) -> Vec<Problem> {
    let _alone = alone();
    let out = tempfile::tempdir().unwrap();
    let data = data(recipe, train, valid);
    let fitted = fit(recipe, &data, Start::Random, Device::Cpu, out.path()).unwrap();
    fitted.progress.findings.into_iter().map(|finding| finding.problem).collect()
}

macro_rules! assert_seen {
    ($problems:expr, $pattern:pat) => {
        let problems = $problems;
        assert!(problems.iter().any(|problem| matches!(problem, $pattern)), "{problems:?}");
    };
}

#[test]
fn learning_what_can_be_learned_has_no_trouble() {
    let recipe = recipe(Arch::Compact, 1e-3, 8);
    let problems = problems(&recipe, noise(64, true, 1), &noise(32, true, 2));
    assert_eq!(problems, []);
}

#[test]
fn images_learned_by_heart_are_overfitting() {
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
fn epochs_without_gain_are_a_plateau() {
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
    let recipe = Recipe {
        batch_size: 2,
        label_smoothing: 0.0,
        dropout: Some(0.0),
        ..recipe(Arch::Baseline, 1e-4, 4)
    };
    let mut train = noise(400, true, 1);
    train[0].1 = 3;
    assert_seen!(problems(&recipe, train, &noise(16, true, 2)), Problem::LossJump { .. });
}

#[test]
fn a_loss_that_is_no_number_stops_the_run_and_keeps_the_best_checkpoint() {
    let _alone = alone();
    let out = tempfile::tempdir().unwrap();
    // One step an epoch, and the first one's rate is 0.
    let recipe = Recipe {
        batch_size: 32,
        schedule: Schedule::OneCycle { warm_up: 0.5 },
        ..recipe(Arch::Baseline, 1e30, 20)
    };
    let data = data(&recipe, noise(32, true, 1), &noise(16, true, 2));
    let error = fit(&recipe, &data, Start::Random, Device::Cpu, out.path()).unwrap_err();
    assert!(matches!(error, FitError::NotANumber { .. }), "{error}");
    assert!(error.to_string().contains("--learning-rate"), "{error}");
    let best = Checkpoint::read(&out.path().join(BEST_FILE)).unwrap();
    let numbers = || best.weights.values().flat_map(|array| &array.values);
    assert!(numbers().all(|number| number.is_finite()));
    assert!(error.to_string().contains("--start-from"), "{error}");
}
