//! Recognises the problems of a training run from its numbers.
//!
//! The bounds are this project's own. They are wide: healthy runs of every recipe stay clear of
//! them, and each problem that a test provokes is far beyond them.

use crate::run::history::History;
use crate::run::problem::Problem;
use crate::weights::GradientNorm;

/// What an epoch showed besides its [`History`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EpochStatistics {
    /// Mean over some steps, for each trained tensor, before clipping.
    pub gradients: Vec<GradientNorm>,
    /// How far the weights moved in the epoch, over their norm before it.
    pub weights_change: f64,
    /// The highest loss of any step.
    pub highest_loss: f64,
}

/// What the diagnosis must know of a run besides its history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunContext {
    /// Loss of a network that guesses; none where no such loss is known, and then the checks
    /// that compare with it are left out.
    pub guessing_loss: Option<f64>,
    /// The epoch's learning rate over the highest one of the run, 0..1: a loss that stands still
    /// while the rate is low is not a problem.
    pub rate_share: f64,
}

/// Epochs without better validation that count as a plateau.
const PLATEAU_EPOCHS: usize = 10;

/// Epochs over which the loss must fall.
const STALL_EPOCHS: usize = 4;

/// Change of the loss over those epochs, as a share of it, below which it stands still.
const STALL_LOSS_CHANGE: f64 = 0.03;

/// Share of the highest learning rate below which a loss may stand still.
const STALL_RATE_SHARE: f64 = 0.5;

/// Movement of the weights in an epoch, over their norm, below which the rate is too small.
const SMALL_WEIGHTS_CHANGE: f64 = 0.01;

/// Share of training images, 0..1, below which a network has not learned enough.
const WELL_LEARNED: f64 = 0.6;

/// Accuracy on training images minus that on held-out ones, above which a network may have
/// memorised its images.
const OVERFITTING_GAP: f64 = 0.15;

/// Validation loss over its lowest value so far, above which it has.
const OVERFITTING_LOSS_RISE: f64 = 1.1;

/// A gradient has vanished when its root mean square is at most this share of the largest one.
const VANISHED_SHARE: f64 = 1e-6;

/// Norm from which on the gradient of one tensor explodes.
const EXPLODED_NORM: f64 = 100.0;

/// Loss of one step over the epoch's mean from which on it is a jump.
const LOSS_JUMP: f64 = 4.0;

/// Mean loss over the loss of guessing, above which the rate is too large.
const WORSE_THAN_GUESSING: f64 = 1.5;

/// Mean loss over the lowest mean loss of the run, above which the rate is too large.
const WORSE_THAN_BEFORE: f64 = 2.0;

/// Mean loss up to which it may be twice the lowest one: small losses vary much.
const LOW_LOSS: f64 = 0.5;

/// The problems that show after an epoch.
pub fn problems(
    history: &History,
    statistics: &EpochStatistics,
    context: &RunContext,
) -> Vec<Problem> {
    let checks = [
        overfitting(history),
        stall(history, statistics, context.rate_share),
        plateau(history),
        vanishing(&statistics.gradients),
        exploding(&statistics.gradients),
        loss_jump(history, statistics, context.guessing_loss),
        rate_too_large(history, context.guessing_loss),
    ];
    checks.into_iter().flatten().collect()
}

/// The problem that shows at the end of a run.
pub fn problem_at_end(history: &History) -> Option<Problem> {
    let train_accuracy = *history.train_accuracy.last()?;
    (train_accuracy < WELL_LEARNED).then_some(Problem::Underfitting { train_accuracy })
}

/// Training images are named far better than held-out ones, and the held-out ones are named
/// worse than before.
fn overfitting(history: &History) -> Option<Problem> {
    let (train_accuracy, valid_accuracy) =
        (*history.train_accuracy.last()?, *history.valid_accuracy.last()?);
    let lowest = history.valid_loss.iter().copied().fold(f64::INFINITY, f64::min);
    let gets_worse = *history.valid_loss.last()? > OVERFITTING_LOSS_RISE * lowest;
    (train_accuracy - valid_accuracy > OVERFITTING_GAP && gets_worse)
        .then_some(Problem::Overfitting { train_accuracy, valid_accuracy })
}

/// The training loss stands still far from its end: because the weights hardly move, or
/// because the network can't do better.
fn stall(history: &History, statistics: &EpochStatistics, rate_share: f64) -> Option<Problem> {
    let losses = &history.train_loss;
    let before = *losses.get(losses.len().checked_sub(STALL_EPOCHS)?)?;
    let (loss, train_accuracy) = (*losses.last()?, *history.train_accuracy.last()?);
    let stands_still = (before - loss).abs() < STALL_LOSS_CHANGE * before;
    if !stands_still || train_accuracy > WELL_LEARNED || rate_share < STALL_RATE_SHARE {
        return None;
    }
    let weights_change = statistics.weights_change;
    Some(if weights_change < SMALL_WEIGHTS_CHANGE {
        Problem::RateTooSmall { weights_change, loss }
    } else {
        Problem::Underfitting { train_accuracy }
    })
}

/// Many epochs have passed since the best validation accuracy.
fn plateau(history: &History) -> Option<Problem> {
    let (mut best_epoch, mut best) = (0, f64::NEG_INFINITY);
    for (epoch, &accuracy) in history.valid_accuracy.iter().enumerate() {
        if accuracy > best {
            (best_epoch, best) = (epoch, accuracy);
        }
    }
    let epochs = history.valid_accuracy.len().checked_sub(best_epoch + 1)?;
    (epochs >= PLATEAU_EPOCHS).then_some(Problem::Plateau { epochs, valid_accuracy: best })
}

/// The gradients of some layer are tiny against those of another one, or zero.
fn vanishing(gradients: &[GradientNorm]) -> Option<Problem> {
    let weights = || gradients.iter().filter(|gradient| gradient.name.ends_with(".weight"));
    let smallest = weights().min_by(|a, b| a.rms.total_cmp(&b.rms))?;
    let largest_rms = weights().map(|gradient| gradient.rms).fold(0.0, f64::max);
    (smallest.rms <= VANISHED_SHARE * largest_rms).then(|| Problem::VanishingGradients {
        layer: smallest.name.clone(),
        rms: smallest.rms,
        largest_rms,
    })
}

/// The gradient of some layer is huge.
fn exploding(gradients: &[GradientNorm]) -> Option<Problem> {
    let largest = gradients.iter().max_by(|a, b| a.norm.total_cmp(&b.norm))?;
    (largest.norm > EXPLODED_NORM)
        .then(|| Problem::ExplodingGradients { layer: largest.name.clone(), norm: largest.norm })
}

/// The loss of one step is far above both its epoch's mean and that of guessing.
fn loss_jump(
    history: &History,
    statistics: &EpochStatistics,
    guessing_loss: Option<f64>,
) -> Option<Problem> {
    let (mean, highest) = (*history.train_loss.last()?, statistics.highest_loss);
    (highest > LOSS_JUMP * mean && highest > guessing_loss?)
        .then_some(Problem::LossJump { highest, mean })
}

/// The loss is worse than that of guessing, or much worse than before.
fn rate_too_large(history: &History, guessing_loss: Option<f64>) -> Option<Problem> {
    let loss = *history.train_loss.last()?;
    let lowest = history.train_loss.iter().copied().fold(f64::INFINITY, f64::min);
    (loss > WORSE_THAN_GUESSING * guessing_loss?
        || loss > WORSE_THAN_BEFORE * lowest && loss > LOW_LOSS)
        .then_some(Problem::RateTooLarge { loss, lowest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::history::{EpochRecord, Measure};

    fn history(epochs: &[(f64, f64, f64, f64)]) -> History {
        let mut history = History::default();
        for &(train_loss, train_accuracy, valid_loss, valid_accuracy) in epochs {
            history.push(&EpochRecord {
                train_loss,
                train_accuracy: Some(train_accuracy),
                valid: Some(Measure { loss: valid_loss, accuracy: valid_accuracy }),
                learning_rate: 1e-4,
                gradient_norm: None,
                seconds: 1.0,
                images_per_second: 1.0,
                waiting_share: 0.0,
                loss_parts: Vec::new(),
            });
        }
        history
    }

    /// A run over 53 classes.
    fn context(rate_share: f64) -> RunContext {
        RunContext { guessing_loss: Some(53_f64.ln()), rate_share }
    }

    #[test]
    fn a_healthy_run_has_no_problem() {
        let epochs: Vec<_> = (1..30)
            .map(|i| f64::from(i) / 30.0)
            .map(|done| (4.0 - 3.5 * done, done, 4.0 - 3.0 * done, 0.9 * done))
            .collect();
        let gradient = |rms| GradientNorm { name: "a.weight".into(), norm: 1.0, rms };
        let statistics = EpochStatistics {
            gradients: vec![gradient(1e-2), gradient(1e-5)],
            weights_change: 0.1,
            highest_loss: 1.0,
        };
        for seen in 1..epochs.len() {
            assert_eq!(problems(&history(&epochs[..seen]), &statistics, &context(1.0)), []);
        }
    }

    #[test]
    fn a_stall_while_the_rate_is_low_is_not_a_problem() {
        let epochs = [(3.9, 0.03, 3.9, 0.03); 6];
        let found = |rate| problems(&history(&epochs), &EpochStatistics::default(), &context(rate));
        assert_eq!(found(0.1), []);
        assert!(matches!(found(1.0)[..], [Problem::RateTooSmall { .. }]));
    }

    #[test]
    fn a_plateau_is_counted_from_the_best_epoch() {
        let mut epochs = vec![(1.0, 0.8, 1.0, 0.8), (0.9, 0.85, 0.9, 0.9)];
        epochs.extend([(0.9, 0.85, 0.9, 0.9); PLATEAU_EPOCHS]);
        let found = problems(&history(&epochs), &EpochStatistics::default(), &context(1.0));
        assert_eq!(found, [Problem::Plateau { epochs: PLATEAU_EPOCHS, valid_accuracy: 0.9 }]);
    }
}
