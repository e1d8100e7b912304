//! What training makes small: how far the answers are from the classes and, where asked,
//! from their ranks and suits by themselves; on images that are blended, where asked.

use common::card::UnknownCard;
use common::{Card, ClassMap};
use tch::{Device, Kind, Tensor};

use crate::recipe::Recipe;

/// Guard against the logarithm of 0.
const LEAST_PROBABILITY: f64 = 1e-8;

/// A recipe's objective on a device.
#[derive(Debug)]
pub struct Objective {
    blend_share: f64,
    rank_suit_loss: f64,
    /// `[classes, groups]`, 1 where a class belongs to a group: ranks, then suits; empty
    /// where they do not count.
    groups: Vec<Tensor>,
}

impl Objective {
    /// Of a recipe and the classes to learn.
    ///
    /// # Errors
    /// Ranks and suits count, and a class is no card.
    pub fn new(recipe: &Recipe, classes: &ClassMap, device: Device) -> Result<Self, UnknownCard> {
        let groups = match recipe.rank_suit_loss > 0.0 {
            true => ranks_and_suits(classes, device)?,
            false => Vec::new(),
        };
        let Recipe { blend_share, rank_suit_loss, .. } = *recipe;
        Ok(Self { blend_share, rank_suit_loss, groups })
    }

    /// A share of the images, each with up to half of another one of the batch in it, and
    /// their targets likewise (after H. Zhang et al., "mixup", arXiv:1710.09412).
    ///
    /// `pixels`: `[N, …]`; `targets`: `[N, classes]`.
    pub fn blended(&self, pixels: Tensor, targets: Tensor) -> (Tensor, Tensor) {
        if self.blend_share == 0.0 {
            return (pixels, targets);
        }
        let (count, float) = (pixels.size()[0], (Kind::Float, pixels.device()));
        let others = Tensor::randperm(count, (Kind::Int64, pixels.device()));
        let is_blended = Tensor::rand([count], float).lt(self.blend_share).to_kind(Kind::Float);
        let of_other = Tensor::rand([count], float) * 0.5 * is_blended;
        let blend = |own: Tensor| {
            let mut shape = vec![1; own.dim()];
            shape[0] = count;
            let share = of_other.view(shape.as_slice()).to_kind(own.kind());
            let other = own.index_select(0, &others);
            &own + (other - &own) * share
        };
        (blend(pixels), blend(targets))
    }

    /// Mean over a batch. `logits` and `targets`: `[N, classes]`.
    pub fn loss(&self, logits: &Tensor, targets: &Tensor) -> Tensor {
        let classes = cross_entropy(&logits.log_softmax(-1, Kind::Float), targets);
        let probabilities = logits.softmax(-1, Kind::Float);
        let of_group = |group: &Tensor| {
            let answer = probabilities.matmul(group).clamp_min(LEAST_PROBABILITY).log();
            cross_entropy(&answer, &targets.matmul(group))
        };
        self.groups.iter().map(of_group).fold(classes, |sum, loss| sum + self.rank_suit_loss * loss)
    }
}

fn cross_entropy(log_probabilities: &Tensor, targets: &Tensor) -> Tensor {
    let each = -(targets * log_probabilities).sum_dim_intlist([-1].as_slice(), false, Kind::Float);
    each.mean(Kind::Float)
}

/// The joker is a rank and a suit of its own.
fn ranks_and_suits(classes: &ClassMap, device: Device) -> Result<Vec<Tensor>, UnknownCard> {
    let cards: Vec<Card> =
        classes.names().iter().map(|name| name.parse()).collect::<Result<_, _>>()?;
    let rank = |card: &Card| match card {
        Card::Joker => 0,
        Card::Suited(rank, _) => *rank as i64,
    };
    let suit = |card: &Card| match card {
        Card::Joker => 0,
        Card::Suited(_, suit) => 1 + *suit as i64,
    };
    let group = |of: &dyn Fn(&Card) -> i64| {
        let numbers: Vec<i64> = cards.iter().map(of).collect();
        Tensor::from_slice(&numbers).one_hot(-1).to_kind(Kind::Float).to_device(device)
    };
    Ok(vec![group(&rank), group(&suit)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::Arch;

    fn classes() -> ClassMap {
        ClassMap::new(["ace of clubs", "ace of hearts", "joker", "two of hearts"].map(String::from))
    }

    fn objective(blend_share: f64, rank_suit_loss: f64) -> Objective {
        let recipe = Recipe { blend_share, rank_suit_loss, ..Recipe::of(Arch::Compact) };
        Objective::new(&recipe, &classes(), Device::Cpu).unwrap()
    }

    /// Targets and nearly sure answers of one image each.
    fn sure(class: i64) -> Tensor {
        Tensor::from_slice(&[class]).one_hot(4).to_kind(Kind::Float)
    }

    #[test]
    fn a_wrong_suit_of_the_right_rank_costs_less_than_both_wrong() {
        let objective = objective(0.0, 0.5);
        let cost = |answer: i64| objective.loss(&(sure(answer) * 6.0), &sure(1)).double_value(&[]);
        assert!(cost(1) < 0.1);
        assert!(cost(0) < cost(2) - 1.0, "rank right");
        assert!(cost(3) < cost(2) - 1.0, "suit right");
    }

    #[test]
    fn without_a_share_the_loss_is_that_of_the_classes() {
        let logits = Tensor::from_slice(&[0.5_f32, 2.0, -1.0, 0.0]).view([1, 4]);
        let loss = objective(0.0, 0.0).loss(&logits, &sure(1)).double_value(&[]);
        let sum: f64 = [0.5_f64, 2.0, -1.0, 0.0].map(f64::exp).iter().sum();
        assert!((loss - (sum.ln() - 2.0)).abs() < 1e-5);
    }

    #[test]
    fn blended_images_and_targets_have_the_same_shares() {
        tch::manual_seed(1);
        let targets = Tensor::arange(4, (Kind::Int64, Device::Cpu)).one_hot(4).to_kind(Kind::Float);
        let pixels = targets.view([4, 4, 1, 1]);
        let (pixels, blended) = objective(1.0, 0.0).blended(pixels, targets.copy());
        assert_eq!(pixels.view([4, 4]), blended);
        assert_ne!(blended, targets);
        let own = (&blended * &targets).sum_dim_intlist([1].as_slice(), false, Kind::Float);
        assert!(own.min().double_value(&[]) >= 0.5);
    }

    #[test]
    fn a_class_that_is_no_card_has_no_rank() {
        let recipe = Recipe { rank_suit_loss: 0.5, ..Recipe::of(Arch::Compact) };
        let classes = ClassMap::new(["the fool".to_owned()]);
        assert!(Objective::new(&recipe, &classes, Device::Cpu).is_err());
    }
}
