//! The classifier as a task of the engine.

use std::path::Path;

use common::card::UnknownCard;
use common::{Score, Size};
use tch::{Device, Kind, Tensor};

use crate::arch::Layer;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::recipe::Recipe;
use crate::run::engine::{Run, RunError, RunStart};
use crate::run::history::Measure;
use crate::run::plan::RunPlan;
use crate::run::task::{StepLoss, Task, Validation};
use crate::tasks::classifier::data::{NO_CARD, TrainingData};
use crate::tasks::classifier::images::{ImageBatch, epoch_batches};
use crate::tasks::classifier::objective::Objective;
use crate::tasks::classifier::{TrainingOutcome, run_files};
use crate::tensor_file::TensorFileError;
use crate::torch::network::TorchNetwork;
use crate::torch::tensors::normalized_pixels;
use crate::weights::Weights;

/// Images of a validation batch.
const VALID_BATCH: usize = 64;

/// Learns to name the cards of a data set.
#[derive(Debug)]
pub struct ClassifierTask<'a> {
    recipe: &'a Recipe,
    data: &'a TrainingData,
    objective: Objective,
}

/// A classifier that cannot be trained.
#[derive(Debug, thiserror::Error)]
pub enum ClassifierError {
    #[error("ranks and suits can't enter the loss: {reason}; leave --rank-suit-loss out")]
    Objective { reason: String },
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// Trains by the recipe and writes into `folder` after each epoch: the best checkpoint, the
/// history, and the state to resume from.
///
/// # Errors
/// What to start from belongs to another network, recipe or data set, the loss stops being a
/// number, or a file can't be written.
pub fn train(
    recipe: &Recipe,
    data: &TrainingData,
    start: RunStart,
    device: Device,
    folder: &Path,
) -> Result<TrainingOutcome, ClassifierError> {
    let task = ClassifierTask::new(recipe, data)
        .map_err(|error| ClassifierError::Objective { reason: error.to_string() })?;
    let files = run_files(folder);
    let run = Run::new(&task, start, device, &files)?.train()?;
    Ok(TrainingOutcome { best: Checkpoint::read(&files.weights)?, run })
}

impl<'a> ClassifierTask<'a> {
    /// Learns by a recipe from a data set.
    ///
    /// # Errors
    /// The recipe's loss needs classes that are cards, and one of them is not.
    pub fn new(recipe: &'a Recipe, data: &'a TrainingData) -> Result<Self, UnknownCard> {
        let objective = Objective::new(recipe, &data.classes)?;
        Ok(Self { recipe, data, objective })
    }

    fn classes(&self) -> i64 {
        self.data.classes.len() as i64
    }
}

impl Task for ClassifierTask<'_> {
    type Batch = ImageBatch;

    const NAME: &'static str = "classifier";

    fn plan(&self) -> RunPlan {
        let batch_size = self.recipe.optimization.batch_size;
        let steps_per_epoch = self.data.images_per_epoch(self.recipe).div_ceil(batch_size) as u64;
        RunPlan {
            optimization: self.recipe.optimization,
            seed: self.recipe.seed,
            steps: self.recipe.epochs as u64 * steps_per_epoch,
            steps_per_epoch,
            recipe: serde_json::to_value(self.recipe).expect("a recipe can be serialised"),
            data_fingerprint: self.data.fingerprint.clone(),
        }
    }

    fn layers(&self) -> Vec<Layer> {
        self.recipe.layers(self.data.classes.len())
    }

    fn batches(&self, epoch: u64) -> impl Iterator<Item = ImageBatch> {
        epoch_batches(self.recipe, self.data, epoch)
    }

    fn loss(
        &self,
        network: &TorchNetwork,
        batch: &ImageBatch,
        kind: Kind,
        device: Device,
    ) -> StepLoss {
        let targets = soft_targets(batch, self.classes(), self.recipe.label_smoothing, device);
        let pixels = normalized_pixels(&batch.pixels, Size::square(batch.side), kind, device);
        let (pixels, targets) = self.objective.blended(pixels, targets);
        let logits = network.forward(&pixels, true);
        let labels = Tensor::from_slice(&batch.labels).to_device(device);
        let right = logits.argmax(1, false).eq_tensor(&labels).to_kind(Kind::Float);
        StepLoss {
            total: self.objective.loss(&logits, &targets),
            examples: batch.labels.len(),
            accuracy: Some(right.mean(Kind::Float).double_value(&[])),
            parts: Vec::new(),
        }
    }

    /// Loss and accuracy on the held-out images, without augmentation.
    fn validate(&self, network: &TorchNetwork, device: Device) -> Option<Validation> {
        let valid = &self.data.valid;
        let labels: Vec<i64> = valid.classes.iter().map(|&class| class as i64).collect();
        let (mut loss, mut right) = (0.0, 0);
        tch::no_grad(|| {
            let batches = valid.images.chunks(VALID_BATCH).zip(labels.chunks(VALID_BATCH));
            for (images, labels) in batches {
                let labelled = images.iter().zip(labels.iter().copied());
                let batch = ImageBatch::new(self.recipe.side, labelled);
                let size = Size::square(batch.side);
                let pixels = normalized_pixels(&batch.pixels, size, Kind::Float, device);
                let logits = network.forward(&pixels, false);
                let labels = Tensor::from_slice(labels).to_device(device);
                let mean = logits.cross_entropy_for_logits(&labels).double_value(&[]);
                loss += mean * images.len() as f64;
                let equal = logits.argmax(1, false).eq_tensor(&labels);
                right += equal.sum(Kind::Int64).int64_value(&[]) as usize;
            }
        });
        let score = Score { right, total: labels.len() };
        let total = score.total.max(1) as f64;
        let measure = Measure { loss: loss / total, accuracy: right as f64 / total };
        Some(Validation { measure, score })
    }

    /// The cross-entropy of the answer that every class is equally likely.
    fn guessing_loss(&self) -> Option<f64> {
        Some((self.classes() as f64).ln())
    }

    /// Writes a checkpoint.
    fn write_weights(
        &self,
        weights: &Weights,
        valid: Score,
        path: &Path,
    ) -> Result<(), TensorFileError> {
        let Recipe { arch, side, seed, valid_share, group_duplicates, .. } = *self.recipe;
        let checkpoint = Checkpoint {
            arch,
            side,
            classes: self.data.classes.clone(),
            seed,
            valid_share,
            group_duplicates,
            data_fingerprint: self.data.fingerprint.clone(),
            valid,
            weights: weights.clone(),
        };
        checkpoint.write(path)
    }
}

/// What the network should answer, `[N, classes]`: the share `smoothing` of each target is
/// spread evenly over all classes, and the complete target where an image shows no card.
fn soft_targets(batch: &ImageBatch, classes: i64, smoothing: f64, device: Device) -> Tensor {
    let labels = Tensor::from_slice(&batch.labels).to_device(device);
    let is_card = labels.not_equal(NO_CARD).to_kind(Kind::Float).unsqueeze(-1);
    let spread = Tensor::full_like(&is_card, smoothing / classes as f64);
    let evenly = 1.0 / classes as f64;
    let one_hot = labels.clamp_min(0).one_hot(classes).to_kind(Kind::Float);
    let card = one_hot * (1.0 - smoothing) + spread;
    &is_card * card + (1.0 - &is_card) * evenly
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_of_an_image_without_a_card_is_every_class_equally() {
        let batch = ImageBatch { side: 0, pixels: vec![], labels: vec![1, NO_CARD] };
        let targets = soft_targets(&batch, 4, 0.2, Device::Cpu);
        let targets = Vec::<f32>::try_from(targets.flatten(0, -1)).unwrap();
        let expected = [0.05, 0.85, 0.05, 0.05, 0.25, 0.25, 0.25, 0.25];
        for (target, expected) in targets.iter().zip(expected) {
            assert!((target - expected).abs() < 1e-6, "{target} instead of {expected}");
        }
    }
}
