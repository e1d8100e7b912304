//! The learning rate of each step.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::recipe::Schedule;

/// The state of a schedule during a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearningRate {
    schedule: Schedule,
    /// The highest rate of the run; with a plateau schedule, what it has been reduced to.
    rate: f64,
    best_accuracy: f64,
    epochs_without_gain: usize,
}

/// An accuracy counts as improved when it exceeds the best one by this share of it; PyTorch's
/// default.
const PLATEAU_THRESHOLD: f64 = 1e-4;

impl LearningRate {
    /// A schedule whose highest rate is `highest`.
    pub fn new(schedule: Schedule, highest: f64) -> Self {
        Self { schedule, rate: highest, best_accuracy: 0.0, epochs_without_gain: 0 }
    }

    /// The rate when a share of the run's steps, 0..1, is done.
    pub fn at(&self, share_done: f64) -> f64 {
        match self.schedule {
            Schedule::Plateau { .. } => self.rate,
            Schedule::OneCycle { warm_up } if share_done < warm_up => {
                self.rate * (1.0 - (PI * share_done / warm_up).cos()) / 2.0
            }
            Schedule::OneCycle { warm_up } => {
                let cooled = (share_done - warm_up) / (1.0 - warm_up);
                self.rate * (1.0 + (PI * cooled.min(1.0)).cos()) / 2.0
            }
        }
    }

    /// Takes an epoch's validation accuracy, 0..1, into account.
    pub fn epoch_ended(&mut self, accuracy: f64) {
        let Schedule::Plateau { factor, patience } = self.schedule else { return };
        if accuracy > self.best_accuracy * (1.0 + PLATEAU_THRESHOLD) {
            self.best_accuracy = accuracy;
            self.epochs_without_gain = 0;
            return;
        }
        self.epochs_without_gain += 1;
        if self.epochs_without_gain > patience {
            self.rate *= factor;
            self.epochs_without_gain = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plateau_longer_than_the_patience_halves_the_rate() {
        let mut rate = LearningRate::new(Schedule::Plateau { factor: 0.5, patience: 3 }, 1e-4);
        rate.epoch_ended(0.8);
        for _ in 0..3 {
            rate.epoch_ended(0.8);
            assert_eq!(rate.at(0.5), 1e-4);
        }
        rate.epoch_ended(0.8);
        assert_eq!(rate.at(0.5), 5e-5);
    }

    #[test]
    fn one_cycle_rises_and_falls() {
        let rate = LearningRate::new(Schedule::OneCycle { warm_up: 0.25 }, 1.0);
        assert_eq!(rate.at(0.0), 0.0);
        assert_eq!(rate.at(0.25), 1.0);
        assert!((rate.at(0.625) - 0.5).abs() < 1e-9);
        assert!(rate.at(1.0) < 1e-9);
    }
}
