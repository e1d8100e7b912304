//! All figures of a network on images whose classes are known.

use common::model::classifier::most_likely;
use common::{ClassMap, Score};
use serde::Serialize;

use super::answer::ImageAnswer;
use super::reliability::{Reliability, reliability_of};
use super::tables::{NamedScore, by_class, by_rank, by_suit, confusion};

/// How many of the most likely classes count in [`Evaluation::top3`].
const TOP: usize = 3;

/// The number of answers on each side of the accept threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ThresholdCounts {
    /// Accepted answers that are right.
    pub right: usize,
    /// Accepted answers that are wrong.
    pub wrong: usize,
    /// Answers below the threshold, which the device does not show.
    pub unnamed: usize,
}

/// All figures of a network on some images. `trainer evaluate --json` prints these fields.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    pub classes: Vec<String>,
    pub score: Score,
    /// Counts an image as right if its class is among the three most likely ones.
    pub top3: Score,
    pub temperature: f32,
    pub accept_threshold: f32,
    pub accepted: ThresholdCounts,
    pub by_class: Vec<NamedScore>,
    pub by_rank: Vec<NamedScore>,
    pub by_suit: Vec<NamedScore>,
    /// `confusion[class][answer]` is the number of images.
    pub confusion: Vec<Vec<usize>>,
    pub reliability: Reliability,
    /// The wrong answers, the most confident ones first.
    pub mistakes: Vec<ImageAnswer>,
}

impl Evaluation {
    /// Computes the figures. `logits` and `labels` are in the order of the images; the labels
    /// are indices of `classes`.
    pub fn new(
        classes: &ClassMap,
        logits: &[Vec<f32>],
        labels: &[usize],
        temperature: f32,
        accept_threshold: f32,
    ) -> Self {
        let answers = answers(logits, labels, temperature);
        let among_top =
            logits.iter().zip(labels).filter(|(logits, label)| is_among_top(logits, **label));
        let mut mistakes: Vec<ImageAnswer> =
            answers.iter().copied().filter(|answer| answer.class != answer.named).collect();
        mistakes.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        let total = answers.len();
        Self {
            classes: classes.names().to_vec(),
            score: Score { right: total - mistakes.len(), total },
            top3: Score { right: among_top.count(), total },
            temperature,
            accept_threshold,
            accepted: threshold_counts(&answers, accept_threshold),
            by_class: by_class(classes, &answers),
            by_rank: by_rank(classes, &answers),
            by_suit: by_suit(classes, &answers),
            confusion: confusion(classes.len(), &answers),
            reliability: reliability_of(&answers),
            mistakes,
        }
    }
}

fn answers(logits: &[Vec<f32>], labels: &[usize], temperature: f32) -> Vec<ImageAnswer> {
    let images = logits.iter().zip(labels).enumerate();
    images
        .map(|(image, (logits, &class))| {
            let answer = most_likely(logits, temperature);
            ImageAnswer { image, class, named: answer.class, confidence: answer.confidence }
        })
        .collect()
}

fn is_among_top(logits: &[f32], class: usize) -> bool {
    logits.iter().filter(|logit| **logit > logits[class]).count() < TOP
}

fn threshold_counts(answers: &[ImageAnswer], threshold: f32) -> ThresholdCounts {
    let mut counts = ThresholdCounts::default();
    for answer in answers {
        let count = if answer.confidence < threshold {
            &mut counts.unnamed
        } else if answer.class == answer.named {
            &mut counts.right
        } else {
            &mut counts.wrong
        };
        *count += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured() -> Evaluation {
        let classes = ClassMap::new(
            ["ace of clubs", "ace of spades", "joker", "two of clubs"].map(str::to_owned),
        );
        let logits = [
            vec![5.0, 0.0, 0.0, 0.0],  // right and confident
            vec![1.0, 2.0, 0.0, 0.0],  // the ace of clubs is confused with the ace of spades
            vec![4.0, 0.0, 3.0, 3.5],  // the joker is the third most likely class
            vec![0.0, 1.0, 2.0, -1.0], // the two of clubs is the least likely class
        ];
        Evaluation::new(&classes, &logits, &[0, 0, 2, 3], 1.0, 0.9)
    }

    #[test]
    fn right_answers_and_those_among_the_top_three_are_counted() {
        let measured = measured();
        assert_eq!(measured.score, Score { right: 1, total: 4 });
        assert_eq!(measured.top3, Score { right: 3, total: 4 });
        assert_eq!(measured.accepted, ThresholdCounts { right: 1, wrong: 0, unnamed: 3 });
    }

    #[test]
    fn mistakes_are_listed_with_the_most_confident_first() {
        let images: Vec<usize> = measured().mistakes.iter().map(|mistake| mistake.image).collect();
        assert_eq!(images, [3, 1, 2]);
    }
}
