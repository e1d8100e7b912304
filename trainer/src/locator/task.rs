//! What each of the locator's networks is trained on.

use tch::{Device, Kind, Tensor};

use crate::arch::Layer;
use crate::network::Network;

/// A network's examples, and how far its answers are from the truth.
pub trait Task: Send + Sync {
    /// Examples of one step.
    type Batch: Send;

    /// Names the network in logs and files.
    const NAME: &str;

    fn layers(&self) -> Vec<Layer>;

    /// Changes random weights before the first step, where that helps.
    fn prepare(&self, _weights: &tch::nn::VarStore) {}

    /// That many examples; the same for the same seed.
    fn batch(&self, count: usize, seed: u64) -> Self::Batch;

    /// Runs the network on a batch, convolutions in that kind.
    fn loss(&self, network: &Network, batch: &Self::Batch, kind: Kind, device: Device) -> Loss;
}

/// How far a batch's answers are from the truth.
#[derive(Debug)]
pub struct Loss {
    /// What is made small.
    pub total: Tensor,
    /// Parts of it that a person can read: name and value.
    pub told: Vec<(&'static str, f64)>,
}
