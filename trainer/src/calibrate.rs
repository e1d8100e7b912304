//! Honest confidences: the temperature, and the confidence below which an answer is
//! no answer.

use common::model::classifier::answer;

/// Most of the accepted answers that may be wrong on held-out images.
const MOST_WRONG: f64 = 0.02;

/// Most of the images without a card that may be accepted as one.
const MOST_INVENTED: f64 = 0.005;

/// Logits of a held-out image, and its class.
pub type Labelled = (Vec<f32>, usize);

/// The temperature with the least negative log-likelihood on held-out images
/// (C. Guo et al., "On calibration of modern neural networks", 2017), by golden
/// section between 1/8 and 8.
pub fn temperature(held_out: &[Labelled]) -> f32 {
    const GOLDEN: f32 = 0.618_034;
    let (mut low, mut high) = (-(8.0_f32.ln()), 8.0_f32.ln());
    for _ in 0..40 {
        let (a, b) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
        if mean_loss(held_out, a.exp()) < mean_loss(held_out, b.exp()) {
            high = b;
        } else {
            low = a;
        }
    }
    ((low + high) / 2.0).exp()
}

/// The lowest confidence, 0..1, from which on at most `MOST_WRONG` of the accepted
/// held-out answers are wrong and at most `MOST_INVENTED` of the images without a
/// card are accepted; 1 where no confidence is enough.
pub fn accept_threshold(held_out: &[Labelled], empty: &[Vec<f32>], temperature: f32) -> f32 {
    let mut answers: Vec<(f32, bool)> = held_out
        .iter()
        .map(|(logits, class)| {
            let answer = answer(logits, temperature);
            (answer.confidence, answer.class == *class)
        })
        .collect();
    answers.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let (mut accepted, mut wrong) = (0, 0);
    let mut threshold = 1.0;
    // A threshold lets all answers of one confidence in, or none.
    for equals in answers.chunk_by(|(a, _), (b, _)| a == b) {
        accepted += equals.len();
        wrong += equals.iter().filter(|(_, right)| !right).count();
        if wrong as f64 <= MOST_WRONG * accepted as f64 {
            threshold = equals[0].0;
        }
    }
    let mut invented: Vec<f32> =
        empty.iter().map(|logits| answer(logits, temperature).confidence).collect();
    invented.sort_by(|a, b| b.total_cmp(a));
    let allowed = (MOST_INVENTED * invented.len() as f64) as usize;
    let highest_refused = invented.get(allowed).copied().unwrap_or(0.0);
    // The device accepts what equals the threshold.
    threshold.max(highest_refused.next_up()).min(1.0)
}

fn mean_loss(held_out: &[Labelled], temperature: f32) -> f64 {
    let loss = |(logits, class): &Labelled| {
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = logits.iter().map(|logit| ((logit - highest) / temperature).exp()).sum();
        f64::from(sum.ln() - (logits[*class] - highest) / temperature)
    };
    held_out.iter().map(loss).sum::<f64>() / held_out.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_are_too_sure_are_cooled() {
        // Nine in ten right at logits that claim far more.
        let held_out: Vec<Labelled> =
            (0..100).map(|i| (vec![10.0, 0.0], usize::from(i % 10 == 0))).collect();
        let found = temperature(&held_out);
        // 9 : 1 is a logit difference of ln 9.
        assert!((found - 10.0 / 9.0_f32.ln()).abs() < 0.01, "{found}");
    }

    #[test]
    fn wrong_answers_push_the_threshold_above_them() {
        let mut held_out: Vec<Labelled> = vec![(vec![5.0, 0.0], 0); 50];
        held_out.extend(vec![(vec![1.0, 0.0], 1); 50]);
        let threshold = accept_threshold(&held_out, &[], 1.0);
        assert!(threshold > answer(&[1.0, 0.0], 1.0).confidence);
        assert!(threshold <= answer(&[5.0, 0.0], 1.0).confidence);
    }

    #[test]
    fn empty_tables_are_refused() {
        let held_out: Vec<Labelled> = vec![(vec![5.0, 0.0], 0); 50];
        let empty = vec![vec![0.0, 2.0]; 20];
        let threshold = accept_threshold(&held_out, &empty, 1.0);
        assert!(threshold > answer(&[0.0, 2.0], 1.0).confidence);
    }

    #[test]
    fn a_network_that_is_always_wrong_accepts_nothing() {
        let held_out: Vec<Labelled> = vec![(vec![5.0, 0.0], 1); 50];
        assert_eq!(accept_threshold(&held_out, &[], 1.0), 1.0);
    }
}
