//! What each epoch brought, as `training_history.json` has it.

use serde::{Deserialize, Serialize};

/// All epochs so far, oldest first; one array each, as plotting scripts like it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    pub train_loss: Vec<f64>,
    /// On augmented images, while training; 0..1.
    pub train_accuracy: Vec<f64>,
    pub valid_loss: Vec<f64>,
    /// 0..1.
    pub valid_accuracy: Vec<f64>,
    /// At the end of the epoch.
    pub learning_rate: Vec<f64>,
    pub seconds: Vec<f64>,
    /// Training alone, without validation.
    pub images_per_second: Vec<f64>,
    /// Share of the training time in which the network waited for images, 0..1.
    pub waiting_share: Vec<f64>,
}

/// One epoch of a [`History`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochRecord {
    pub train: Measure,
    pub valid: Measure,
    pub learning_rate: f64,
    pub seconds: f64,
    pub images_per_second: f64,
    pub waiting_share: f64,
}

/// Mean loss and accuracy (0..1) over some images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    pub loss: f64,
    pub accuracy: f64,
}

impl History {
    /// Adds an epoch.
    pub fn push(&mut self, epoch: EpochRecord) {
        self.train_loss.push(epoch.train.loss);
        self.train_accuracy.push(epoch.train.accuracy);
        self.valid_loss.push(epoch.valid.loss);
        self.valid_accuracy.push(epoch.valid.accuracy);
        self.learning_rate.push(epoch.learning_rate);
        self.seconds.push(epoch.seconds);
        self.images_per_second.push(epoch.images_per_second);
        self.waiting_share.push(epoch.waiting_share);
    }

    /// Epochs so far.
    pub fn len(&self) -> usize {
        self.train_loss.len()
    }

    /// Whether there was no epoch yet.
    pub fn is_empty(&self) -> bool {
        self.train_loss.is_empty()
    }
}
