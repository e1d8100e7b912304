//! How far the detector's answers are from the truth.

use common::locate::detector_grid::{CHANNELS, VALUES};
use tch::{Kind, Tensor};

use crate::locator::target::UNKNOWN;

/// The loss of a batch in its two parts.
#[derive(Debug)]
pub(crate) struct GridLoss {
    /// Focal loss of the heat, per card.
    pub heat: Tensor,
    /// Mean error of the corners' coordinates, in the grid's unit.
    pub corners: Tensor,
}

impl GridLoss {
    /// `answer` and `target`: `[N, CHANNELS, h, w]`; `weights`: `[N, CHANNELS / VALUES, h, w]`;
    /// all f32.
    ///
    /// The loss of the heat is that of X. Zhou et al., "Objects as points" (arXiv:1904.07850,
    /// equation 1, α 2, β 4).
    pub(crate) fn new(answer: &Tensor, target: &Tensor, weights: &Tensor) -> Self {
        let (logits, corners) = heat_and_corners(answer);
        let (heat, target_corners) = heat_and_corners(target);
        let errors = (corners - target_corners).abs().mean_dim([2].as_slice(), false, Kind::Float);
        Self {
            heat: focal_loss(&logits, &heat),
            corners: (errors * weights).sum(Kind::Float) / weights.sum(Kind::Float).clamp_min(1.0),
        }
    }

    /// The scalar to minimise.
    pub(crate) fn total(&self, corner_weight: f64) -> Tensor {
        &self.heat + corner_weight * &self.corners
    }
}

/// Splits `[N, CHANNELS, h, w]` into the heat, `[N, CHANNELS / VALUES, h, w]`, and the corners'
/// coordinates, `[N, CHANNELS / VALUES, VALUES - 1, h, w]`.
fn heat_and_corners(grid: &Tensor) -> (Tensor, Tensor) {
    let size = grid.size();
    let parts = (CHANNELS / VALUES) as i64;
    let grid = grid.reshape([size[0], parts, VALUES as i64, size[2], size[3]]);
    (grid.select(2, 0), grid.narrow(2, 1, VALUES as i64 - 1))
}

/// The focal loss of logits against the heat of the truth, per card.
fn focal_loss(logits: &Tensor, heat: &Tensor) -> Tensor {
    let is_card = heat.eq(1.0).to_kind(Kind::Float);
    let is_known = heat.not_equal(f64::from(UNKNOWN)).to_kind(Kind::Float);
    let (log_score, log_rest) = (logits.log_sigmoid(), (-logits).log_sigmoid());
    let score = logits.sigmoid();
    let at_cards = &is_card * (Tensor::from(1.0) - &score).square() * log_score;
    let elsewhere = (Tensor::from(1.0) - &is_card)
        * is_known
        * (Tensor::from(1.0) - heat).square().square()
        * score.square()
        * log_rest;
    -(at_cards + elsewhere).sum(Kind::Float) / is_card.sum(Kind::Float).clamp_min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    const CORNER_WEIGHT: f64 = 20.0;

    #[test]
    fn only_the_truth_costs_nothing() {
        let shape = [1, CHANNELS as i64, 2, 2];
        let float = (Kind::Float, Device::Cpu);
        let target = Tensor::zeros(shape, float);
        let _ = target.get(0).get(0).get(0).get(0).fill_(1.0);
        let weights = Tensor::zeros([1, (CHANNELS / VALUES) as i64, 2, 2], float);
        let _ = weights.get(0).get(0).get(0).get(0).fill_(1.0);
        let total = |answer: &Tensor| {
            GridLoss::new(answer, &target, &weights).total(CORNER_WEIGHT).double_value(&[])
        };
        let right = Tensor::zeros(shape, float);
        for part in 0..(CHANNELS / VALUES) as i64 {
            let _ = right.get(0).get(part * VALUES as i64).fill_(-20.0);
        }
        let _ = right.get(0).get(0).get(0).get(0).fill_(20.0);
        assert!(total(&right) < 1e-6);
        let missed = right.copy();
        let _ = missed.get(0).get(0).get(0).get(0).fill_(-3.0);
        assert!(total(&missed) > 1.0);
        let invented = right.copy();
        let _ = invented.get(0).get(0).get(1).get(1).fill_(3.0);
        assert!(total(&invented) > 1.0);
        let skewed = right.copy();
        let _ = skewed.get(0).get(3).get(0).get(0).fill_(0.4);
        assert!((total(&skewed) - CORNER_WEIGHT * 0.05).abs() < 1e-5);
    }
}
