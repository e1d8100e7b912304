//! The detector, the network that sees the frame, as a task of the engine.

use std::collections::HashMap;
use std::path::Path;

use common::Score;
use common::locate::detector_grid::{CHANNELS, OFFSET_UNIT, STRIDE, VALUES};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

use crate::arch::Layer;
use crate::locator::detector_examples::DetectorBatch;
use crate::locator::layers::{DETECTOR_HEAD, detector_layers};
use crate::locator::target::DetectorTarget;
use crate::run::plan::RunPlan;
use crate::run::task::{StepLoss, Task};
use crate::tasks::locator::data::LocatorData;
use crate::tasks::locator::grid_loss::GridLoss;
use crate::tensor_file::{self, TensorFileError};
use crate::torch::network::TorchNetwork;
use crate::torch::tensors::normalized_pixels;
use crate::weights::Weights;

/// Learns to find cards in composed scenes.
#[derive(Debug)]
pub(crate) struct DetectorTask<'a>(pub(crate) LocatorData<'a>);

impl Task for DetectorTask<'_> {
    type Batch = DetectorBatch;

    const NAME: &'static str = "detector";

    fn plan(&self) -> RunPlan {
        let detector = &self.0.recipe.detector;
        self.0.plan(detector.steps, &detector.optimization, detector)
    }

    fn layers(&self) -> Vec<Layer> {
        detector_layers()
    }

    /// Starts with the answer that there is hardly a card anywhere. Otherwise the first steps
    /// learn nothing else, and Adam's means keep their steep gradients for a long time.
    fn initialize(&self, weights: &VarStore) {
        let name = format!("{DETECTOR_HEAD}.bn.bias");
        let mut biases = weights.variables().remove(&name).expect("the head has a BatchNorm");
        let logit = self.0.recipe.detector.initial_logit;
        let values: Vec<f32> =
            (0..CHANNELS).map(|i| if i % VALUES == 0 { logit } else { 0.0 }).collect();
        tch::no_grad(|| biases.copy_(&Tensor::from_slice(&values)));
    }

    fn batches(&self, epoch: u64) -> impl Iterator<Item = DetectorBatch> {
        let LocatorData { stock, recipe, .. } = self.0;
        self.plan()
            .steps_of_epoch(epoch)
            .map(move |step| DetectorBatch::compose(stock, &recipe.detector, recipe.seed, step))
    }

    fn loss(
        &self,
        network: &TorchNetwork,
        batch: &DetectorBatch,
        kind: Kind,
        device: Device,
    ) -> StepLoss {
        let pixels = normalized_pixels(&batch.pixels, batch.size, kind, device);
        let answer = network.forward(&pixels, true).to_kind(Kind::Float);
        let [target, weights] = stacked(batch).map(|tensor| tensor.to_device(device));
        let loss = GridLoss::new(&answer, &target, &weights);
        let [heat, corners] = [&loss.heat, &loss.corners].map(|part| part.double_value(&[]));
        StepLoss {
            total: loss.total(self.0.recipe.detector.corner_weight),
            examples: batch.targets.len(),
            accuracy: None,
            parts: vec![
                ("heat loss", heat),
                ("corner error in pixels", corners * f64::from(OFFSET_UNIT)),
            ],
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

/// The targets of a batch, `[N, CHANNELS, h, w]`, and the weights of their corners,
/// `[N, CHANNELS / VALUES, h, w]`.
fn stacked(batch: &DetectorBatch) -> [Tensor; 2] {
    [
        stack(batch, CHANNELS, |target| &target.answer),
        stack(batch, CHANNELS / VALUES, |target| &target.weights),
    ]
}

fn stack(batch: &DetectorBatch, channels: usize, part: fn(&DetectorTarget) -> &Vec<f32>) -> Tensor {
    let [width, height] = [batch.size.width, batch.size.height].map(i64::from);
    let (rows, columns) = (height / STRIDE as i64, width / STRIDE as i64);
    let values: Vec<f32> = batch.targets.iter().flat_map(part).copied().collect();
    Tensor::from_slice(&values).view([batch.targets.len() as i64, channels as i64, rows, columns])
}
