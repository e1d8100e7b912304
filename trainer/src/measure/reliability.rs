//! Whether confidences match accuracies.

use serde::Serialize;

use super::answer::ImageAnswer;

/// The number of ranges that confidences are sorted into.
const BINS: usize = 10;

/// The reliability curve: accuracy against confidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reliability {
    /// Ranges of equal width from 0 to 1. Ranges without an answer are left out.
    pub bins: Vec<ReliabilityBin>,
    /// The expected calibration error, 0..1: the mean difference between confidence and
    /// accuracy, weighted by the number of answers (M. Naeini et al., "Obtaining well
    /// calibrated probabilities using Bayesian binning", 2015).
    pub expected_error: f64,
}

/// The answers whose confidence is in one range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ReliabilityBin {
    pub answers: usize,
    /// The mean confidence, 0..1.
    pub confidence: f64,
    /// The share of the answers that is right, 0..1.
    pub right: f64,
}

/// Sorts answers into ranges of confidence.
pub fn reliability_of(answers: &[ImageAnswer]) -> Reliability {
    let mut answers_by_bin: Vec<Vec<&ImageAnswer>> = vec![Vec::new(); BINS];
    for answer in answers {
        let bin = (answer.confidence * BINS as f32) as usize;
        answers_by_bin[bin.min(BINS - 1)].push(answer);
    }
    answers_by_bin.retain(|answers| !answers.is_empty());
    let bins: Vec<ReliabilityBin> =
        answers_by_bin.iter().map(|answers| ReliabilityBin::of(answers)).collect();
    let error_sum: f64 =
        bins.iter().map(|bin| bin.answers as f64 * (bin.confidence - bin.right).abs()).sum();
    Reliability { bins, expected_error: error_sum / answers.len().max(1) as f64 }
}

impl ReliabilityBin {
    /// `answers` must not be empty.
    fn of(answers: &[&ImageAnswer]) -> Self {
        let count = answers.len() as f64;
        let sum: f64 = answers.iter().map(|answer| f64::from(answer.confidence)).sum();
        let right = answers.iter().filter(|answer| answer.class == answer.named).count();
        Self { answers: answers.len(), confidence: sum / count, right: right as f64 / count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matching_confidences_have_no_error_and_exaggerated_ones_do() {
        let matching = reliability_of(&answers(0.8, 8));
        assert!(matching.expected_error < 1e-6, "{matching:?}");
        let exaggerated = reliability_of(&answers(1.0, 5));
        let bin = ReliabilityBin { answers: 10, confidence: 1.0, right: 0.5 };
        assert_eq!(exaggerated.bins, [bin]);
        assert!((exaggerated.expected_error - 0.5).abs() < 1e-6);
    }

    /// Ten answers of one confidence, of which the first `right` are right.
    fn answers(confidence: f32, right: usize) -> Vec<ImageAnswer> {
        (0..10)
            .map(|image| ImageAnswer {
                image,
                class: usize::from(image >= right),
                named: 0,
                confidence,
            })
            .collect()
    }
}
