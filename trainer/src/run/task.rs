//! What a network is trained on.

use common::Score;
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

use crate::arch::Layer;
use crate::run::history::Measure;
use crate::run::plan::RunPlan;
use crate::tensor_file::TensorFileError;
use crate::torch::network::TorchNetwork;
use crate::weights::Weights;
use std::path::Path;

/// A network's batches, the loss of its answers and, where there are held-out examples, their
/// validation. Everything else of a run is the same for every task and is done by the
/// [engine](crate::run::engine).
pub trait Task: Sync {
    /// The examples of one step.
    type Batch: Send;

    /// Names the network in logs and error messages.
    const NAME: &'static str;

    /// The length of the run and how the weights are changed.
    fn plan(&self) -> RunPlan;

    /// The network to train.
    fn layers(&self) -> Vec<Layer>;

    /// Changes the random weights before the first step, where that helps.
    fn initialize(&self, _weights: &VarStore) {}

    /// The batches of an epoch, one for each of its steps; the same for the same epoch. The
    /// producer's thread makes them while the network trains.
    fn batches(&self, epoch: u64) -> impl Iterator<Item = Self::Batch>;

    /// Runs the network on a batch in training mode, its convolutions in the arithmetic `kind`.
    fn loss(
        &self,
        network: &TorchNetwork,
        batch: &Self::Batch,
        kind: Kind,
        device: Device,
    ) -> StepLoss;

    /// Runs the network on the held-out examples; `None` where the task has none.
    fn validate(&self, _network: &TorchNetwork, _device: Device) -> Option<Validation> {
        None
    }

    /// The loss of a network that guesses, where it is known.
    fn guessing_loss(&self) -> Option<f64> {
        None
    }

    /// Writes the weights that are kept, with the validation score that they reached.
    ///
    /// # Errors
    /// The file can't be written.
    fn write_weights(
        &self,
        weights: &Weights,
        valid: Score,
        path: &Path,
    ) -> Result<(), TensorFileError>;
}

/// How far the answers to a batch are from the truth.
#[derive(Debug)]
pub struct StepLoss {
    /// The scalar to minimise.
    pub total: Tensor,
    /// Examples in the batch.
    pub examples: usize,
    /// Share of the examples that are named correctly, 0..1, where the network names classes.
    pub accuracy: Option<f64>,
    /// Parts of the loss that a person can interpret: name and value.
    pub parts: Vec<(&'static str, f64)>,
}

/// What a network achieves on held-out examples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Validation {
    pub measure: Measure,
    pub score: Score,
}
