//! The network under training: its weights, its slow copy, its optimiser.

use common::ClassMap;
use common::card::UnknownCard;
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

use crate::history::Measure;
use crate::input::{normalized, soft_targets};
use crate::loader::Batch;
use crate::network::Network;
use crate::objective::Objective;
use crate::optimizer::{Adam, GradientNorm};
use crate::recipe::{Precision, Recipe};
use crate::weights::{Weights, WeightsError, below, from_store, into_store, prefixed};

/// The network in training and, where the recipe averages, its slow copy.
#[derive(Debug)]
pub struct TrainingState {
    store: VarStore,
    network: Network,
    averaged: Option<(VarStore, Network)>,
    adam: Adam,
    objective: Objective,
    classes: i64,
}

/// What one step showed.
#[derive(Clone, Debug)]
pub struct Step {
    pub measure: Measure,
    /// Before clipping; empty where they were not asked for.
    pub gradients: Vec<GradientNorm>,
}

impl TrainingState {
    /// Random weights, by libtorch's current seed.
    ///
    /// # Errors
    /// The recipe's objective needs classes that are cards, and one is none.
    pub fn new(recipe: &Recipe, classes: &ClassMap, device: Device) -> Result<Self, UnknownCard> {
        let objective = Objective::new(recipe, classes, device)?;
        let layers = recipe.layers(classes.len());
        let build = || {
            let store = VarStore::new(device);
            let network = Network::new(&store.root(), &layers);
            (store, network)
        };
        let (store, network) = build();
        let averaged = (recipe.average_decay > 0.0).then(build);
        let adam = Adam::new(recipe.optimizer, &store);
        Ok(Self { store, network, averaged, adam, objective, classes: classes.len() as i64 })
    }

    /// Begins with these weights instead.
    ///
    /// # Errors
    /// They belong to another network.
    pub fn load(&self, start: &Weights) -> Result<(), WeightsError> {
        into_store(start, &self.store)?;
        self.averaged.as_ref().map_or(Ok(()), |(store, _)| into_store(start, store))
    }

    /// Forward, loss, backward, update.
    pub fn step(
        &mut self,
        recipe: &Recipe,
        batch: &Batch,
        rate: f64,
        want_gradients: bool,
    ) -> Step {
        let device = self.store.device();
        let kind = match recipe.precision.on(device) {
            Precision::Bf16 => Kind::BFloat16,
            Precision::F32 | Precision::Auto => Kind::Float,
        };
        let targets = soft_targets(batch, self.classes, recipe.label_smoothing, device);
        let (pixels, targets) = self.objective.blended(normalized(batch, kind, device), targets);
        let logits = self.network.forward(&pixels, true);
        let loss = self.objective.loss(&logits, &targets);
        let mut gradients = self.adam.gradients(&loss);
        let norms = if want_gradients { self.adam.norms(&gradients) } else { Vec::new() };
        if recipe.clip_gradients > 0.0 {
            Adam::clip(&mut gradients, recipe.clip_gradients);
        }
        self.adam.step(&gradients, rate);
        self.average(recipe.average_decay);
        let labels = Tensor::from_slice(&batch.labels).to_device(device);
        let right = logits.argmax(1, false).eq_tensor(&labels).to_kind(Kind::Float);
        let accuracy = right.mean(Kind::Float).double_value(&[]);
        Step { measure: Measure { loss: loss.double_value(&[]), accuracy }, gradients: norms }
    }

    /// Moves the slow copy towards the trained weights, faster in the first steps.
    fn average(&mut self, decay: f64) {
        let Some((slow, _)) = &self.averaged else { return };
        let steps = self.adam.steps() as f64;
        let decay = decay.min((1.0 + steps) / (10.0 + steps));
        let trained = self.store.variables();
        tch::no_grad(|| {
            for (name, mut slow) in slow.variables() {
                let _ = slow.lerp_(&trained[&name], 1.0 - decay);
            }
        });
    }

    /// What is validated and kept.
    pub fn best_network(&self) -> &Network {
        self.averaged.as_ref().map_or(&self.network, |(_, network)| network)
    }

    /// The weights of what is validated and kept.
    pub fn best_weights(&self) -> Weights {
        from_store(self.averaged.as_ref().map_or(&self.store, |(store, _)| store))
    }

    /// A copy of the weights under training.
    pub fn snapshot(&self) -> Vec<Tensor> {
        self.store.trainable_variables().iter().map(|weight| weight.detach().copy()).collect()
    }

    /// How far the weights have moved since the snapshot, over their norm then.
    pub fn change_since(&self, snapshot: &[Tensor]) -> f64 {
        let norm = |tensors: Vec<Tensor>| {
            let squares = tensors.iter().map(|tensor| tensor.norm().double_value(&[]).powi(2));
            squares.sum::<f64>().sqrt()
        };
        tch::no_grad(|| {
            let now = self.store.trainable_variables();
            let moved = now.iter().zip(snapshot).map(|(now, before)| now - before).collect();
            norm(moved) / norm(snapshot.iter().map(Tensor::shallow_clone).collect()).max(1e-30)
        })
    }

    /// Everything that a later run needs to go on as if it had never stopped.
    /// Together with [`TrainingState::steps`].
    pub fn state(&self) -> Weights {
        let mut arrays = prefixed(TRAINED, from_store(&self.store));
        if let Some((store, _)) = &self.averaged {
            arrays.append(&mut prefixed(AVERAGED, from_store(store)));
        }
        arrays.append(&mut self.adam.memory());
        arrays
    }

    /// Steps done so far.
    pub fn steps(&self) -> u64 {
        self.adam.steps()
    }

    /// Takes up what [`TrainingState::state`] gave.
    ///
    /// # Errors
    /// The arrays belong to another network.
    pub fn restore(&mut self, arrays: &Weights, steps: u64) -> Result<(), WeightsError> {
        into_store(&below(TRAINED, arrays), &self.store)?;
        if let Some((store, _)) = &self.averaged {
            into_store(&below(AVERAGED, arrays), store)?;
        }
        self.adam.restore(arrays, steps)
    }
}

const TRAINED: &str = "trained/";
const AVERAGED: &str = "averaged/";
