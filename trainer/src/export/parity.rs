//! What int8 changes against f32, picture by picture, and the gate that an export
//! must pass.

use common::Score;
use common::model::classifier::answer;
use common::model::{Classifier, ModelError};

/// f32 and int8 side by side on the same pictures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parity {
    pub f32: Score,
    pub int8: Score,
    /// Pictures whose answer differs.
    pub changed: usize,
    /// Largest difference of any logit.
    pub largest_difference: f32,
}

/// int8 costs more accuracy than allowed.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error(
    "int8 names {int8} of the held-out pictures, f32 {f32}: {lost} lost, {max_lost} allowed; \
     train longer, or allow more with --max-lost"
)]
pub struct ParityError {
    pub f32: Score,
    pub int8: Score,
    pub lost: usize,
    pub max_lost: usize,
}

/// Runs both networks over prepared pictures and their classes.
///
/// # Errors
/// tract fails on one of them.
pub fn compare<'a>(
    f32: &Classifier,
    int8: &Classifier,
    pictures: impl Iterator<Item = (&'a [u8], usize)>,
) -> Result<Parity, ModelError> {
    let mut parity = Parity::default();
    for (pixels, class) in pictures {
        let (wide, narrow) = (f32.logits(pixels)?, int8.logits(pixels)?);
        let [a, b] = [&wide, &narrow].map(|logits| answer(logits, 1.0).class);
        for (score, found) in [(&mut parity.f32, a), (&mut parity.int8, b)] {
            score.total += 1;
            score.right += usize::from(found == class);
        }
        parity.changed += usize::from(a != b);
        parity.largest_difference = wide
            .iter()
            .zip(&narrow)
            .fold(parity.largest_difference, |largest, (a, b)| largest.max((a - b).abs()));
    }
    Ok(parity)
}

impl Parity {
    /// Lets int8 name at most `max_lost` pictures fewer than f32.
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
    fn the_gate_counts_lost_pictures() {
        let score = |right| Score { right, total: 10 };
        let parity = Parity { f32: score(9), int8: score(7), ..Parity::default() };
        assert!(parity.check(2).is_ok());
        let error = parity.check(1).unwrap_err();
        assert_eq!(error.lost, 2);
    }
}
