//! What the training of the classifier minimises: how far the answers are from the classes and,
//! where the recipe asks for it, from their ranks and suits alone; on images that are blended,
//! where the recipe asks for it.

use common::card::UnknownCard;
use common::{Card, ClassMap};
use tch::{Kind, Tensor};

use crate::recipe::Recipe;

/// Guard against the logarithm of 0.
const LEAST_PROBABILITY: f64 = 1e-8;

/// The objective of a recipe.
#[derive(Debug)]
pub(crate) struct Objective {
    blend_share: f64,
    rank_suit_loss: f64,
    /// The number of each class's rank, and that of its suit; empty where the recipe does not
    /// ask for them.
    groups: Vec<Vec<i64>>,
}

impl Objective {
    /// The objective of a recipe for these classes.
    ///
    /// # Errors
    /// Ranks and suits enter the loss, and a class is not a card.
    pub(crate) fn new(recipe: &Recipe, classes: &ClassMap) -> Result<Self, UnknownCard> {
        let groups =
            if recipe.rank_suit_loss > 0.0 { ranks_and_suits(classes)? } else { Vec::new() };
        let Recipe { blend_share, rank_suit_loss, .. } = *recipe;
        Ok(Self { blend_share, rank_suit_loss, groups })
    }

    /// Blends up to half of another image of the batch into a share of the images, and the
    /// targets in the same way (after H. Zhang et al., "mixup", arXiv:1710.09412).
    ///
    /// `pixels`: `[N, …]`; `targets`: `[N, classes]`.
    pub(crate) fn blended(&self, pixels: Tensor, targets: Tensor) -> (Tensor, Tensor) {
        if self.blend_share == 0.0 {
            return (pixels, targets);
        }
        let (count, float) = (pixels.size()[0], (Kind::Float, pixels.device()));
        let others = Tensor::randperm(count, (Kind::Int64, pixels.device()));
        let is_blended = Tensor::rand([count], float).lt(self.blend_share).to_kind(Kind::Float);
        let of_other = Tensor::rand([count], float) * 0.5 * is_blended;
        (blend(&pixels, &others, &of_other), blend(&targets, &others, &of_other))
    }

    /// The mean loss of a batch. `logits` and `targets`: `[N, classes]`.
    pub(crate) fn loss(&self, logits: &Tensor, targets: &Tensor) -> Tensor {
        let of_classes = cross_entropy(&logits.log_softmax(-1, Kind::Float), targets);
        let probabilities = logits.softmax(-1, Kind::Float);
        self.groups.iter().fold(of_classes, |sum, group| {
            let of_group = group_loss(group, &probabilities, targets);
            sum + self.rank_suit_loss * of_group
        })
    }
}

/// Blends the share `of_other` (`[N]`) of other images (`[N]` indices) into a tensor
/// `[N, …]`.
fn blend(own: &Tensor, others: &Tensor, of_other: &Tensor) -> Tensor {
    let mut shape = vec![1; own.dim()];
    shape[0] = own.size()[0];
    let share = of_other.view(shape.as_slice()).to_kind(own.kind());
    own + (own.index_select(0, others) - own) * share
}

/// The loss of ranks or suits; `group` has the number of each class's one.
fn group_loss(group: &[i64], probabilities: &Tensor, targets: &Tensor) -> Tensor {
    // `[classes, groups]`: 1 where a class belongs to a group.
    let group = Tensor::from_slice(group).one_hot(-1).to_kind(Kind::Float);
    let group = group.to_device(targets.device());
    let answer = probabilities.matmul(&group).clamp_min(LEAST_PROBABILITY).log();
    cross_entropy(&answer, &targets.matmul(&group))
}

fn cross_entropy(log_probabilities: &Tensor, targets: &Tensor) -> Tensor {
    let each = -(targets * log_probabilities).sum_dim_intlist([-1].as_slice(), false, Kind::Float);
    each.mean(Kind::Float)
}

/// The number of each class's rank, and of its suit. The joker is a rank and a suit of its own.
fn ranks_and_suits(classes: &ClassMap) -> Result<Vec<Vec<i64>>, UnknownCard> {
    let cards: Vec<Card> =
        classes.names().iter().map(|name| name.parse()).collect::<Result<_, _>>()?;
    Ok(vec![cards.iter().map(rank_number).collect(), cards.iter().map(suit_number).collect()])
}

fn rank_number(card: &Card) -> i64 {
    match card {
        Card::Joker => 0,
        Card::Suited(rank, _) => *rank as i64,
    }
}

fn suit_number(card: &Card) -> i64 {
    match card {
        Card::Joker => 0,
        Card::Suited(_, suit) => 1 + *suit as i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::Arch;
    use tch::Device;

    fn classes() -> ClassMap {
        ClassMap::new(["ace of clubs", "ace of hearts", "joker", "two of hearts"].map(String::from))
    }

    fn objective(blend_share: f64, rank_suit_loss: f64) -> Objective {
        let recipe = Recipe { blend_share, rank_suit_loss, ..Recipe::of(Arch::Compact) };
        Objective::new(&recipe, &classes()).unwrap()
    }

    /// The target of a class, for one image; scaled up, a nearly sure answer.
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
    fn without_ranks_and_suits_the_loss_is_that_of_the_classes() {
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
    fn a_class_that_is_not_a_card_is_refused() {
        let recipe = Recipe { rank_suit_loss: 0.5, ..Recipe::of(Arch::Compact) };
        let classes = ClassMap::new(["the fool".to_owned()]);
        assert!(Objective::new(&recipe, &classes).is_err());
    }
}
