//! How far the answer of the network that sees the frame is from the truth.

use common::locate::detector_grid::{CHANNELS, VALUES};
use tch::{Kind, Tensor};

use crate::locator::target::UNKNOWN;

/// How much the corners count against the heat.
const CORNERS: f64 = 20.0;

/// A batch's loss in its two parts.
#[derive(Debug)]
pub struct GridLoss {
    /// Focal loss of the heat, a card.
    pub heat: Tensor,
    /// Mean distance of corner coordinates, in the grid's unit.
    pub corners: Tensor,
}

impl GridLoss {
    /// `answer` and `wanted`: `[N, CHANNELS, h, w]`; `weights`: `[N, CHANNELS / VALUES, h,
    /// w]`; f32.
    ///
    /// The heat's loss is that of X. Zhou et al., "Objects as points" (arXiv:1904.07850,
    /// equation 1, α 2, β 4).
    pub fn new(answer: &Tensor, wanted: &Tensor, weights: &Tensor) -> Self {
        let split = |tensor: &Tensor| {
            let size = tensor.size();
            let parts = (CHANNELS / VALUES) as i64;
            let tensor = tensor.reshape([size[0], parts, VALUES as i64, size[2], size[3]]);
            (tensor.select(2, 0), tensor.narrow(2, 1, VALUES as i64 - 1))
        };
        let (logits, corners) = split(answer);
        let (heat, places) = split(wanted);
        let is_card = heat.eq(1.0).to_kind(Kind::Float);
        let is_known = heat.not_equal(f64::from(UNKNOWN)).to_kind(Kind::Float);
        let (sure, unsure) = (logits.log_sigmoid(), (-&logits).log_sigmoid());
        let score = logits.sigmoid();
        let at_cards = &is_card * (Tensor::from(1.0) - &score).square() * sure;
        let elsewhere = (Tensor::from(1.0) - &is_card)
            * is_known
            * (Tensor::from(1.0) - heat).square().square()
            * score.square()
            * unsure;
        let cards = is_card.sum(Kind::Float).clamp_min(1.0);
        let off = (corners - places).abs().mean_dim([2].as_slice(), false, Kind::Float);
        Self {
            heat: -(at_cards + elsewhere).sum(Kind::Float) / cards,
            corners: (off * weights).sum(Kind::Float) / weights.sum(Kind::Float).clamp_min(1.0),
        }
    }

    /// What is made small.
    pub fn total(&self) -> Tensor {
        &self.heat + CORNERS * &self.corners
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    #[test]
    fn only_the_truth_costs_nothing() {
        let shape = [1, CHANNELS as i64, 2, 2];
        let float = (Kind::Float, Device::Cpu);
        let wanted = Tensor::zeros(shape, float);
        let _ = wanted.get(0).get(0).get(0).get(0).fill_(1.0);
        let weights = Tensor::zeros([1, (CHANNELS / VALUES) as i64, 2, 2], float);
        let _ = weights.get(0).get(0).get(0).get(0).fill_(1.0);
        let total =
            |answer: &Tensor| GridLoss::new(answer, &wanted, &weights).total().double_value(&[]);
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
        let askew = right.copy();
        let _ = askew.get(0).get(3).get(0).get(0).fill_(0.4);
        assert!((total(&askew) - CORNERS * 0.05).abs() < 1e-5);
    }
}
