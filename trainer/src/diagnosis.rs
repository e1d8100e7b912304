//! Says what is wrong with a training run, and which option remedies it.
//!
//! The bounds are this project's own. They are wide: healthy runs of both recipes stay
//! clear of them, and each trouble that a test provokes is well beyond them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::history::History;
use crate::optimizer::GradientNorm;

/// What an epoch showed besides its [`History`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signals {
    /// Mean over some steps, for each trained tensor, before clipping.
    pub gradients: Vec<GradientNorm>,
    /// How far the weights moved in the epoch, over their norm before it.
    pub weights_change: f64,
    /// The highest loss of any step.
    pub highest_loss: f64,
}

/// A trouble with its figures.
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

/// A trouble and the epoch, counted from 1, in which it was first seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub epoch: usize,
    pub problem: Problem,
}

/// Epochs without better validation that count as a plateau.
const PLATEAU_EPOCHS: usize = 10;

/// Epochs over which a loss that does not fall is looked for.
const STALL_EPOCHS: usize = 4;

/// Share of training images, 0..1, below which a network has not learned enough.
const WELL_LEARNED: f64 = 0.6;

/// Looks at a run after each epoch.
///
/// `classes` is how many there are; `rate_share` is the epoch's learning rate over the
/// highest of the run: losses that stand still while it is low say nothing.
pub fn problems(
    history: &History,
    signals: &Signals,
    classes: usize,
    rate_share: f64,
) -> Vec<Problem> {
    let checks = [
        overfitting(history),
        stall(history, signals, rate_share),
        plateau(history),
        vanishing(&signals.gradients),
        exploding(&signals.gradients),
        loss_jump(history, signals, classes),
        rate_too_large(history, classes),
    ];
    checks.into_iter().flatten().collect()
}

/// Looks at a run that came to its end.
pub fn problem_at_end(history: &History) -> Option<Problem> {
    let train_accuracy = *history.train_accuracy.last()?;
    (train_accuracy < WELL_LEARNED).then_some(Problem::Underfitting { train_accuracy })
}

/// Training images are named far better than held-out ones, and those get worse.
fn overfitting(history: &History) -> Option<Problem> {
    let (train_accuracy, valid_accuracy) =
        (*history.train_accuracy.last()?, *history.valid_accuracy.last()?);
    let lowest = history.valid_loss.iter().copied().fold(f64::INFINITY, f64::min);
    let gets_worse = *history.valid_loss.last()? > 1.1 * lowest;
    (train_accuracy - valid_accuracy > 0.15 && gets_worse)
        .then_some(Problem::Overfitting { train_accuracy, valid_accuracy })
}

/// The training loss stands still far from its end: because the weights hardly move, or
/// because the network can't do better.
fn stall(history: &History, signals: &Signals, rate_share: f64) -> Option<Problem> {
    let losses = &history.train_loss;
    let before = *losses.get(losses.len().checked_sub(STALL_EPOCHS)?)?;
    let (loss, train_accuracy) = (*losses.last()?, *history.train_accuracy.last()?);
    let stands_still = (before - loss).abs() < 0.03 * before;
    if !stands_still || train_accuracy > WELL_LEARNED || rate_share < 0.5 {
        return None;
    }
    let weights_change = signals.weights_change;
    Some(if weights_change < 0.01 {
        Problem::RateTooSmall { weights_change, loss }
    } else {
        Problem::Underfitting { train_accuracy }
    })
}

fn plateau(history: &History) -> Option<Problem> {
    let mut best = (0, f64::NEG_INFINITY);
    for (epoch, &accuracy) in history.valid_accuracy.iter().enumerate() {
        if accuracy > best.1 {
            best = (epoch, accuracy);
        }
    }
    let epochs = history.len().checked_sub(best.0 + 1)?;
    (epochs >= PLATEAU_EPOCHS).then_some(Problem::Plateau { epochs, valid_accuracy: best.1 })
}

/// Some layer's gradients are a millionth of another's, or nothing at all.
fn vanishing(gradients: &[GradientNorm]) -> Option<Problem> {
    let weights = || gradients.iter().filter(|gradient| gradient.name.ends_with(".weight"));
    let smallest = weights().min_by(|a, b| a.rms.total_cmp(&b.rms))?;
    let largest_rms = weights().map(|gradient| gradient.rms).fold(0.0, f64::max);
    (smallest.rms <= 1e-6 * largest_rms).then(|| Problem::VanishingGradients {
        layer: smallest.name.clone(),
        rms: smallest.rms,
        largest_rms,
    })
}

fn exploding(gradients: &[GradientNorm]) -> Option<Problem> {
    let largest = gradients.iter().max_by(|a, b| a.norm.total_cmp(&b.norm))?;
    (largest.norm > 100.0)
        .then(|| Problem::ExplodingGradients { layer: largest.name.clone(), norm: largest.norm })
}

/// One step's loss is far above both its epoch's and that of guessing.
fn loss_jump(history: &History, signals: &Signals, classes: usize) -> Option<Problem> {
    let (mean, highest) = (*history.train_loss.last()?, signals.highest_loss);
    (highest > 4.0 * mean && highest > guessing_loss(classes))
        .then_some(Problem::LossJump { highest, mean })
}

/// Worse than guessing, or much worse than before.
fn rate_too_large(history: &History, classes: usize) -> Option<Problem> {
    let loss = *history.train_loss.last()?;
    let lowest = history.train_loss.iter().copied().fold(f64::INFINITY, f64::min);
    (loss > 1.5 * guessing_loss(classes) || loss > 2.0 * lowest && loss > 0.5)
        .then_some(Problem::RateTooLarge { loss, lowest })
}

/// Cross-entropy of saying that every class is equally likely.
fn guessing_loss(classes: usize) -> f64 {
    (classes as f64).ln()
}

impl Problem {
    /// Whether two are of one kind, whatever their figures.
    pub fn is_like(&self, other: &Problem) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl fmt::Display for Problem {
    /// One line: what is seen; the options that remedy it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Overfitting { train_accuracy, valid_accuracy } => write!(
                f,
                "overfitting: {:.0} % of the training images are right, {:.0} % of the held-out \
                 ones; change images more (--augment strong), drop more (--dropout), or add \
                 drawn cards (--drawn-cards)",
                train_accuracy * 100.0,
                valid_accuracy * 100.0
            ),
            Problem::Underfitting { train_accuracy } => write!(
                f,
                "underfitting: only {:.0} % of the training images are right; train longer \
                 (--epochs), drop less (--dropout), or change images less (--augment)",
                train_accuracy * 100.0
            ),
            Problem::Plateau { epochs, valid_accuracy } => write!(
                f,
                "plateau: no epoch of the last {epochs} was better than {:.1} %; stop here, or \
                 let the rate come down (--schedule one-cycle, --patience)",
                valid_accuracy * 100.0
            ),
            Problem::VanishingGradients { layer, rms, largest_rms } => write!(
                f,
                "vanishing gradients: {layer} is pulled by {rms:.1e}, another layer by \
                 {largest_rms:.1e}; take a network with skip connections (--arch compact), or \
                 drop less (--dropout)"
            ),
            Problem::ExplodingGradients { layer, norm } => write!(
                f,
                "exploding gradients: {layer} is pulled by {norm:.1e}; clip them \
                 (--clip-gradients 1), or lower the rate (--learning-rate)"
            ),
            Problem::LossJump { highest, mean } => write!(
                f,
                "loss jump: one step had {highest:.2}, the epoch {mean:.2}; clip gradients \
                 (--clip-gradients 1), or lower the rate (--learning-rate)"
            ),
            Problem::RateTooSmall { weights_change, loss } => write!(
                f,
                "learning rate too small: the loss stays at {loss:.2} and an epoch moves the \
                 weights by {:.3} %; raise it tenfold (--learning-rate)",
                weights_change * 100.0
            ),
            Problem::RateTooLarge { loss, lowest } => write!(
                f,
                "learning rate too large: the loss is {loss:.2}, it was {lowest:.2}; lower the \
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{EpochRecord, Measure};

    fn history(epochs: &[(f64, f64, f64, f64)]) -> History {
        let mut history = History::default();
        for &(train_loss, train_accuracy, valid_loss, valid_accuracy) in epochs {
            history.push(EpochRecord {
                train: Measure { loss: train_loss, accuracy: train_accuracy },
                valid: Measure { loss: valid_loss, accuracy: valid_accuracy },
                learning_rate: 1e-4,
                seconds: 1.0,
                images_per_second: 1.0,
                waiting_share: 0.0,
            });
        }
        history
    }

    #[test]
    fn a_healthy_run_has_no_trouble() {
        let epochs: Vec<_> = (1..30)
            .map(|i| f64::from(i) / 30.0)
            .map(|done| (4.0 - 3.5 * done, done, 4.0 - 3.0 * done, 0.9 * done))
            .collect();
        let gradient = |rms| GradientNorm { name: "a.weight".into(), norm: 1.0, rms };
        let signals = Signals {
            gradients: vec![gradient(1e-2), gradient(1e-5)],
            weights_change: 0.1,
            highest_loss: 1.0,
        };
        for seen in 1..epochs.len() {
            assert_eq!(problems(&history(&epochs[..seen]), &signals, 53, 1.0), []);
        }
    }

    #[test]
    fn a_stall_while_the_rate_is_low_says_nothing() {
        let epochs = [(3.9, 0.03, 3.9, 0.03); 6];
        let found = |rate| problems(&history(&epochs), &Signals::default(), 53, rate);
        assert_eq!(found(0.1), []);
        assert!(matches!(found(1.0)[..], [Problem::RateTooSmall { .. }]));
    }

    #[test]
    fn a_plateau_is_counted_from_the_best_epoch() {
        let mut epochs = vec![(1.0, 0.8, 1.0, 0.8), (0.9, 0.85, 0.9, 0.9)];
        epochs.extend([(0.9, 0.85, 0.9, 0.9); PLATEAU_EPOCHS]);
        let found = problems(&history(&epochs), &Signals::default(), 53, 1.0);
        assert_eq!(found, [Problem::Plateau { epochs: PLATEAU_EPOCHS, valid_accuracy: 0.9 }]);
    }
}
