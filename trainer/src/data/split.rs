//! Which images a run trains on and which it holds out for validation.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use crate::data::cache::CacheError;
use crate::data::dataset::Sample;
use crate::data::duplicates::grouped;

/// The two parts of a data set, as ascending indices of its samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    pub train: Vec<usize>,
    /// The held-out samples.
    pub valid: Vec<usize>,
}

/// Splits the samples as a run with these settings does. With `group_duplicates`,
/// near-duplicates stay on one side of the split.
///
/// # Errors
/// Grouping has to read the images, and some of them are unusable.
pub fn split_of(
    samples: &[Sample],
    valid_share: f64,
    group_duplicates: bool,
    seed: u64,
) -> Result<Split, CacheError> {
    let groups = if group_duplicates { grouped(samples)? } else { ungrouped(samples.len()) };
    Ok(random_split(samples, &groups, valid_share, seed))
}

/// Holds out a random part of the samples: the share `valid_share` (0..1) of all of them,
/// rounded. Each group of samples stays on one side; groups of one sample give a plain random
/// split. With the same seed, a smaller share holds out a subset of what a larger share does.
///
/// Each class keeps at least one sample to train on, so fewer samples than that may be held
/// out when classes are tiny.
pub fn random_split(
    samples: &[Sample],
    groups: &[Vec<usize>],
    valid_share: f64,
    seed: u64,
) -> Split {
    let most_held_out = (samples.len() as f64 * valid_share).round() as usize;
    let classes = samples.iter().map(|sample| sample.class + 1).max().unwrap_or(0);
    let mut left_to_train = vec![0; classes];
    for sample in samples {
        left_to_train[sample.class] += 1;
    }
    let mut shuffled: Vec<&Vec<usize>> = groups.iter().collect();
    shuffled.shuffle(&mut Pcg64::seed_from_u64(seed));
    let mut split = Split { train: Vec::new(), valid: Vec::new() };
    for group in shuffled {
        let mut left_after = left_to_train.clone();
        for &index in group {
            left_after[samples[index].class] -= 1;
        }
        let fits = split.valid.len() + group.len() <= most_held_out;
        if fits && group.iter().all(|&index| left_after[samples[index].class] > 0) {
            split.valid.extend(group);
            left_to_train = left_after;
        } else {
            split.train.extend(group);
        }
    }
    split.train.sort_unstable();
    split.valid.sort_unstable();
    split
}

/// Puts every sample into a group by itself.
pub fn ungrouped(samples: usize) -> Vec<Vec<usize>> {
    (0..samples).map(|index| vec![index]).collect()
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

    fn plain(of_class: &[usize], valid_share: f64, seed: u64) -> Split {
        let samples = samples(of_class);
        random_split(&samples, &ungrouped(samples.len()), valid_share, seed)
    }

    #[test]
    fn every_sample_is_on_one_side_and_the_share_is_exact() {
        let split = plain(&[3000, 4624], 0.2, 7);
        assert_eq!((split.train.len(), split.valid.len()), (6099, 1525));
        let mut all = [split.train, split.valid].concat();
        all.sort_unstable();
        assert_eq!(all, (0..7624).collect::<Vec<_>>());
    }

    #[test]
    fn small_classes_keep_a_sample_to_train_on() {
        for seed in 0..20 {
            let split = plain(&[1, 2], 0.5, seed);
            assert!(split.train.contains(&0) && split.train.iter().any(|&i| i > 0));
        }
    }

    #[test]
    fn a_group_stays_on_one_side() {
        let samples = samples(&[40]);
        let groups: Vec<Vec<usize>> = (0..10).map(|i| (4 * i..4 * i + 4).collect()).collect();
        let split = random_split(&samples, &groups, 0.2, 7);
        assert_eq!(split.valid.len(), 8);
        for group in groups {
            let inside = group.iter().filter(|index| split.valid.contains(index)).count();
            assert!(inside == 0 || inside == 4);
        }
    }

    #[test]
    fn the_seed_decides_and_a_smaller_share_is_a_subset_of_a_larger_one() {
        assert_eq!(plain(&[100], 0.2, 7), plain(&[100], 0.2, 7));
        assert_ne!(plain(&[100], 0.2, 7), plain(&[100], 0.2, 8));
        let (tenth, fifth) = (plain(&[100], 0.1, 7), plain(&[100], 0.2, 7));
        assert!(tenth.valid.iter().all(|index| fifth.valid.contains(index)));
    }
}
