//! Images that show the same thing.

use std::path::Path;

use common::image_file::read_image;
use image::RgbImage;
use image::imageops::{FilterType, grayscale, resize};
use rayon::prelude::*;

use crate::data::cache::{CacheError, all_or_broken};
use crate::data::dataset::Sample;
use crate::progress;

/// Differing bits of 256 up to which two images of one class are near-duplicates.
const NEAR_BITS: u32 = 16;

/// Levels of 255 by which no cell of two thumbnails may differ for them to be one
/// image, saved twice. A suit's sign that differs differs by more.
const SAME_LEVELS: u8 = 20;

/// Cells a side of a thumbnail.
const CELLS: u32 = 32;

/// How an image looks from afar.
#[derive(Clone, Debug)]
pub struct Fingerprint {
    /// Difference hash: is each cell of 16×16 darker than its right neighbour.
    hash: [u64; 4],
    /// RGB of 32×32 cells.
    thumbnail: Vec<u8>,
}

impl Fingerprint {
    /// Looks at an image of any size.
    pub fn of(image: &RgbImage) -> Self {
        let thumbnail = resize(image, CELLS, CELLS, FilterType::Triangle);
        let grey = resize(&grayscale(image), 17, 16, FilterType::Triangle);
        let mut hash = [0; 4];
        for bit in 0..256_u32 {
            let (x, y) = (bit % 16, bit / 16);
            let rises = grey.get_pixel(x + 1, y).0 > grey.get_pixel(x, y).0;
            hash[bit as usize / 64] |= u64::from(rises) << (bit % 64);
        }
        Self { hash, thumbnail: thumbnail.into_raw() }
    }

    /// How many of 256 bits differ.
    fn distance(&self, other: &Fingerprint) -> u32 {
        self.hash.iter().zip(other.hash).map(|(a, b)| (a ^ b).count_ones()).sum()
    }

    /// Whether this is the other image saved again: resized or compressed, no more.
    fn is_same(&self, other: &Fingerprint) -> bool {
        self.thumbnail.iter().zip(&other.thumbnail).all(|(a, &b)| a.abs_diff(b) <= SAME_LEVELS)
    }
}

/// Looks at every image; where one can't be read, the reason.
pub fn fingerprints(paths: &[&Path]) -> Vec<Result<Fingerprint, String>> {
    let bar = progress::job_bar("comparing", paths.len());
    let load = |path: &&Path| {
        let look = read_image(path).map(|image| Fingerprint::of(&image));
        bar.inc(1);
        look.map_err(|error| error.to_string())
    };
    let fingerprints = paths.par_iter().map(load).collect();
    bar.finish_and_clear();
    fingerprints
}

/// Puts near-duplicates of a data set together, as [`groups`] does.
///
/// # Errors
/// Lists the images that can't be read.
pub fn grouped(samples: &[Sample]) -> Result<Vec<Vec<usize>>, CacheError> {
    let paths: Vec<&Path> = samples.iter().map(|sample| sample.path.as_path()).collect();
    let fingerprints = all_or_broken(fingerprints(&paths))?;
    let classes: Vec<usize> = samples.iter().map(|sample| sample.class).collect();
    Ok(groups(samples.len(), &pairs(&fingerprints, &classes)))
}

/// Two images that are alike, as indices, the lower first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    pub indices: [usize; 2],
    /// One image, saved twice; else a near-duplicate.
    pub same: bool,
}

/// All pairs that are alike: near-duplicates within a class, and one image saved twice
/// within a class or under two labels. `classes` are in the order of `fingerprints`.
pub fn pairs(fingerprints: &[Fingerprint], classes: &[usize]) -> Vec<Pair> {
    let of_first = |first: usize| {
        let partner = move |second: usize| {
            let (a, b) = (&fingerprints[first], &fingerprints[second]);
            let near = a.distance(b) <= NEAR_BITS;
            let same = near && a.is_same(b);
            let one_class = classes[first] == classes[second];
            (same || (near && one_class)).then_some(Pair { indices: [first, second], same })
        };
        (first + 1..fingerprints.len()).filter_map(partner).collect::<Vec<_>>()
    };
    (0..fingerprints.len()).into_par_iter().flat_map_iter(of_first).collect()
}

/// For each of `count` images, whether it is alike to one that counts for it:
/// `counts(image, other)` is asked in both directions of each pair.
pub fn has_one_alike(
    count: usize,
    pairs: &[Pair],
    counts: impl Fn(usize, usize) -> bool,
) -> Vec<bool> {
    let mut found = vec![false; count];
    for &Pair { indices: [first, second], .. } in pairs {
        found[first] |= counts(first, second);
        found[second] |= counts(second, first);
    }
    found
}

/// Puts all that is connected by pairs together; every index of `0..count` is in one
/// group. Groups are in order of their lowest index, and ascending.
pub fn groups(count: usize, pairs: &[Pair]) -> Vec<Vec<usize>> {
    let mut lowest: Vec<usize> = (0..count).collect();
    fn root(lowest: &mut [usize], mut index: usize) -> usize {
        while lowest[index] != index {
            lowest[index] = lowest[lowest[index]];
            index = lowest[index];
        }
        index
    }
    for pair in pairs {
        let [a, b] = pair.indices.map(|index| root(&mut lowest, index));
        lowest[a.max(b)] = a.min(b);
    }
    let mut of_root: Vec<Vec<usize>> = vec![Vec::new(); count];
    for index in 0..count {
        of_root[root(&mut lowest, index)].push(index);
    }
    of_root.retain(|group| !group.is_empty());
    of_root
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::imageops::FilterType;
    use renderer::deck::draw_sample;

    fn look(card: &str, seed: u64) -> Fingerprint {
        Fingerprint::of(&draw_sample(card.parse().unwrap(), seed, 160))
    }

    #[test]
    fn a_resized_image_is_the_same_and_another_is_not() {
        let image = draw_sample("ace of spades".parse().unwrap(), 1, 160);
        let smaller = resize(&image, 120, 120, FilterType::Triangle);
        let fingerprints =
            [Fingerprint::of(&image), Fingerprint::of(&smaller), look("ace of spades", 2)];
        let found = pairs(&fingerprints, &[0, 0, 0]);
        assert_eq!(found, [Pair { indices: [0, 1], same: true }]);
    }

    #[test]
    fn one_image_under_two_labels_is_found() {
        let fingerprints = [look("ace of spades", 1), look("ace of spades", 1)];
        let found = pairs(&fingerprints, &[0, 1]);
        assert_eq!(found, [Pair { indices: [0, 1], same: true }]);
    }

    #[test]
    fn one_decks_cards_of_two_suits_are_not_one_image() {
        // The same look, so that the suit alone differs.
        let fingerprints = [look("two of clubs", 5), look("two of spades", 5)];
        assert_eq!(pairs(&fingerprints, &[0, 1]), []);
    }

    #[test]
    fn a_image_counts_for_another_in_the_direction_asked_for() {
        let pair = |a, b| Pair { indices: [a, b], same: false };
        let is_held_out = [true, false, false, true];
        let leaks = has_one_alike(4, &[pair(0, 2), pair(1, 2), pair(0, 3)], |image, other| {
            is_held_out[image] && !is_held_out[other]
        });
        assert_eq!(leaks, [true, false, false, false]);
    }

    #[test]
    fn groups_are_what_pairs_connect() {
        let pair = |a, b| Pair { indices: [a, b], same: false };
        let found = groups(5, &[pair(1, 3), pair(3, 4)]);
        assert_eq!(found, [vec![0], vec![1, 3, 4], vec![2]]);
    }
}
