//! The problems of training runs, and the options that remedy them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A problem with its figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Problem {
    Overfitting { train_accuracy: f64, valid_accuracy: f64 },
    Underfitting { train_accuracy: f64 },
    Plateau { epochs: usize, valid_accuracy: f64 },
    VanishingGradients { layer: String, rms: f64, largest_rms: f64 },
    ExplodingGradients { layer: String, norm: f64 },
    LossJump { highest: f64, mean: f64 },
    RateTooSmall { weights_change: f64, loss: f64 },
    RateTooLarge { loss: f64, lowest: f64 },
    NotANumber,
}

/// A problem and the epoch, counted from 1, in which it was first seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diagnosis {
    pub epoch: usize,
    pub problem: Problem,
}

impl Problem {
    /// Whether two problems are of one kind, whatever their figures.
    pub fn is_like(&self, other: &Problem) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl fmt::Display for Problem {
    /// One line: what was seen, and the options that remedy it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Overfitting { train_accuracy, valid_accuracy } => write!(
                f,
                "overfitting: {:.0} % of the training images are named correctly, but only {:.0} \
                 % of the held-out ones; augment more strongly (--augment strong), drop more \
                 (--dropout), or add drawn cards (--drawn-cards)",
                train_accuracy * 100.0,
                valid_accuracy * 100.0
            ),
            Problem::Underfitting { train_accuracy } => write!(
                f,
                "underfitting: only {:.0} % of the training images are named correctly; train \
                 longer (--epochs), drop less (--dropout), or augment less (--augment)",
                train_accuracy * 100.0
            ),
            Problem::Plateau { epochs, valid_accuracy } => write!(
                f,
                "plateau: the last {epochs} epochs were not better than {:.1} %; stop here, or \
                 reduce the learning rate (--schedule one-cycle, --patience)",
                valid_accuracy * 100.0
            ),
            Problem::VanishingGradients { layer, rms, largest_rms } => write!(
                f,
                "vanishing gradients: the gradient of {layer} is {rms:.1e}, that of another layer \
                 {largest_rms:.1e}; train a network with skip connections (--arch compact), or \
                 drop less (--dropout)"
            ),
            Problem::ExplodingGradients { layer, norm } => write!(
                f,
                "exploding gradients: the gradient of {layer} has the norm {norm:.1e}; clip \
                 gradients (--clip-gradients 1), or lower the rate (--learning-rate)"
            ),
            Problem::LossJump { highest, mean } => write!(
                f,
                "loss jump: the loss of one step was {highest:.2}, the mean of its epoch \
                 {mean:.2}; clip gradients (--clip-gradients 1), or lower the rate \
                 (--learning-rate)"
            ),
            Problem::RateTooSmall { weights_change, loss } => write!(
                f,
                "learning rate too small: the loss stays at {loss:.2} and an epoch moves the \
                 weights by {:.3} %; raise the rate tenfold (--learning-rate)",
                weights_change * 100.0
            ),
            Problem::RateTooLarge { loss, lowest } => write!(
                f,
                "learning rate too large: the loss is {loss:.2} and was {lowest:.2}; lower the \
                 rate tenfold (--learning-rate)"
            ),
            Problem::NotANumber => write!(
                f,
                "the loss is no longer a number; lower the rate (--learning-rate), or clip \
                 gradients (--clip-gradients 1)"
            ),
        }
    }
}
