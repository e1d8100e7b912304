//! What the steps of an epoch add up to.

use std::time::Duration;

use crate::run::diagnosis::EpochStatistics;
use crate::run::history::EpochRecord;
use crate::run::task::StepLoss;
use crate::weights::GradientNorm;

/// Sums over the steps of an epoch.
#[derive(Default)]
pub(crate) struct EpochSums {
    examples: usize,
    loss: f64,
    accuracy: Option<f64>,
    parts: Vec<(&'static str, f64)>,
    highest_loss: f64,
    gradients: Vec<Vec<GradientNorm>>,
}

/// An epoch after its last step.
pub(crate) struct TrainedEpoch {
    pub(crate) sums: EpochSums,
    /// How far the weights moved, over their norm before.
    pub(crate) weights_change: f64,
    /// Duration of the training, without validation.
    pub(crate) seconds: f64,
    /// How long the network waited for batches.
    pub(crate) waited: Duration,
}

impl EpochSums {
    /// Adds a step; `gradients` is empty where they were not measured.
    pub(crate) fn add(&mut self, total: f64, loss: &StepLoss, gradients: Vec<GradientNorm>) {
        let weight = loss.examples as f64;
        self.examples += loss.examples;
        self.loss += total * weight;
        self.highest_loss = self.highest_loss.max(total);
        if let Some(accuracy) = loss.accuracy {
            *self.accuracy.get_or_insert(0.0) += accuracy * weight;
        }
        if self.parts.is_empty() {
            self.parts = loss.parts.iter().map(|&(name, _)| (name, 0.0)).collect();
        }
        for (sum, (_, part)) in self.parts.iter_mut().zip(&loss.parts) {
            sum.1 += part * weight;
        }
        if !gradients.is_empty() {
            self.gradients.push(gradients);
        }
    }

    pub(crate) fn mean_loss(&self) -> f64 {
        self.loss / self.examples as f64
    }
}

impl TrainedEpoch {
    /// What the diagnosis looks at.
    pub(crate) fn statistics(&self) -> EpochStatistics {
        EpochStatistics {
            gradients: mean_gradients(&self.sums.gradients),
            weights_change: self.weights_change,
            highest_loss: self.sums.highest_loss,
        }
    }

    /// What is known of the epoch before it is validated.
    pub(crate) fn record(&self) -> EpochRecord {
        let examples = self.sums.examples as f64;
        EpochRecord {
            train_loss: self.sums.mean_loss(),
            train_accuracy: self.sums.accuracy.map(|sum| sum / examples),
            valid: None,
            learning_rate: 0.0,
            gradient_norm: mean_norm(&self.sums.gradients),
            seconds: self.seconds,
            images_per_second: examples / self.seconds,
            waiting_share: self.waited.as_secs_f64() / self.seconds,
            loss_parts: self.sums.parts.iter().map(|&(name, sum)| (name, sum / examples)).collect(),
        }
    }
}

/// The norm of all tensors' gradients together, the mean of the sampled steps.
fn mean_norm(samples: &[Vec<GradientNorm>]) -> Option<f64> {
    let norm = |sample: &Vec<GradientNorm>| {
        sample.iter().map(|gradient| gradient.norm.powi(2)).sum::<f64>().sqrt()
    };
    let count = samples.len() as f64;
    (!samples.is_empty()).then(|| samples.iter().map(norm).sum::<f64>() / count)
}

/// The mean of each tensor's norms over the sampled steps.
fn mean_gradients(samples: &[Vec<GradientNorm>]) -> Vec<GradientNorm> {
    let Some(first) = samples.first() else { return Vec::new() };
    let count = samples.len() as f64;
    first
        .iter()
        .enumerate()
        .map(|(i, gradient)| GradientNorm {
            name: gradient.name.clone(),
            norm: samples.iter().map(|sample| sample[i].norm).sum::<f64>() / count,
            rms: samples.iter().map(|sample| sample[i].rms).sum::<f64>() / count,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_norm_of_all_gradients_is_the_mean_of_the_steps() {
        let step = |norms: [f64; 2]| -> Vec<GradientNorm> {
            norms.map(|norm| GradientNorm { name: String::new(), norm, rms: 0.0 }).to_vec()
        };
        assert_eq!(mean_norm(&[step([3.0, 4.0]), step([0.0, 1.0])]), Some(3.0));
        assert_eq!(mean_norm(&[]), None);
    }
}
