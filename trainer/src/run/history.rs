//! What each epoch achieved, as the history file of a run stores it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// All epochs so far, oldest first; one array for each quantity, as plotting scripts expect.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    pub train_loss: Vec<f64>,
    /// On augmented images, while training, 0..1. This array and the two of the validation are
    /// empty where the network does not name classes.
    #[serde(default)]
    pub train_accuracy: Vec<f64>,
    #[serde(default)]
    pub valid_loss: Vec<f64>,
    /// 0..1.
    #[serde(default)]
    pub valid_accuracy: Vec<f64>,
    /// At the end of the epoch.
    pub learning_rate: Vec<f64>,
    /// Norm of all gradients together before clipping, the mean of some steps of the epoch. Runs
    /// of earlier versions did not record it.
    #[serde(default)]
    pub gradient_norm: Vec<f64>,
    /// Duration of the epoch, validation included.
    pub seconds: Vec<f64>,
    /// While training, without validation.
    #[serde(alias = "pictures_per_second")]
    pub images_per_second: Vec<f64>,
    /// Share of the training time in which the network waited for images, 0..1.
    pub waiting_share: Vec<f64>,
    /// Parts of the training loss that a person can interpret, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub loss_parts: BTreeMap<String, Vec<f64>>,
}

/// One epoch of a [`History`].
#[derive(Clone, Debug, PartialEq)]
pub struct EpochRecord {
    pub train_loss: f64,
    pub train_accuracy: Option<f64>,
    pub valid: Option<Measure>,
    pub learning_rate: f64,
    pub gradient_norm: Option<f64>,
    pub seconds: f64,
    pub images_per_second: f64,
    pub waiting_share: f64,
    pub loss_parts: Vec<(&'static str, f64)>,
}

/// Mean loss and accuracy (0..1) over some images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    pub loss: f64,
    pub accuracy: f64,
}

impl History {
    /// Adds an epoch.
    pub fn push(&mut self, epoch: &EpochRecord) {
        self.train_loss.push(epoch.train_loss);
        self.train_accuracy.extend(epoch.train_accuracy);
        self.valid_loss.extend(epoch.valid.map(|valid| valid.loss));
        self.valid_accuracy.extend(epoch.valid.map(|valid| valid.accuracy));
        self.learning_rate.push(epoch.learning_rate);
        self.gradient_norm.extend(epoch.gradient_norm);
        self.seconds.push(epoch.seconds);
        self.images_per_second.push(epoch.images_per_second);
        self.waiting_share.push(epoch.waiting_share);
        for &(name, value) in &epoch.loss_parts {
            self.loss_parts.entry(name.to_owned()).or_default().push(value);
        }
    }

    /// Epochs so far.
    pub fn len(&self) -> usize {
        self.train_loss.len()
    }

    /// Whether no epoch has ended yet.
    pub fn is_empty(&self) -> bool {
        self.train_loss.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_of_an_earlier_version_is_read() {
        let json = r#"{"train_loss":[1.0],"train_accuracy":[0.5],"valid_loss":[1.1],
            "valid_accuracy":[0.4],"learning_rate":[0.001],"seconds":[9.0],
            "pictures_per_second":[80.0],"waiting_share":[0.1]}"#;
        let history: History = serde_json::from_str(json).unwrap();
        assert_eq!(history.images_per_second, [80.0]);
        assert!(history.loss_parts.is_empty());
    }
}
