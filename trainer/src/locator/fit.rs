//! Training one of the locator's networks: steps on examples that are made on other threads
//! meanwhile.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tch::nn::VarStore;
use tch::{Device, Kind};

use crate::locator::task::Task;
use crate::network::Network;
use crate::optimizer::Adam;
use crate::progress;
use crate::recipe::{Optimizer, Precision, Schedule};
use crate::schedule::Rate;
use crate::tensor_file::{self, TensorFileError};
use crate::weights::{Weights, WeightsError, below, from_store, into_store, prefixed};

/// Batches made ahead of the one in training.
const BATCHES_AHEAD: usize = 3;

/// Steps between two lines in the log.
const STEPS_TOLD: usize = 100;

/// Steps that a killed run loses at most.
const STEPS_KEPT: usize = 200;

/// Longest norm of all gradients together.
const CLIP: f64 = 5.0;

/// Every number of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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

/// Training that can't go on.
#[derive(Debug, thiserror::Error)]
pub enum LocatorFitError {
    #[error(
        "{network}, step {step}: the loss is not a number; begin again with a smaller \
         --learning-rate"
    )]
    NotANumber { network: &'static str, step: usize },
    #[error(
        "{path:?} is of a run with other options; give the same ones to go on, or another --out \
         to begin anew"
    )]
    Recipe { path: PathBuf },
    #[error(transparent)]
    Weights(#[from] WeightsError),
    #[error(transparent)]
    File(#[from] TensorFileError),
}

/// Keys of the state's texts, and the prefix of its weights.
const RECIPE: &str = "recipe";
const STEP: &str = "step";
const TRAINED: &str = "trained/";

/// Trains on fresh examples, from random weights or from what a stopped run left in `state`.
///
/// Killed at any moment, a run loses at most its last 200 steps; resumed, it ends with the
/// same weights as one that was not stopped, on the same machine and number of threads.
///
/// # Errors
/// The state is of another run, can't be written, or the loss stops being a number.
pub fn fit<T: Task>(
    task: &T,
    recipe: &LocatorRecipe,
    device: Device,
    state: &Path,
    resume: bool,
) -> Result<Weights, LocatorFitError> {
    tch::manual_seed(recipe.seed as i64);
    let store = VarStore::new(device);
    let network = Network::new(&store.root(), &task.layers());
    task.prepare(&store);
    let mut adam = Adam::new(Optimizer::AdamW { weight_decay: recipe.weight_decay }, &store);
    let first = match resume && state.exists() {
        true => restore(recipe, &store, &mut adam, state)?,
        false => 0,
    };
    let rate = Rate::new(Schedule::OneCycle { warm_up: recipe.warm_up }, recipe.learning_rate);
    let kind = match recipe.precision.on(device) {
        Precision::Bf16 => Kind::BFloat16,
        Precision::F32 | Precision::Auto => Kind::Float,
    };
    let bar = progress::job_bar(T::NAME, recipe.steps);
    bar.set_position(first as u64);
    let mut telling = Telling::new(recipe);
    std::thread::scope(|scope| {
        let (sender, batches) = sync_channel(BATCHES_AHEAD);
        scope.spawn(move || {
            for step in first..recipe.steps {
                let seed = recipe.seed.rotate_left(40) ^ step as u64;
                if sender.send(task.batch(recipe.batch_size, seed)).is_err() {
                    return; // Training has ended early.
                }
            }
        });
        // Owned here, so that the thread above sees the end of an early return.
        let batches: Receiver<T::Batch> = batches;
        for (step, batch) in (first..recipe.steps).zip(batches) {
            let loss = task.loss(&network, &batch, kind, device);
            if !loss.told.iter().all(|(_, part)| part.is_finite()) {
                return Err(LocatorFitError::NotANumber { network: T::NAME, step });
            }
            let mut gradients = adam.gradients(&loss.total);
            Adam::clip(&mut gradients, CLIP);
            adam.step(&gradients, rate.at(step as f64 / recipe.steps as f64));
            bar.inc(1);
            telling.add(T::NAME, step + 1, &loss.told);
            if (step + 1) % STEPS_KEPT == 0 || step + 1 == recipe.steps {
                keep(recipe, &store, &adam, state)?;
            }
        }
        Ok(())
    })?;
    bar.finish_and_clear();
    Ok(from_store(&store))
}

fn keep(
    recipe: &LocatorRecipe,
    store: &VarStore,
    adam: &Adam,
    state: &Path,
) -> Result<(), TensorFileError> {
    let mut arrays = prefixed(TRAINED, from_store(store));
    arrays.append(&mut adam.memory());
    let texts = [(RECIPE, text(recipe)), (STEP, adam.steps().to_string())];
    let texts: HashMap<String, String> =
        texts.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    tensor_file::write(state, &arrays, texts)
}

/// Takes up a state, and says how many steps are done.
fn restore(
    recipe: &LocatorRecipe,
    store: &VarStore,
    adam: &mut Adam,
    state: &Path,
) -> Result<usize, LocatorFitError> {
    let (arrays, texts) = tensor_file::read(state)?;
    let step = texts.get(STEP).and_then(|step| step.parse::<u64>().ok());
    let is_same = texts.get(RECIPE).is_some_and(|before| *before == text(recipe));
    let Some(step) = step.filter(|_| is_same) else {
        return Err(LocatorFitError::Recipe { path: state.to_owned() });
    };
    into_store(&below(TRAINED, &arrays), store)?;
    adam.restore(&arrays, step)?;
    log::info!("{state:?}: goes on after step {step}");
    Ok(step as usize)
}

fn text(recipe: &LocatorRecipe) -> String {
    serde_json::to_string(recipe).expect("numbers always serialise")
}

/// Means of what the last steps told.
struct Telling {
    steps: usize,
    batch_size: usize,
    sums: Vec<(&'static str, f64)>,
    count: usize,
    since: Instant,
}

impl Telling {
    fn new(recipe: &LocatorRecipe) -> Self {
        let (steps, batch_size) = (recipe.steps, recipe.batch_size);
        Self { steps, batch_size, sums: Vec::new(), count: 0, since: Instant::now() }
    }

    fn add(&mut self, name: &str, done: usize, told: &[(&'static str, f64)]) {
        if self.sums.is_empty() {
            self.sums = told.iter().map(|(name, _)| (*name, 0.0)).collect();
        }
        self.sums.iter_mut().zip(told).for_each(|(sum, (_, value))| sum.1 += value);
        self.count += 1;
        if !done.is_multiple_of(STEPS_TOLD) {
            return;
        }
        let mean = |(name, sum): &(&str, f64)| format!("{name} {:.4}", sum / self.count as f64);
        let means: Vec<String> = self.sums.iter().map(mean).collect();
        let a_second = (self.count * self.batch_size) as f64 / self.since.elapsed().as_secs_f64();
        log::info!(
            "{name}, step {done}/{}: {}, {a_second:.0} examples/s",
            self.steps,
            means.join(", ")
        );
        (self.sums, self.count, self.since) = (Vec::new(), 0, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::{Layer, linear};
    use crate::locator::task::Loss;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tch::Tensor;

    /// Learns to add three numbers; at one step the loss may be no number.
    struct Sum {
        steps: AtomicUsize,
        fails_after: usize,
    }

    impl Task for Sum {
        type Batch = Tensor;

        const NAME: &str = "sum";

        fn layers(&self) -> Vec<Layer> {
            vec![Layer::Flatten, linear("sum", 3, 1, false)]
        }

        fn batch(&self, count: usize, seed: u64) -> Tensor {
            let numbers = (0..3 * count as u64).map(|i| ((i + seed * 31) as f32).sin());
            Tensor::from_slice(&numbers.collect::<Vec<_>>()).view([count as i64, 3, 1, 1])
        }

        fn loss(&self, network: &Network, batch: &Tensor, _: Kind, _: Device) -> Loss {
            let sums = batch.sum_dim_intlist([1, 2].as_slice(), false, Kind::Float);
            let total = (network.forward(batch, true) - sums).square().mean(Kind::Float);
            let fails = self.steps.fetch_add(1, Ordering::Relaxed) >= self.fails_after;
            let told = if fails { f64::NAN } else { total.double_value(&[]) };
            Loss { total, told: vec![("off", told)] }
        }
    }

    fn sum(fails_after: usize) -> Sum {
        Sum { steps: AtomicUsize::new(0), fails_after }
    }

    const RECIPE: LocatorRecipe = LocatorRecipe {
        steps: STEPS_KEPT + 50,
        batch_size: 4,
        learning_rate: 0.05,
        weight_decay: 0.01,
        warm_up: 0.1,
        precision: Precision::F32,
        seed: 3,
    };

    fn run(task: &Sum, recipe: &LocatorRecipe, state: &Path) -> Result<Weights, LocatorFitError> {
        fit(task, recipe, Device::Cpu, state, true)
    }

    #[test]
    fn a_run_that_was_stopped_ends_as_one_that_was_not() {
        let folder = tempfile::tempdir().unwrap();
        let [whole, stopped] = ["whole", "stopped"].map(|name| folder.path().join(name));
        let at_once = run(&sum(usize::MAX), &RECIPE, &whole).unwrap();
        let error = run(&sum(STEPS_KEPT + 20), &RECIPE, &stopped).unwrap_err();
        assert!(
            matches!(error, LocatorFitError::NotANumber { step, .. } if step == STEPS_KEPT + 20)
        );
        let rest = sum(usize::MAX);
        assert_eq!(run(&rest, &RECIPE, &stopped).unwrap(), at_once);
        assert_eq!(rest.steps.into_inner(), RECIPE.steps - STEPS_KEPT);
        let again = sum(usize::MAX);
        assert_eq!(run(&again, &RECIPE, &stopped).unwrap(), at_once);
        assert_eq!(again.steps.into_inner(), 0, "a run at its end has nothing left to do");
    }

    #[test]
    fn another_recipe_does_not_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        run(&sum(usize::MAX), &RECIPE, &state).unwrap();
        let other = LocatorRecipe { seed: 4, ..RECIPE };
        let error = run(&sum(usize::MAX), &other, &state).unwrap_err();
        assert!(matches!(error, LocatorFitError::Recipe { .. }), "{error}");
    }
}
