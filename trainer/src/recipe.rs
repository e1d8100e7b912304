//! How to train: every number of a run, with the two recipes' defaults.

use clap::ValueEnum;
use serde::Serialize;

use crate::arch::Arch;
use crate::augment::Augment;

/// Every number of a training run.
#[derive(Clone, Debug, PartialEq)]
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
    /// How slowly the averaged weights follow the trained ones, per step; without,
    /// the trained weights themselves are validated and kept.
    pub average_decay: Option<f64>,
    pub augment: Augment,
    /// Freshly drawn cards added to each epoch.
    pub drawn_cards: usize,
    /// Freshly drawn pictures without a card added to each epoch; their target is
    /// "every class is equally likely" (outlier exposure, arXiv:1812.04606).
    pub drawn_empty: usize,
    pub precision: Precision,
    /// Share of each class put aside for validation.
    pub valid_share: f64,
    pub seed: u64,
}

/// The rule that turns gradients into steps; β 0.9 and 0.999, ε 1e-8.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimizer {
    Adam,
    AdamW { weight_decay: f64 },
}

/// How the learning rate goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Schedule {
    /// Multiplied by `factor` when validation accuracy has not improved for more than
    /// `patience` epochs; PyTorch's ReduceLROnPlateau in mode "max".
    Plateau { factor: f64, patience: usize },
    /// Rises along a cosine for the share `warm_up` of the steps, then falls to zero
    /// along another.
    OneCycle { warm_up: f64 },
}

/// Arithmetic of convolutions in training. Weights, losses and statistics are f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    F32,
    /// bfloat16: faster on CPUs with AVX-512 BF16, slow elsewhere.
    Bf16,
}

impl Recipe {
    /// The recipe that belongs to an architecture.
    pub fn of(arch: Arch) -> Self {
        match arch {
            Arch::Documented => Self {
                arch,
                side: arch.default_side(),
                epochs: 50,
                batch_size: 32,
                optimizer: Optimizer::Adam,
                learning_rate: 1e-4,
                schedule: Schedule::Plateau { factor: 0.5, patience: 3 },
                label_smoothing: 0.0,
                average_decay: None,
                augment: Augment::DOCUMENTED,
                drawn_cards: 0,
                drawn_empty: 0,
                precision: Precision::F32,
                valid_share: 0.2,
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
                average_decay: Some(0.998),
                augment: Augment::STRONG,
                drawn_cards: 2500,
                drawn_empty: 150,
                precision: Precision::F32,
                valid_share: 0.2,
                seed: 0,
            },
        }
    }
}
