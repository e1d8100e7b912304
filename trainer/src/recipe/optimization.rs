//! How gradients change the weights; the same choices for every network.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// How gradients change the weights; the same for every network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Optimization {
    /// Examples of a step.
    pub batch_size: usize,
    pub optimizer: Optimizer,
    /// The highest learning rate of the run.
    pub learning_rate: f64,
    pub schedule: Schedule,
    /// Share of the averaged weights that each step keeps (exponential moving average),
    /// 0..1. At 0 there is no average: the trained weights themselves are validated and kept.
    pub average_decay: f64,
    /// Largest norm of all gradients together; larger gradients are scaled down to it. At 0
    /// gradients are never scaled.
    pub clip_gradients: f64,
    pub precision: Precision,
}

/// The rule that turns gradients into steps; β 0.9 and 0.999, ε 1e-8.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Optimizer {
    Adam,
    /// `weight_decay`: share of a weight that is subtracted from it at each step, times the
    /// learning rate.
    AdamW {
        weight_decay: f64,
    },
}

impl Optimizer {
    /// AdamW with the decay of the compact network's recipe.
    pub const ADAM_W: Optimizer = Optimizer::AdamW { weight_decay: 0.05 };
}

/// How the learning rate changes during a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Schedule {
    /// The rate is multiplied by `factor` when the validation accuracy has not improved for
    /// more than `patience` epochs; PyTorch's ReduceLROnPlateau in mode "max".
    Plateau { factor: f64, patience: usize },
    /// The rate rises along a cosine for the share `warm_up` of the steps, then falls to zero
    /// along another one.
    OneCycle { warm_up: f64 },
}

impl Schedule {
    /// The plateau schedule of the baseline recipe.
    pub const PLATEAU: Schedule = Schedule::Plateau { factor: 0.5, patience: 3 };

    /// The one-cycle schedule of the compact network's recipe.
    pub const ONE_CYCLE: Schedule = Schedule::OneCycle { warm_up: 0.1 };
}

/// Arithmetic of convolutions in training. Weights, losses and statistics are f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// bfloat16 on CUDA, f32 on CPUs.
    Auto,
    F32,
    /// bfloat16: the same range as f32, so that losses need no scaling. It is faster on CUDA
    /// and on CPUs with AVX-512 BF16, and slow on other CPUs.
    Bf16,
}
