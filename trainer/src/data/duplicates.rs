//! Images that show the same scene: one image saved twice, and near-duplicates.

use std::path::Path;

use common::error::chain;
use common::image_file::read_image;
use image::RgbImage;
use image::imageops::{FilterType, grayscale, resize};
use rayon::prelude::*;

use crate::data::cache::{CacheError, all_or_broken};
use crate::data::dataset::Sample;
use crate::progress;

/// Two images of one class are near-duplicates if at most this many of the 256 bits of their
/// hashes differ.
const NEAR_BITS: u32 = 16;

/// Two images are one image saved twice if no value of their thumbnails differs by more than
/// this many of 255 levels. Another suit symbol makes a larger difference.
const SAME_LEVELS: u8 = 20;

/// Width and height of a thumbnail in pixels.
const THUMBNAIL_SIDE: u32 = 32;

/// Width and height of the grid whose cells the hash compares.
const HASH_SIDE: u32 = 16;

/// A summary of an image that stays nearly the same when the image is resized or compressed.
#[derive(Clone, Debug)]
pub struct ImageFingerprint {
    /// A difference hash of 16×16 bits: bit `16 · y + x` states whether the cell right of
    /// (x, y) is brighter than that cell.
    hash: [u64; 4],
    /// 32×32 RGB pixels.
    thumbnail: Vec<u8>,
}

impl ImageFingerprint {
    /// Summarises an image of any size.
    pub fn of(image: &RgbImage) -> Self {
        let thumbnail = resize(image, THUMBNAIL_SIDE, THUMBNAIL_SIDE, FilterType::Triangle);
        let grey = resize(&grayscale(image), HASH_SIDE + 1, HASH_SIDE, FilterType::Triangle);
        let mut hash = [0; 4];
        for bit in 0..HASH_SIDE * HASH_SIDE {
            let (x, y) = (bit % HASH_SIDE, bit / HASH_SIDE);
            let is_brighter = grey.get_pixel(x + 1, y).0 > grey.get_pixel(x, y).0;
            hash[bit as usize / 64] |= u64::from(is_brighter) << (bit % 64);
        }
        Self { hash, thumbnail: thumbnail.into_raw() }
    }

    /// The number of the 256 bits that differ.
    fn distance(&self, other: &ImageFingerprint) -> u32 {
        self.hash.iter().zip(other.hash).map(|(a, b)| (a ^ b).count_ones()).sum()
    }

    /// Whether this is the other image, saved again: only resized or compressed.
    fn is_same(&self, other: &ImageFingerprint) -> bool {
        self.thumbnail.iter().zip(&other.thumbnail).all(|(a, &b)| a.abs_diff(b) <= SAME_LEVELS)
    }
}

/// Reads every image and summarises it, in the order of `paths`. An image that can't be read
/// gives the reason instead.
pub fn fingerprints(paths: &[&Path]) -> Vec<Result<ImageFingerprint, String>> {
    let bar = progress::job_bar("comparing", paths.len());
    let results = paths.par_iter().map(|path| {
        let image = read_image(path).map_err(|error| chain(&error));
        bar.inc(1);
        image.map(|image| ImageFingerprint::of(&image))
    });
    let fingerprints = results.collect();
    bar.finish_and_clear();
    fingerprints
}

/// Groups the near-duplicates of a data set; see [`groups`].
///
/// # Errors
/// Lists the images that can't be read.
pub fn grouped(samples: &[Sample]) -> Result<Vec<Vec<usize>>, CacheError> {
    let paths: Vec<&Path> = samples.iter().map(|sample| sample.path.as_path()).collect();
    let fingerprints = all_or_broken(fingerprints(&paths))?;
    let classes: Vec<usize> = samples.iter().map(|sample| sample.class).collect();
    Ok(groups(samples.len(), &pairs(&fingerprints, &classes)))
}

/// Two similar images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexPair {
    /// The indices of the images, the lower one first.
    pub indices: [usize; 2],
    /// Whether this is one image saved twice; if not, the images are near-duplicates.
    pub is_same: bool,
}

/// All pairs of similar images: near-duplicates within a class, and one image saved twice,
/// within a class or in two classes. `classes` are in the order of `fingerprints`.
pub fn pairs(fingerprints: &[ImageFingerprint], classes: &[usize]) -> Vec<IndexPair> {
    let count = fingerprints.len();
    let pairs = (0..count).into_par_iter().flat_map_iter(|first| {
        (first + 1..count).filter_map(move |second| pair(fingerprints, classes, [first, second]))
    });
    pairs.collect()
}

/// The pair of these two images, if they are similar.
fn pair(
    fingerprints: &[ImageFingerprint],
    classes: &[usize],
    indices: [usize; 2],
) -> Option<IndexPair> {
    let [a, b] = indices.map(|index| &fingerprints[index]);
    let is_near = a.distance(b) <= NEAR_BITS;
    let is_same = is_near && a.is_same(b);
    let is_one_class = classes[indices[0]] == classes[indices[1]];
    (is_same || (is_near && is_one_class)).then_some(IndexPair { indices, is_same })
}

/// For each of `count` images, whether one of the images that are similar to it counts:
/// `counts(image, similar)` is called in both directions of each pair.
pub fn has_similar(
    count: usize,
    pairs: &[IndexPair],
    counts: impl Fn(usize, usize) -> bool,
) -> Vec<bool> {
    let mut found = vec![false; count];
    for &IndexPair { indices: [first, second], .. } in pairs {
        found[first] |= counts(first, second);
        found[second] |= counts(second, first);
    }
    found
}

/// Groups the indices `0..count` so that the two indices of each pair are in one group. Every
/// index is in exactly one group. The groups are ordered by their lowest index, and each one
/// is ascending.
pub fn groups(count: usize, pairs: &[IndexPair]) -> Vec<Vec<usize>> {
    // Disjoint sets: each index refers to a lower one of its group, the lowest to itself.
    let mut parents: Vec<usize> = (0..count).collect();
    for pair in pairs {
        let [a, b] = pair.indices.map(|index| root(&mut parents, index));
        parents[a.max(b)] = a.min(b);
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); count];
    for index in 0..count {
        groups[root(&mut parents, index)].push(index);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// The lowest index of a group; shortens the way to it for later calls.
fn root(parents: &mut [usize], mut index: usize) -> usize {
    while parents[index] != index {
        parents[index] = parents[parents[index]];
        index = parents[index];
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;
    use renderer::sample::draw_sample;

    fn fingerprint(card: &str, seed: u64) -> ImageFingerprint {
        ImageFingerprint::of(&draw_sample(card.parse().unwrap(), seed, 160))
    }

    fn near(a: usize, b: usize) -> IndexPair {
        IndexPair { indices: [a, b], is_same: false }
    }

    #[test]
    fn a_resized_image_is_the_same_and_another_one_is_not() {
        let image = draw_sample("ace of spades".parse().unwrap(), 1, 160);
        let smaller = resize(&image, 120, 120, FilterType::Triangle);
        let fingerprints = [
            ImageFingerprint::of(&image),
            ImageFingerprint::of(&smaller),
            fingerprint("ace of spades", 2),
        ];
        let found = pairs(&fingerprints, &[0, 0, 0]);
        assert_eq!(found, [IndexPair { indices: [0, 1], is_same: true }]);
    }

    #[test]
    fn one_image_in_two_classes_is_found() {
        let fingerprints = [fingerprint("ace of spades", 1), fingerprint("ace of spades", 1)];
        let found = pairs(&fingerprints, &[0, 1]);
        assert_eq!(found, [IndexPair { indices: [0, 1], is_same: true }]);
    }

    #[test]
    fn cards_of_two_suits_from_one_deck_are_not_the_same_image() {
        // The seed fixes the deck and the view, so that only the suit differs.
        let fingerprints = [fingerprint("two of clubs", 5), fingerprint("two of spades", 5)];
        assert_eq!(pairs(&fingerprints, &[0, 1]), []);
    }

    #[test]
    fn similar_images_count_in_each_direction_separately() {
        let is_held_out = [true, false, false, true];
        let leaks = has_similar(4, &[near(0, 2), near(1, 2), near(0, 3)], |image, other| {
            is_held_out[image] && !is_held_out[other]
        });
        assert_eq!(leaks, [true, false, false, false]);
    }

    #[test]
    fn pairs_connect_images_into_groups() {
        let found = groups(5, &[near(1, 3), near(3, 4)]);
        assert_eq!(found, [vec![0], vec![1, 3, 4], vec![2]]);
    }
}
