//! How to train: every number of a run, with the two recipes' defaults.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use tch::Device;

use crate::arch::{Arch, Layer};
use crate::data::augment::Augment;

/// Every number of a training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    pub arch: Arch,
    /// The network's input, in pixels.
    pub side: u32,
    pub epochs: usize,
    pub batch_size: usize,
    pub optimizer: Optimizer,
    /// The highest learning rate of the run.
    pub learning_rate: f64,
    pub schedule: Schedule,
    /// Share of the target spread evenly over all classes.
    pub label_smoothing: f64,
    /// How much rank and suit by themselves count against the class.
    pub rank_suit_loss: f64,
    /// Share of the images with up to half of another one in them.
    pub blend_share: f64,
    /// How much of the averaged weights each step keeps (exponential moving average);
    /// at 0 the trained weights themselves are validated and kept.
    pub average_decay: f64,
    /// Longest norm of all gradients together; longer ones are shortened to it. 0 leaves
    /// them as they are.
    pub clip_gradients: f64,
    /// Share of activations dropped in training, instead of the architecture's.
    pub dropout: Option<f64>,
    pub augment: Augment,
    /// Freshly drawn cards added to each epoch.
    pub drawn_cards: usize,
    /// Share of them with an image of the data set as their centre.
    pub drawn_over: f64,
    /// Freshly drawn images without a card added to each epoch; their target is
    /// "every class is equally likely" (outlier exposure, arXiv:1812.04606).
    pub drawn_empty: usize,
    pub precision: Precision,
    /// Share of the images put aside for validation.
    pub valid_share: f64,
    /// Whether near-duplicates stay on one side of the split.
    pub group_duplicates: bool,
    pub seed: u64,
}

/// The rule that turns gradients into steps; β 0.9 and 0.999, ε 1e-8.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Optimizer {
    Adam,
    AdamW { weight_decay: f64 },
}

/// How the learning rate goes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Schedule {
    /// Multiplied by `factor` when validation accuracy has not improved for more than
    /// `patience` epochs; PyTorch's ReduceLROnPlateau in mode "max".
    Plateau { factor: f64, patience: usize },
    /// Rises along a cosine for the share `warm_up` of the steps, then falls to zero
    /// along another.
    OneCycle { warm_up: f64 },
}

/// Arithmetic of convolutions in training. Weights, losses and statistics are f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// bfloat16 on CUDA, f32 on CPUs.
    Auto,
    F32,
    /// bfloat16: as wide a range as f32, so that losses need no scaling. Faster on CUDA
    /// and on CPUs with AVX-512 BF16, slow on others.
    Bf16,
}

impl Precision {
    /// What to compute in on a device: never `Auto`.
    pub fn on(self, device: Device) -> Self {
        match (self, device) {
            (Precision::Auto, Device::Cuda(_)) => Precision::Bf16,
            (Precision::Auto, _) => Precision::F32,
            (chosen, _) => chosen,
        }
    }
}

impl Recipe {
    /// The recipe that belongs to an architecture.
    pub fn of(arch: Arch) -> Self {
        match arch {
            Arch::Baseline => Self {
                arch,
                side: arch.default_side(),
                epochs: 50,
                batch_size: 32,
                optimizer: Optimizer::Adam,
                learning_rate: 1e-4,
                schedule: Schedule::Plateau { factor: 0.5, patience: 3 },
                label_smoothing: 0.0,
                rank_suit_loss: 0.0,
                blend_share: 0.0,
                average_decay: 0.0,
                clip_gradients: 0.0,
                dropout: None,
                augment: Augment::BASELINE,
                drawn_cards: 0,
                drawn_over: 0.0,
                drawn_empty: 0,
                precision: Precision::Auto,
                valid_share: 0.2,
                group_duplicates: false,
                seed: 0,
            },
            Arch::Compact => Self {
                arch,
                side: arch.default_side(),
                epochs: 60,
                batch_size: 64,
                optimizer: Optimizer::AdamW { weight_decay: 0.05 },
                learning_rate: 3e-3,
                schedule: Schedule::OneCycle { warm_up: 0.1 },
                label_smoothing: 0.1,
                rank_suit_loss: 0.0,
                blend_share: 0.0,
                average_decay: 0.998,
                clip_gradients: 5.0,
                dropout: None,
                augment: Augment::STRONG,
                drawn_cards: 3000,
                drawn_over: 0.5,
                drawn_empty: 150,
                precision: Precision::Auto,
                valid_share: 0.2,
                group_duplicates: false,
                seed: 0,
            },
        }
    }

    /// The layers to train, for that many classes.
    pub fn layers(&self, classes: usize) -> Vec<Layer> {
        let mut layers = self.arch.layers(self.side, classes);
        for layer in &mut layers {
            if let (Layer::Dropout(share), Some(wanted)) = (layer, self.dropout) {
                *share = wanted;
            }
        }
        layers
    }
}
