//! Whether confidences are honest.

use serde::Serialize;

use super::LabelledAnswer;

/// Ranges of confidence that are looked at.
const BINS: usize = 10;

/// The reliability curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reliability {
    /// Equal ranges of confidence from 0 to 1; those without an answer are left out.
    pub bins: Vec<Bin>,
    /// Expected calibration error, 0..1: the mean distance of confidence and share right,
    /// weighted by the number of answers (M. Naeini et al., "Obtaining well calibrated
    /// probabilities using Bayesian binning", 2015).
    pub expected_error: f64,
}

/// The answers whose confidence is in one range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    pub answers: usize,
    /// Mean, 0..1.
    pub confidence: f64,
    /// Share that is right, 0..1.
    pub right: f64,
}

/// Sorts answers into ranges of confidence.
pub fn reliability_of(answers: &[LabelledAnswer]) -> Reliability {
    let mut of_bin: Vec<Vec<&LabelledAnswer>> = vec![Vec::new(); BINS];
    for answer in answers {
        let bin = (answer.confidence * BINS as f32) as usize;
        of_bin[bin.min(BINS - 1)].push(answer);
    }
    let bins: Vec<Bin> = of_bin
        .into_iter()
        .filter(|answers| !answers.is_empty())
        .map(|answers| {
            let count = answers.len() as f64;
            let sum: f64 = answers.iter().map(|answer| f64::from(answer.confidence)).sum();
            let right = answers.iter().filter(|answer| answer.class == answer.named).count();
            Bin { answers: answers.len(), confidence: sum / count, right: right as f64 / count }
        })
        .collect();
    let distance = |bin: &Bin| bin.answers as f64 * (bin.confidence - bin.right).abs();
    let expected_error = bins.iter().map(distance).sum::<f64>() / answers.len().max(1) as f64;
    Reliability { bins, expected_error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_confidences_have_no_error_and_boasts_do() {
        let answers = |confidence: f32, right: usize| -> Vec<LabelledAnswer> {
            (0..10)
                .map(|i| LabelledAnswer {
                    image: i,
                    class: usize::from(i >= right),
                    named: 0,
                    confidence,
                })
                .collect()
        };
        let honest = reliability_of(&answers(0.8, 8));
        assert!(honest.expected_error < 1e-6, "{honest:?}");
        let boast = reliability_of(&answers(1.0, 5));
        assert_eq!(boast.bins, [Bin { answers: 10, confidence: 1.0, right: 0.5 }]);
        assert!((boast.expected_error - 0.5).abs() < 1e-6);
    }
}
