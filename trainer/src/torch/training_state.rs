//! A network under training: its weights, their average and the optimiser.

use tch::nn::VarStore;
use tch::{Device, Tensor};

use crate::arch::Layer;
use crate::recipe::Optimization;
use crate::torch::adam::Adam;
use crate::torch::network::TorchNetwork;
use crate::torch::tensors::{from_store, into_store};
use crate::weights::{GradientNorm, Weights, WeightsError};

/// Prefix of the arrays of the trained weights in a stored state.
const TRAINED: &str = "trained/";

/// Prefix of the arrays of the averaged weights in a stored state.
const AVERAGED: &str = "averaged/";

/// The network in training and, where the recipe asks for an average, its slowly following
/// copy.
#[derive(Debug)]
pub struct TrainingState {
    store: VarStore,
    network: TorchNetwork,
    averaged: Option<(VarStore, TorchNetwork)>,
    adam: Adam,
    average_decay: f64,
    clip_gradients: f64,
}

impl TrainingState {
    /// Random weights, which follow from libtorch's current seed.
    pub fn new(layers: &[Layer], optimization: &Optimization, device: Device) -> Self {
        let (store, network) = build(layers, device);
        Self {
            averaged: (optimization.average_decay > 0.0).then(|| build(layers, device)),
            adam: Adam::new(optimization.optimizer, &store),
            average_decay: optimization.average_decay,
            clip_gradients: optimization.clip_gradients,
            store,
            network,
        }
    }

    /// The network under training.
    pub fn network(&self) -> &TorchNetwork {
        &self.network
    }

    /// The variables of the network under training.
    pub fn store(&self) -> &VarStore {
        &self.store
    }

    /// Replaces the weights.
    ///
    /// # Errors
    /// The weights belong to another network.
    pub fn load(&self, weights: &Weights) -> Result<(), WeightsError> {
        into_store(weights, &self.store)?;
        self.averaged.as_ref().map_or(Ok(()), |(store, _)| into_store(weights, store))
    }

    /// Computes the gradients of a loss and updates the weights. With `wants_norms` it returns
    /// the norms of the gradients before clipping, otherwise nothing.
    pub fn update(&mut self, loss: &Tensor, rate: f64, wants_norms: bool) -> Vec<GradientNorm> {
        let mut gradients = self.adam.gradients(loss);
        let norms = if wants_norms { self.adam.norms(&gradients) } else { Vec::new() };
        if self.clip_gradients > 0.0 {
            Adam::clip(&mut gradients, self.clip_gradients);
        }
        self.adam.step(&gradients, rate);
        self.average();
        norms
    }

    /// Moves the average towards the trained weights, faster in the first steps.
    fn average(&mut self) {
        let Some((averaged, _)) = &self.averaged else { return };
        let steps = self.adam.steps() as f64;
        let decay = self.average_decay.min((1.0 + steps) / (10.0 + steps));
        let trained = self.store.variables();
        tch::no_grad(|| {
            for (name, mut average) in averaged.variables() {
                let _ = average.lerp_(&trained[&name], 1.0 - decay);
            }
        });
    }

    /// The network that is validated: the average, where there is one.
    pub fn kept_network(&self) -> &TorchNetwork {
        self.averaged.as_ref().map_or(&self.network, |(_, network)| network)
    }

    /// The weights of the network that is validated.
    pub fn kept_weights(&self) -> Weights {
        from_store(self.averaged.as_ref().map_or(&self.store, |(store, _)| store))
    }

    /// A copy of the weights under training.
    pub fn snapshot(&self) -> Vec<Tensor> {
        self.store.trainable_variables().iter().map(|weight| weight.detach().copy()).collect()
    }

    /// How far the weights have moved since the snapshot, over their norm then.
    pub fn change_since(&self, snapshot: &[Tensor]) -> f64 {
        tch::no_grad(|| {
            let now = self.store.trainable_variables();
            let moved = now.iter().zip(snapshot).map(|(now, before)| now - before);
            norm(moved) / norm(snapshot.iter().map(Tensor::shallow_clone)).max(1e-30)
        })
    }

    /// Everything that a later run needs, together with [`TrainingState::steps`], to continue as
    /// if it had never stopped.
    pub fn arrays(&self) -> Weights {
        let mut arrays = with_prefix(TRAINED, from_store(&self.store));
        if let Some((store, _)) = &self.averaged {
            arrays.append(&mut with_prefix(AVERAGED, from_store(store)));
        }
        arrays.append(&mut self.adam.state());
        arrays
    }

    /// Steps done so far.
    pub fn steps(&self) -> u64 {
        self.adam.steps()
    }

    /// Restores what [`TrainingState::arrays`] returned after a number of steps.
    ///
    /// # Errors
    /// The arrays belong to another network.
    pub fn restore(&mut self, arrays: &Weights, steps: u64) -> Result<(), WeightsError> {
        into_store(&under_prefix(TRAINED, arrays), &self.store)?;
        if let Some((store, _)) = &self.averaged {
            into_store(&under_prefix(AVERAGED, arrays), store)?;
        }
        self.adam.restore(arrays, steps)
    }
}

fn build(layers: &[Layer], device: Device) -> (VarStore, TorchNetwork) {
    let store = VarStore::new(device);
    let network = TorchNetwork::new(&store.root(), layers);
    (store, network)
}

/// The Euclidean norm of all tensors together.
fn norm(tensors: impl Iterator<Item = Tensor>) -> f64 {
    tensors.map(|tensor| tensor.norm().double_value(&[]).powi(2)).sum::<f64>().sqrt()
}

/// The same arrays with a prefix before their names.
fn with_prefix(prefix: &str, weights: Weights) -> Weights {
    weights.into_iter().map(|(name, array)| (format!("{prefix}{name}"), array)).collect()
}

/// The arrays whose names begin with a prefix, without that prefix.
fn under_prefix(prefix: &str, weights: &Weights) -> Weights {
    weights
        .iter()
        .filter_map(|(name, array)| Some((name.strip_prefix(prefix)?.to_owned(), array.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::Array;

    #[test]
    fn a_prefix_separates_two_networks_in_one_map() {
        let array = |value| Array { shape: vec![1], values: vec![value] };
        let weights = |value| Weights::from([("bias".to_owned(), array(value))]);
        let mut both = with_prefix("a/", weights(1.0));
        both.append(&mut with_prefix("b/", weights(2.0)));
        assert_eq!(under_prefix("a/", &both), weights(1.0));
        assert_eq!(under_prefix("b/", &both), weights(2.0));
    }
}
