//! What int8 changes against f32, image by image, and the gate that an export
//! must pass.

use common::Score;
use common::model::classifier::answer;

/// f32 and int8 side by side on the same images.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parity {
    pub f32: Score,
    pub int8: Score,
    /// Images whose answer differs.
    pub changed: usize,
    /// Largest difference of any logit.
    pub largest_difference: f32,
}

/// int8 costs more accuracy than allowed.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error(
    "int8 names {int8} of the held-out images, f32 {f32}: {lost} lost, {max_lost} allowed; \
     train longer, or allow more with --max-lost"
)]
pub struct ParityError {
    pub f32: Score,
    pub int8: Score,
    pub lost: usize,
    pub max_lost: usize,
}

/// Holds the logits of two networks on the same images against each other.
///
/// All three are in the order of the images; `classes` are the right answers.
pub fn compare(f32: &[Vec<f32>], int8: &[Vec<f32>], classes: &[usize]) -> Parity {
    let mut parity = Parity::default();
    for ((wide, narrow), class) in f32.iter().zip(int8).zip(classes) {
        let [a, b] = [wide, narrow].map(|logits| answer(logits, 1.0).class);
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
    /// Lets int8 name at most `max_lost` images fewer than f32.
    ///
    /// # Errors
    /// It names fewer than that.
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
    fn rights_changes_and_the_largest_difference_are_counted() {
        let f32 = [vec![2.0, 1.0], vec![0.0, 3.0]];
        let int8 = [vec![2.0, 1.25], vec![3.5, 3.0]];
        let parity = compare(&f32, &int8, &[0, 1]);
        assert_eq!(parity.f32, Score { right: 2, total: 2 });
        assert_eq!(parity.int8, Score { right: 1, total: 2 });
        assert_eq!((parity.changed, parity.largest_difference), (1, 3.5));
    }

    #[test]
    fn the_gate_counts_lost_images() {
        let score = |right| Score { right, total: 10 };
        let parity = Parity { f32: score(9), int8: score(7), ..Parity::default() };
        assert!(parity.check(2).is_ok());
        let error = parity.check(1).unwrap_err();
        assert_eq!(error.lost, 2);
    }
}
