//! The recipe of the classifier, the network that names a card.

use serde::{Deserialize, Serialize};

use crate::arch::{Arch, Layer};
use crate::data::augment::Augmentation;
use crate::recipe::optimization::{Optimization, Optimizer, Precision, Schedule};

/// Every number of a classifier's training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    pub arch: Arch,
    /// Width and height of the network's input, in pixels.
    pub side: u32,
    /// How often each image of the data set is trained on.
    pub epochs: usize,
    #[serde(flatten)]
    pub optimization: Optimization,
    /// Share of the target that is spread evenly over all classes, 0..1.
    pub label_smoothing: f64,
    /// Weight of the losses of rank and suit alone, against a weight of 1 for the class.
    pub rank_suit_loss: f64,
    /// Share of the images, 0..1, into which up to half of another image is blended.
    pub blend_share: f64,
    /// Share of the activations that is dropped in training, 0..1, instead of the
    /// architecture's own share.
    pub dropout: Option<f64>,
    pub augment: Augmentation,
    /// Cards that are drawn freshly for each epoch.
    pub drawn_cards: usize,
    /// Share of them, 0..1, whose centre is an image of the data set.
    pub drawn_over: f64,
    /// Empty tables and card backs that are drawn freshly for each epoch; their target is "every
    /// class is equally likely" (outlier exposure, arXiv:1812.04606).
    pub drawn_empty: usize,
    /// Crops of composed scenes in each epoch, where there are crops.
    #[serde(default)]
    pub crops: usize,
    /// Share of the images that is held out for validation.
    pub valid_share: f64,
    /// Whether near-duplicates stay on one side of the split.
    pub group_duplicates: bool,
    pub seed: u64,
}

impl Recipe {
    /// The default recipe of an architecture.
    pub fn of(arch: Arch) -> Self {
        match arch {
            Arch::Baseline => Self::baseline(),
            Arch::Compact => Self::compact(),
        }
    }

    /// A plain four-block CNN as textbooks train it.
    fn baseline() -> Self {
        Self {
            arch: Arch::Baseline,
            side: Arch::Baseline.default_side(),
            epochs: 50,
            optimization: Optimization {
                batch_size: 32,
                optimizer: Optimizer::Adam,
                learning_rate: 1e-4,
                schedule: Schedule::PLATEAU,
                average_decay: 0.0,
                clip_gradients: 0.0,
                precision: Precision::Auto,
            },
            label_smoothing: 0.0,
            rank_suit_loss: 0.0,
            blend_share: 0.0,
            dropout: None,
            augment: Augmentation::BASELINE,
            drawn_cards: 0,
            drawn_over: 0.0,
            drawn_empty: 0,
            crops: 0,
            valid_share: 0.2,
            group_duplicates: false,
            seed: 0,
        }
    }

    /// The network that ships.
    fn compact() -> Self {
        Self {
            arch: Arch::Compact,
            side: Arch::Compact.default_side(),
            epochs: 60,
            optimization: Optimization {
                batch_size: 64,
                optimizer: Optimizer::ADAM_W,
                learning_rate: 3e-3,
                schedule: Schedule::ONE_CYCLE,
                average_decay: 0.998,
                clip_gradients: 5.0,
                precision: Precision::Auto,
            },
            label_smoothing: 0.1,
            rank_suit_loss: 0.0,
            blend_share: 0.0,
            dropout: None,
            augment: Augmentation::STRONG,
            drawn_cards: 3000,
            drawn_over: 0.5,
            drawn_empty: 150,
            crops: 8000,
            valid_share: 0.2,
            group_duplicates: false,
            seed: 0,
        }
    }

    /// The layers to train, for a number of classes.
    pub fn layers(&self, classes: usize) -> Vec<Layer> {
        let mut layers = self.arch.layers(self.side, classes);
        for layer in &mut layers {
            if let (Layer::Dropout(share), Some(chosen)) = (layer, self.dropout) {
                *share = chosen;
            }
        }
        layers
    }
}
