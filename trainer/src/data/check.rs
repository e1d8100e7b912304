//! Finds problems of a data set before anybody trains on it.

use std::path::{Path, PathBuf};

use common::Card;
use common::image_folder::SkippedFiles;

use crate::data::dataset::{ClassFolders, DatasetError, Sample, class_folders};
use crate::data::duplicates::{ImageFingerprint, IndexPair, fingerprints, has_similar, pairs};
use crate::data::split::{random_split, ungrouped};

/// Share of the images that the examined split holds out: that of the recipes.
const HELD_OUT_SHARE: f64 = 0.2;

/// Seed of the examined split: the default of the recipes.
const SPLIT_SEED: u64 = 0;

/// Names of cards are suggested from this Jaro–Winkler similarity on, 0..1.
const LEAST_SIMILARITY: f64 = 0.85;

/// A part of a data set, such as its validation images.
#[derive(Debug)]
pub struct DataPart {
    pub root: PathBuf,
    /// Name of each class and its number of images, sorted by name.
    pub classes: Vec<(String, usize)>,
    /// Why images can't be read, one reason per image.
    pub broken: Vec<String>,
    /// Files that are not read.
    pub skipped: SkippedFiles,
}

/// Two similar images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimilarPair {
    pub paths: [PathBuf; 2],
    /// Whether this is one image saved twice; if not, the images are near-duplicates.
    pub is_same: bool,
}

/// How many images of a later part are similar to one of the first part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartOverlap {
    pub part: PathBuf,
    pub similar: usize,
    pub total: usize,
}

/// How many held-out images of a random split are similar to a training image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitLeak {
    pub leaked: usize,
    pub held_out: usize,
}

/// What a check found.
#[derive(Debug)]
pub struct DataProblems {
    pub parts: Vec<DataPart>,
    /// Class names that are not the name of a card, each with the card that was probably
    /// meant, if there is one.
    pub unknown: Vec<(String, Option<String>)>,
    /// Similar images of one class in one part.
    pub duplicates: Vec<SimilarPair>,
    /// One image in two classes, in any parts.
    pub conflicts: Vec<SimilarPair>,
    pub overlaps: Vec<PartOverlap>,
    /// The leak of a random 80/20 split of the first part.
    pub leak: SplitLeak,
}

impl DataProblems {
    /// Whether training would fail, or would learn something wrong.
    pub fn is_serious(&self) -> bool {
        !self.unknown.is_empty()
            || !self.conflicts.is_empty()
            || self.parts.iter().any(|part| !part.broken.is_empty() || part.has_empty_class())
    }
}

impl DataPart {
    fn has_empty_class(&self) -> bool {
        self.classes.iter().any(|(_, images)| *images == 0)
    }
}

/// An image and where it belongs.
struct PartImage {
    /// Number of the part.
    part: usize,
    /// Number of the class, in all parts together.
    class: usize,
    path: PathBuf,
}

/// Reads every image of every part. The first part is the one to train on.
///
/// # Errors
/// The folder of a part is missing or can't be listed.
pub fn check(roots: &[PathBuf]) -> Result<DataProblems, DatasetError> {
    let Listing { class_names, mut parts, images } = list(roots)?;
    let (images, fingerprints) = readable(images, &mut parts);
    let classes: Vec<usize> = images.iter().map(|image| image.class).collect();
    let pairs = pairs(&fingerprints, &classes);
    let (conflicts, same_class): (Vec<IndexPair>, Vec<IndexPair>) =
        pairs.iter().copied().partition(|pair| {
            let [a, b] = images_of(pair, &images);
            a.class != b.class
        });
    let duplicates = same_class.iter().filter(|pair| {
        let [a, b] = images_of(pair, &images);
        a.part == b.part
    });
    Ok(DataProblems {
        unknown: class_names.iter().filter_map(|name| unknown(name)).collect(),
        duplicates: duplicates.map(|pair| similar_pair(pair, &images)).collect(),
        conflicts: conflicts.iter().map(|pair| similar_pair(pair, &images)).collect(),
        overlaps: (1..parts.len())
            .map(|part| overlap(part, &parts[part], &images, &pairs))
            .collect(),
        leak: split_leak(&images, &pairs),
        parts,
    })
}

/// The files below some folders.
struct Listing {
    /// The classes of all parts together.
    class_names: Vec<String>,
    parts: Vec<DataPart>,
    /// The images of all parts, those of the first part first.
    images: Vec<PartImage>,
}

fn list(roots: &[PathBuf]) -> Result<Listing, DatasetError> {
    let mut listing = Listing { class_names: Vec::new(), parts: Vec::new(), images: Vec::new() };
    for (part, root) in roots.iter().enumerate() {
        let mut classes = Vec::new();
        let ClassFolders { images, skipped } = class_folders(root)?;
        for (name, paths) in images {
            let known = listing.class_names.iter().position(|known| *known == name);
            let class = known.unwrap_or(listing.class_names.len());
            if known.is_none() {
                listing.class_names.push(name.clone());
            }
            classes.push((name, paths.len()));
            listing.images.extend(paths.into_iter().map(|path| PartImage { part, class, path }));
        }
        listing.parts.push(DataPart { root: root.clone(), classes, broken: Vec::new(), skipped });
    }
    Ok(listing)
}

/// Reads the images. Those that can't be read are left out and reported in their part.
fn readable(
    images: Vec<PartImage>,
    parts: &mut [DataPart],
) -> (Vec<PartImage>, Vec<ImageFingerprint>) {
    let paths: Vec<&Path> = images.iter().map(|image| image.path.as_path()).collect();
    let results = fingerprints(&paths);
    let mut readable = (Vec::new(), Vec::new());
    for (image, result) in images.into_iter().zip(results) {
        match result {
            Ok(fingerprint) => {
                readable.0.push(image);
                readable.1.push(fingerprint);
            }
            Err(reason) => parts[image.part].broken.push(reason),
        }
    }
    readable
}

fn images_of<'a>(pair: &IndexPair, images: &'a [PartImage]) -> [&'a PartImage; 2] {
    pair.indices.map(|index| &images[index])
}

fn similar_pair(pair: &IndexPair, images: &[PartImage]) -> SimilarPair {
    let paths = images_of(pair, images).map(|image| image.path.clone());
    SimilarPair { paths, is_same: pair.is_same }
}

/// The name of a class that is not a card, and the card with the most similar name, if there
/// is one that is similar enough.
fn unknown(name: &str) -> Option<(String, Option<String>)> {
    if name.parse::<Card>().is_ok() {
        return None;
    }
    let cards = Card::all().map(|card| card.to_string());
    let nearest = cards
        .map(|card| (strsim::jaro_winkler(&name.to_lowercase(), &card), card))
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .filter(|(similarity, _)| *similarity > LEAST_SIMILARITY);
    Some((name.to_owned(), nearest.map(|(_, card)| card)))
}

fn overlap(
    number: usize,
    part: &DataPart,
    images: &[PartImage],
    pairs: &[IndexPair],
) -> PartOverlap {
    let has_similar = has_similar(images.len(), pairs, |image, other| {
        images[image].part == number && images[other].part == 0
    });
    PartOverlap {
        part: part.root.clone(),
        similar: has_similar.into_iter().filter(|similar| *similar).count(),
        total: images.iter().filter(|image| image.part == number).count(),
    }
}

fn split_leak(images: &[PartImage], pairs: &[IndexPair]) -> SplitLeak {
    // The images of the first part come first, so that indices of the split are indices here.
    let first_part: Vec<Sample> = images
        .iter()
        .filter(|image| image.part == 0)
        .map(|image| Sample { path: image.path.clone(), class: image.class })
        .collect();
    let groups = ungrouped(first_part.len());
    let split = random_split(&first_part, &groups, HELD_OUT_SHARE, SPLIT_SEED);
    let mut is_held_out = vec![false; images.len()];
    for &index in &split.valid {
        is_held_out[index] = true;
    }
    let leaks = has_similar(images.len(), pairs, |image, other| {
        is_held_out[image] && other < first_part.len() && !is_held_out[other]
    });
    SplitLeak {
        leaked: leaks.into_iter().filter(|leak| *leak).count(),
        held_out: split.valid.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_card_gets_the_right_name_suggested() {
        assert_eq!(unknown("ace of spades"), None);
        assert_eq!(unknown("10_of_hearts"), None);
        let (_, nearest) = unknown("quen of harts").unwrap();
        assert_eq!(nearest.as_deref(), Some("queen of hearts"));
        assert_eq!(unknown("backs"), Some(("backs".to_owned(), None)));
    }
}
