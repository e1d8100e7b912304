//! Which pictures train and which validate.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use crate::dataset::Sample;

/// The two parts of a data set, as indices of its samples, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    pub train: Vec<usize>,
    pub valid: Vec<usize>,
}

/// Puts a share of each class aside for validation, chosen by the seed.
///
/// Each class keeps at least one picture to train on, and gives at least one to
/// validation if it has two.
pub fn stratified(samples: &[Sample], classes: usize, valid_share: f64, seed: u64) -> Split {
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut of_class: Vec<Vec<usize>> = vec![Vec::new(); classes];
    for (index, sample) in samples.iter().enumerate() {
        of_class[sample.class].push(index);
    }
    let mut split = Split { train: Vec::new(), valid: Vec::new() };
    for mut members in of_class {
        members.shuffle(&mut rng);
        let wanted = (members.len() as f64 * valid_share).round() as usize;
        let most = members.len().saturating_sub(1);
        let valid = wanted.clamp(most.min(1), most);
        split.valid.extend(&members[..valid]);
        split.train.extend(&members[valid..]);
    }
    split.train.sort_unstable();
    split.valid.sort_unstable();
    split
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(of_class: &[usize]) -> Vec<Sample> {
        let repeat = |(class, &n): (usize, &usize)| {
            std::iter::repeat_n(Sample { path: "x".into(), class }, n)
        };
        of_class.iter().enumerate().flat_map(repeat).collect()
    }

    #[test]
    fn every_sample_is_on_one_side() {
        let samples = samples(&[100, 40]);
        let split = stratified(&samples, 2, 0.2, 7);
        let mut all = [split.train.clone(), split.valid.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..140).collect::<Vec<_>>());
        assert_eq!(split.valid.iter().filter(|&&i| samples[i].class == 0).count(), 20);
        assert_eq!(split.valid.iter().filter(|&&i| samples[i].class == 1).count(), 8);
    }

    #[test]
    fn small_classes_stay_trainable() {
        let split = stratified(&samples(&[1, 2]), 2, 0.2, 7);
        assert_eq!(split.valid.len(), 1);
        assert!(split.train.contains(&0));
    }

    #[test]
    fn the_seed_decides() {
        let samples = samples(&[100]);
        assert_eq!(stratified(&samples, 1, 0.2, 7), stratified(&samples, 1, 0.2, 7));
        assert_ne!(stratified(&samples, 1, 0.2, 7), stratified(&samples, 1, 0.2, 8));
    }
}
