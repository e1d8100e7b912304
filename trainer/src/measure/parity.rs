//! How much int8 weights change the answers of a network, and the limit that an export must
//! keep.

use common::Score;
use common::model::classifier::most_likely;

/// A comparison of f32 and int8 weights on the same images.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parity {
    pub f32: Score,
    pub int8: Score,
    /// The number of images whose answer differs.
    pub changed: usize,
    /// The largest difference between two logits.
    pub largest_difference: f32,
}

/// The int8 weights lose more accuracy than allowed.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error(
    "with int8 weights {int8} of the held-out images are right, with f32 weights {f32}: {lost} \
     images are lost and {max_lost} are allowed; train longer, or allow more with --max-lost"
)]
pub struct ParityError {
    pub f32: Score,
    pub int8: Score,
    pub lost: usize,
    pub max_lost: usize,
}

/// Compares the logits of two networks on the same images.
///
/// All three slices are in the order of the images; `classes` are the right answers.
pub fn compare(f32: &[Vec<f32>], int8: &[Vec<f32>], classes: &[usize]) -> Parity {
    let mut parity = Parity::default();
    for ((wide, narrow), class) in f32.iter().zip(int8).zip(classes) {
        let [a, b] = [wide, narrow].map(|logits| most_likely(logits, 1.0).class);
        for (score, found) in [(&mut parity.f32, a), (&mut parity.int8, b)] {
            score.total += 1;
            score.right += usize::from(found == *class);
        }
        parity.changed += usize::from(a != b);
        parity.largest_difference = wide
            .iter()
            .zip(narrow)
            .fold(parity.largest_difference, |largest, (a, b)| largest.max((a - b).abs()));
    }
    parity
}

impl Parity {
    /// Allows that with int8 weights at most `max_lost` fewer images are right than with f32.
    ///
    /// # Errors
    /// More images are lost.
    pub fn check(&self, max_lost: usize) -> Result<(), ParityError> {
        let lost = self.f32.right.saturating_sub(self.int8.right);
        if lost <= max_lost {
            return Ok(());
        }
        Err(ParityError { f32: self.f32, int8: self.int8, lost, max_lost })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_changes_and_the_largest_difference_are_counted() {
        let f32 = [vec![2.0, 1.0], vec![0.0, 3.0]];
        let int8 = [vec![2.0, 1.25], vec![3.5, 3.0]];
        let parity = compare(&f32, &int8, &[0, 1]);
        assert_eq!(parity.f32, Score { right: 2, total: 2 });
        assert_eq!(parity.int8, Score { right: 1, total: 2 });
        assert_eq!((parity.changed, parity.largest_difference), (1, 3.5));
    }

    #[test]
    fn the_limit_applies_to_lost_images() {
        let score = |right| Score { right, total: 10 };
        let parity = Parity { f32: score(9), int8: score(7), ..Parity::default() };
        assert!(parity.check(2).is_ok());
        let error = parity.check(1).unwrap_err();
        assert_eq!(error.lost, 2);
    }
}
