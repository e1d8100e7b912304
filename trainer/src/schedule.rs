//! The learning rate of each step.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::recipe::Schedule;

/// A schedule under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    schedule: Schedule,
    /// What the plateau rule has come down to; the highest rate otherwise.
    rate: f64,
    best_accuracy: f64,
    epochs_without_gain: usize,
}

/// An improvement by less than this share of the best is none; PyTorch's default.
const PLATEAU_THRESHOLD: f64 = 1e-4;

impl Rate {
    /// Starts at, or climbs to, `learning_rate`.
    pub fn new(schedule: Schedule, learning_rate: f64) -> Self {
        Self { schedule, rate: learning_rate, best_accuracy: 0.0, epochs_without_gain: 0 }
    }

    /// The rate when this share of the run's steps is done, 0..1.
    pub fn at(&self, done: f64) -> f64 {
        match self.schedule {
            Schedule::Plateau { .. } => self.rate,
            Schedule::OneCycle { warm_up } if done < warm_up => {
                self.rate * (1.0 - (PI * done / warm_up).cos()) / 2.0
            }
            Schedule::OneCycle { warm_up } => {
                let cooled = (done - warm_up) / (1.0 - warm_up);
                self.rate * (1.0 + (PI * cooled.min(1.0)).cos()) / 2.0
            }
        }
    }

    /// Tells the validation accuracy of an epoch, 0..1.
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
        let mut rate = Rate::new(Schedule::Plateau { factor: 0.5, patience: 3 }, 1e-4);
        rate.epoch_ended(0.8);
        for _ in 0..3 {
            rate.epoch_ended(0.8);
            assert_eq!(rate.at(0.5), 1e-4);
        }
        rate.epoch_ended(0.8);
        assert_eq!(rate.at(0.5), 5e-5);
    }

    #[test]
    fn one_cycle_climbs_and_comes_down() {
        let rate = Rate::new(Schedule::OneCycle { warm_up: 0.25 }, 1.0);
        assert_eq!(rate.at(0.0), 0.0);
        assert_eq!(rate.at(0.25), 1.0);
        assert!((rate.at(0.625) - 0.5).abs() < 1e-9);
        assert!(rate.at(1.0) < 1e-9);
    }
}
