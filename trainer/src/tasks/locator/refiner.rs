//! The refiner, the network that sees one card, as a task of the engine.

use std::collections::HashMap;
use std::path::Path;

use common::locate::refiner::{MOVE_UNIT, SIDE};
use common::{Score, Size};
use tch::{Device, Kind, Tensor};

use crate::arch::Layer;
use crate::locator::layers::refiner_layers;
use crate::locator::refiner_examples::RefinerBatch;
use crate::run::plan::RunPlan;
use crate::run::task::{StepLoss, Task};
use crate::tasks::locator::data::LocatorData;
use crate::tensor_file::{self, TensorFileError};
use crate::torch::network::TorchNetwork;
use crate::torch::tensors::normalized_pixels;
use crate::weights::Weights;

/// Learns to move the corners of a card to where they belong.
#[derive(Debug)]
pub(crate) struct RefinerTask<'a>(pub(crate) LocatorData<'a>);

impl Task for RefinerTask<'_> {
    type Batch = RefinerBatch;

    const NAME: &'static str = "refiner";

    fn plan(&self) -> RunPlan {
        let refiner = &self.0.recipe.refiner;
        self.0.plan(refiner.steps, &refiner.optimization, refiner)
    }

    fn layers(&self) -> Vec<Layer> {
        refiner_layers()
    }

    fn batches(&self, epoch: u64) -> impl Iterator<Item = RefinerBatch> {
        let LocatorData { stock, recipe, .. } = self.0;
        self.plan()
            .steps_of_epoch(epoch)
            .map(move |step| RefinerBatch::compose(stock, &recipe.refiner, recipe.seed, step))
    }

    /// The mean absolute error of the moves, weighted by example.
    fn loss(
        &self,
        network: &TorchNetwork,
        batch: &RefinerBatch,
        kind: Kind,
        device: Device,
    ) -> StepLoss {
        let pixels = normalized_pixels(&batch.pixels, Size::square(SIDE), kind, device);
        let answer = network.forward(&pixels, true).to_kind(Kind::Float);
        let moves = Tensor::from_slice(&batch.moves).view(answer.size().as_slice());
        let weights = Tensor::from_slice(&batch.weights).to_device(device);
        let errors =
            (answer - moves.to_device(device)).abs().mean_dim([1].as_slice(), false, Kind::Float);
        let total = (errors * &weights).sum(Kind::Float) / weights.sum(Kind::Float).clamp_min(1.0);
        let mean_error = total.double_value(&[]) * f64::from(MOVE_UNIT);
        StepLoss {
            total,
            examples: batch.weights.len(),
            accuracy: None,
            parts: vec![("corner error as a share of the card's edge", mean_error)],
        }
    }

    fn write_weights(
        &self,
        weights: &Weights,
        _valid: Score,
        path: &Path,
    ) -> Result<(), TensorFileError> {
        tensor_file::write(path, weights, HashMap::new())
    }
}
