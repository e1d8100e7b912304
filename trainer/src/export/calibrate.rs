//! Calibration: the temperature that makes confidences match accuracies, and the accept
//! threshold.

use common::model::classifier::most_likely;

/// The largest share of the accepted answers to held-out images that may be wrong.
const MOST_WRONG: f64 = 0.02;

/// The largest share of the images without a card that may be accepted as a card.
const MOST_INVENTED: f64 = 0.005;

/// The temperature is searched for between 1 / this and this.
const HIGHEST_TEMPERATURE: f32 = 8.0;

/// Steps of the search: each leaves 62 % of the interval.
const SEARCH_STEPS: usize = 40;

/// The logits of one held-out image, and the class that it shows.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrationSample {
    pub logits: Vec<f32>,
    pub class: usize,
}

/// The temperature with the least negative log-likelihood on held-out images (C. Guo et al.,
/// "On calibration of modern neural networks", 2017), found by golden-section search over the
/// logarithm of the temperature.
pub fn temperature(held_out: &[CalibrationSample]) -> f32 {
    const GOLDEN: f32 = 0.618_034;
    let (mut low, mut high) = (-HIGHEST_TEMPERATURE.ln(), HIGHEST_TEMPERATURE.ln());
    for _ in 0..SEARCH_STEPS {
        let (a, b) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
        if mean_loss(held_out, a.exp()) < mean_loss(held_out, b.exp()) {
            high = b;
        } else {
            low = a;
        }
    }
    ((low + high) / 2.0).exp()
}

/// The lowest confidence, 0..1, from which on at most 2 % of the accepted answers to held-out
/// images are wrong and at most 0.5 % of the images without a card are accepted; 1 if no
/// confidence is high enough. `empty` holds the logits of images without a card.
pub fn accept_threshold(
    held_out: &[CalibrationSample],
    empty: &[Vec<f32>],
    temperature: f32,
) -> f32 {
    // The device accepts an answer whose confidence equals the threshold.
    let above_empty = highest_refused(empty, temperature).next_up();
    threshold_of_few_errors(held_out, temperature).max(above_empty).min(1.0)
}

/// The lowest confidence from which on few enough of the answers to held-out images are wrong.
fn threshold_of_few_errors(held_out: &[CalibrationSample], temperature: f32) -> f32 {
    let mut answers: Vec<(f32, bool)> = held_out
        .iter()
        .map(|sample| {
            let answer = most_likely(&sample.logits, temperature);
            (answer.confidence, answer.class == sample.class)
        })
        .collect();
    answers.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let (mut accepted, mut wrong) = (0, 0);
    let mut threshold = 1.0;
    // A threshold accepts either all answers of the same confidence or none of them.
    for equals in answers.chunk_by(|(a, _), (b, _)| a == b) {
        accepted += equals.len();
        wrong += equals.iter().filter(|(_, right)| !right).count();
        if wrong as f64 <= MOST_WRONG * accepted as f64 {
            threshold = equals[0].0;
        }
    }
    threshold
}

/// The highest confidence in an image without a card that must be refused.
fn highest_refused(empty: &[Vec<f32>], temperature: f32) -> f32 {
    let mut confidences: Vec<f32> =
        empty.iter().map(|logits| most_likely(logits, temperature).confidence).collect();
    confidences.sort_by(|a, b| b.total_cmp(a));
    let allowed = (MOST_INVENTED * confidences.len() as f64) as usize;
    confidences.get(allowed).copied().unwrap_or(0.0)
}

/// The mean negative log-likelihood.
fn mean_loss(held_out: &[CalibrationSample], temperature: f32) -> f64 {
    let sum: f64 = held_out.iter().map(|sample| loss(sample, temperature)).sum();
    sum / held_out.len().max(1) as f64
}

fn loss(CalibrationSample { logits, class }: &CalibrationSample, temperature: f32) -> f64 {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|logit| ((logit - highest) / temperature).exp()).sum();
    f64::from(sum.ln() - (logits[*class] - highest) / temperature)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(logits: [f32; 2], class: usize) -> CalibrationSample {
        CalibrationSample { logits: logits.to_vec(), class }
    }

    #[test]
    fn answers_that_are_too_confident_get_a_higher_temperature() {
        // Nine of ten answers are right, and the logits claim far more.
        let held_out: Vec<CalibrationSample> =
            (0..100).map(|i| sample([10.0, 0.0], usize::from(i % 10 == 0))).collect();
        let found = temperature(&held_out);
        // A ratio of 9 to 1 is a logit difference of ln 9.
        assert!((found - 10.0 / 9.0_f32.ln()).abs() < 0.01, "{found}");
    }

    #[test]
    fn the_threshold_is_above_wrong_answers() {
        let mut held_out = vec![sample([5.0, 0.0], 0); 50];
        held_out.extend(vec![sample([1.0, 0.0], 1); 50]);
        let threshold = accept_threshold(&held_out, &[], 1.0);
        assert!(threshold > most_likely(&[1.0, 0.0], 1.0).confidence);
        assert!(threshold <= most_likely(&[5.0, 0.0], 1.0).confidence);
    }

    #[test]
    fn empty_tables_are_refused() {
        let held_out = vec![sample([5.0, 0.0], 0); 50];
        let empty = vec![vec![0.0, 2.0]; 20];
        let threshold = accept_threshold(&held_out, &empty, 1.0);
        assert!(threshold > most_likely(&[0.0, 2.0], 1.0).confidence);
    }

    #[test]
    fn a_network_that_is_always_wrong_accepts_nothing() {
        let held_out = vec![sample([5.0, 0.0], 1); 50];
        assert_eq!(accept_threshold(&held_out, &[], 1.0), 1.0);
    }
}
