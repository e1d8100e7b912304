//! What a network's answers on labelled images are worth.
//!
//! - [`Evaluation`]: every figure, from logits and labels alone
//! - [`tables`]: scores by class, rank and suit, and who is taken for whom
//! - [`reliability`]: whether 80 % sure is right in 80 %
//! - [`text`]: the figures as a person reads them

pub mod reliability;
pub mod tables;
pub mod text;

use common::model::classifier::answer;
use common::{ClassMap, Score};
use serde::Serialize;

use reliability::{Reliability, reliability_of};
use tables::{Named, by_class, by_rank, by_suit, confusion};

/// How many of the likeliest answers count in [`Evaluation::top3`].
const TOP: usize = 3;

/// An answer to one image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LabelledAnswer {
    /// The image's index among those measured.
    pub image: usize,
    /// The class that it shows.
    pub class: usize,
    /// The class that the network names.
    pub named: usize,
    /// Calibrated probability of that, 0..1.
    pub confidence: f32,
}

/// Answers at the accept threshold: a device names only what is accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Accepted {
    pub right: usize,
    pub wrong: usize,
    pub unnamed: usize,
}

/// All figures of a network on some images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    pub classes: Vec<String>,
    pub score: Score,
    /// The right class is among the three likeliest.
    pub top3: Score,
    pub temperature: f32,
    pub accept_threshold: f32,
    pub accepted: Accepted,
    pub by_class: Vec<Named>,
    pub by_rank: Vec<Named>,
    pub by_suit: Vec<Named>,
    /// `confusion[shown][named]`: images.
    pub confusion: Vec<Vec<usize>>,
    pub reliability: Reliability,
    /// Wrong answers, the surest first.
    pub mistakes: Vec<LabelledAnswer>,
}

impl Evaluation {
    /// Works the figures out. `logits` and `labels` are in the order of the images;
    /// labels are indices of `classes`.
    pub fn new(
        classes: &ClassMap,
        logits: &[Vec<f32>],
        labels: &[usize],
        temperature: f32,
        accept_threshold: f32,
    ) -> Self {
        let answered = |(image, (logits, &class)): (usize, (&Vec<f32>, &usize))| {
            let answer = answer(logits, temperature);
            LabelledAnswer { image, class, named: answer.class, confidence: answer.confidence }
        };
        let answers: Vec<LabelledAnswer> =
            logits.iter().zip(labels).enumerate().map(answered).collect();
        let among_top = logits.iter().zip(labels).filter(|(logits, label)| {
            let higher = logits.iter().filter(|logit| **logit > logits[**label]).count();
            higher < TOP
        });
        let mut mistakes: Vec<LabelledAnswer> =
            answers.iter().copied().filter(|answer| answer.class != answer.named).collect();
        mistakes.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        let total = answers.len();
        Self {
            classes: classes.names().to_vec(),
            score: Score { right: total - mistakes.len(), total },
            top3: Score { right: among_top.count(), total },
            temperature,
            accept_threshold,
            accepted: accepted(&answers, accept_threshold),
            by_class: by_class(classes, &answers),
            by_rank: by_rank(classes, &answers),
            by_suit: by_suit(classes, &answers),
            confusion: confusion(classes.len(), &answers),
            reliability: reliability_of(&answers),
            mistakes,
        }
    }
}

fn accepted(answers: &[LabelledAnswer], threshold: f32) -> Accepted {
    let mut accepted = Accepted::default();
    for answer in answers {
        let count = if answer.confidence < threshold {
            &mut accepted.unnamed
        } else if answer.class == answer.named {
            &mut accepted.right
        } else {
            &mut accepted.wrong
        };
        *count += 1;
    }
    accepted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured() -> Evaluation {
        let classes = ClassMap::new(
            ["ace of clubs", "ace of spades", "joker", "two of clubs"].map(str::to_owned),
        );
        let logits = [
            vec![5.0, 0.0, 0.0, 0.0],  // sure and right
            vec![1.0, 2.0, 0.0, 0.0],  // clubs taken for spades
            vec![4.0, 0.0, 3.0, 3.5],  // the joker is third
            vec![0.0, 1.0, 2.0, -1.0], // the two of clubs is last
        ];
        Evaluation::new(&classes, &logits, &[0, 0, 2, 3], 1.0, 0.9)
    }

    #[test]
    fn right_answers_and_those_among_three_are_counted() {
        let measured = measured();
        assert_eq!(measured.score, Score { right: 1, total: 4 });
        assert_eq!(measured.top3, Score { right: 3, total: 4 });
        assert_eq!(measured.accepted, Accepted { right: 1, wrong: 0, unnamed: 3 });
    }

    #[test]
    fn mistakes_come_with_the_surest_first() {
        let images: Vec<usize> = measured().mistakes.iter().map(|mistake| mistake.image).collect();
        assert_eq!(images, [3, 1, 2]);
    }
}
