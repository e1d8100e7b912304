//! Training the locator: steps on scenes that are composed on other threads meanwhile.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

use common::locate::grid::{CHANNELS, OFFSET_UNIT, STRIDE, VALUES};
use rand::SeedableRng;
use rand_pcg::Pcg64;
use rayon::prelude::*;
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

use crate::input::normalized;
use crate::loader::Batch;
use crate::locator::SIDE;
use crate::locator::layers::layers;
use crate::locator::loss::Loss;
use crate::locator::scene::compose;
use crate::locator::stock::Stock;
use crate::locator::target::Target;
use crate::network::Network;
use crate::optimizer::Adam;
use crate::progress;
use crate::recipe::{Optimizer, Precision, Schedule};
use crate::schedule::Rate;
use crate::weights::{Weights, WeightsError, from_store, into_store};

/// Batches made ahead of the one in training.
const BATCHES_AHEAD: usize = 3;

/// Steps between two lines in the log.
const STEPS_TOLD: usize = 100;

/// Longest norm of all gradients together.
const CLIP: f64 = 5.0;

/// The logit of a card being at some place, before anything is learnt.
const RARE_LOGIT: f32 = -4.0;

/// Every number of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocatorRecipe {
    pub steps: usize,
    pub batch_size: usize,
    pub learning_rate: f64,
    pub weight_decay: f64,
    /// Share of the steps in which the rate rises.
    pub warm_up: f64,
    pub precision: Precision,
    pub seed: u64,
}

impl Default for LocatorRecipe {
    fn default() -> Self {
        Self {
            steps: 3000,
            batch_size: 32,
            learning_rate: 2e-3,
            weight_decay: 0.05,
            warm_up: 0.1,
            precision: Precision::Auto,
            seed: 0,
        }
    }
}

/// Training that can't go on.
#[derive(Debug, thiserror::Error)]
pub enum LocatorFitError {
    #[error("step {step}: the loss is not a number; begin again with a smaller --learning-rate")]
    NotANumber { step: usize },
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

/// Trains on freshly composed scenes, from random weights or those of an earlier run.
///
/// # Errors
/// The weights belong to another network, or the loss stops being a number.
pub fn fit(
    recipe: &LocatorRecipe,
    stock: &Arc<Stock>,
    start: Option<&Weights>,
    device: Device,
) -> Result<Weights, LocatorFitError> {
    tch::manual_seed(recipe.seed as i64);
    let store = VarStore::new(device);
    let network = Network::new(&store.root(), &layers());
    expect_nothing(&store);
    if let Some(start) = start {
        into_store(start, &store)?;
    }
    let mut adam = Adam::new(Optimizer::AdamW { weight_decay: recipe.weight_decay }, &store);
    let rate = Rate::new(Schedule::OneCycle { warm_up: recipe.warm_up }, recipe.learning_rate);
    let kind = match recipe.precision.on(device) {
        Precision::Bf16 => Kind::BFloat16,
        Precision::F32 | Precision::Auto => Kind::Float,
    };
    let bar = progress::job_bar("locator", recipe.steps);
    let mut sums = [0.0; 2];
    let mut since = Instant::now();
    let batches = batches(recipe, stock);
    for (step, (batch, targets)) in batches.into_iter().enumerate() {
        let answer = network.forward(&normalized(&batch, kind, device), true).to_kind(Kind::Float);
        let [wanted, weights] = stacked(&targets).map(|tensor| tensor.to_device(device));
        let loss = Loss::new(&answer, &wanted, &weights);
        let parts = [&loss.heat, &loss.corners].map(|part| part.double_value(&[]));
        if !parts.iter().all(|part| part.is_finite()) {
            return Err(LocatorFitError::NotANumber { step });
        }
        let mut gradients = adam.gradients(&loss.total());
        Adam::clip(&mut gradients, CLIP);
        adam.step(&gradients, rate.at(step as f64 / recipe.steps as f64));
        sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
        bar.inc(1);
        if (step + 1) % STEPS_TOLD == 0 {
            let [heat, corners] = sums.map(|sum| sum / STEPS_TOLD as f64);
            let scenes = STEPS_TOLD * recipe.batch_size;
            log::info!(
                "step {}/{}: heat {heat:.3}, corners {:.2} pixels, {:.0} scenes/s",
                step + 1,
                recipe.steps,
                corners * f64::from(OFFSET_UNIT),
                scenes as f64 / since.elapsed().as_secs_f64(),
            );
            sums = [0.0; 2];
            since = Instant::now();
        }
    }
    bar.finish_and_clear();
    Ok(from_store(&store))
}

/// Begins with the answer that there is hardly a card anywhere. Otherwise the first steps
/// learn only that, and Adam remembers their steep gradients for long.
fn expect_nothing(store: &VarStore) {
    let mut biases = store.variables().remove("grid.bn.bias").expect("the head has a BatchNorm");
    let values: Vec<f32> =
        (0..CHANNELS).map(|i| if i % VALUES == 0 { RARE_LOGIT } else { 0.0 }).collect();
    tch::no_grad(|| biases.copy_(&Tensor::from_slice(&values)));
}

/// All batches of a run; the same for the same seed.
fn batches(recipe: &LocatorRecipe, stock: &Arc<Stock>) -> Receiver<(Batch, Vec<Target>)> {
    let (sender, receiver) = sync_channel(BATCHES_AHEAD);
    let (recipe, stock) = (*recipe, Arc::clone(stock));
    std::thread::spawn(move || {
        for step in 0..recipe.steps {
            let first = (step * recipe.batch_size) as u64;
            let scenes: Vec<_> = (first..first + recipe.batch_size as u64)
                .into_par_iter()
                .map(|number| {
                    let seed = recipe.seed.rotate_left(40) ^ number;
                    let scene = compose(&stock, SIDE, &mut Pcg64::seed_from_u64(seed));
                    let target = Target::new(&scene, SIDE);
                    ((scene.picture, 0), target)
                })
                .collect();
            let (samples, targets): (Vec<_>, Vec<_>) = scenes.into_iter().unzip();
            if sender.send((Batch::new(SIDE, &samples), targets)).is_err() {
                return; // Training has ended early.
            }
        }
    });
    receiver
}

/// `[N, CHANNELS, h, w]` and `[N, CHANNELS / VALUES, h, w]`.
fn stacked(targets: &[Target]) -> [Tensor; 2] {
    let edge = i64::from(SIDE) / STRIDE as i64;
    let stack = |values: Vec<f32>, channels: usize| {
        Tensor::from_slice(&values).view([targets.len() as i64, channels as i64, edge, edge])
    };
    let wanted = targets.iter().flat_map(|target| &target.wanted).copied().collect();
    let weights = targets.iter().flat_map(|target| &target.weights).copied().collect();
    [stack(wanted, CHANNELS), stack(weights, CHANNELS / VALUES)]
}
