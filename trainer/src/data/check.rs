//! Looks for trouble in a data set before anyone trains on it.

use std::path::{Path, PathBuf};

use common::Card;

use crate::data::dataset::{DatasetError, Sample, images_by_class};
use crate::data::duplicates::{Fingerprint, Pair, fingerprints, has_one_alike, pairs};
use crate::data::split::{random_split, ungrouped};

/// Share and seed of the split whose leaks are counted: the documented one.
const SPLIT: (f64, u64) = (0.2, 0);

/// A part of a data set with what is in its folders.
#[derive(Debug)]
pub struct Part {
    pub root: PathBuf,
    /// Name and number of images, by name.
    pub classes: Vec<(String, usize)>,
    pub broken: Vec<String>,
}

/// Two images that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike {
    pub paths: [PathBuf; 2],
    /// One image, saved twice; else a near-duplicate.
    pub same: bool,
}

/// Images of a later part that have one like them in the first part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Across {
    pub part: PathBuf,
    pub alike: usize,
    pub total: usize,
}

/// What was found.
#[derive(Debug)]
pub struct Findings {
    pub parts: Vec<Part>,
    /// Folders whose name is no card's, and the card that is meant, if one is near.
    pub unknown: Vec<(String, Option<String>)>,
    /// Pairs inside a part and class.
    pub inside: Vec<Alike>,
    /// One image under two labels, wherever.
    pub conflicts: Vec<Alike>,
    pub across: Vec<Across>,
    /// Held-out images of a random 80/20 split of the first part that have one like
    /// them to train on, and how many are held out.
    pub leaked: (usize, usize),
}

impl Findings {
    /// Whether training would fail or learn something wrong.
    pub fn is_serious(&self) -> bool {
        let empty = |part: &Part| part.classes.iter().any(|(_, images)| *images == 0);
        !self.unknown.is_empty()
            || !self.conflicts.is_empty()
            || self.parts.iter().any(|part| !part.broken.is_empty() || empty(part))
    }
}

/// An image and where it belongs.
struct Checked {
    part: usize,
    class: usize,
    path: PathBuf,
}

/// Looks at every image of every part; the first is the one to train on.
///
/// # Errors
/// A part's folder is missing or can't be listed.
pub fn check(roots: &[PathBuf]) -> Result<Findings, DatasetError> {
    let mut names: Vec<String> = Vec::new();
    let mut parts = Vec::new();
    let mut listed: Vec<Checked> = Vec::new();
    for (part, root) in roots.iter().enumerate() {
        let mut classes = Vec::new();
        for (name, paths) in images_by_class(root)? {
            let class = names.iter().position(|known| *known == name).unwrap_or_else(|| {
                names.push(name.clone());
                names.len() - 1
            });
            classes.push((name, paths.len()));
            listed.extend(paths.into_iter().map(|path| Checked { part, class, path }));
        }
        parts.push(Part { root: root.clone(), classes, broken: Vec::new() });
    }
    let paths: Vec<&Path> = listed.iter().map(|image| image.path.as_path()).collect();
    let all_looks = fingerprints(&paths);
    let mut images: Vec<Checked> = Vec::new();
    let mut seen: Vec<Fingerprint> = Vec::new();
    for (image, look) in listed.into_iter().zip(all_looks) {
        match look {
            Ok(look) => {
                seen.push(look);
                images.push(image);
            }
            Err(reason) => parts[image.part].broken.push(reason),
        }
    }
    let classes: Vec<usize> = images.iter().map(|image| image.class).collect();
    let pairs = pairs(&seen, &classes);
    let alike = |pair: &Pair| Alike {
        paths: pair.indices.map(|index| images[index].path.clone()),
        same: pair.same,
    };
    let of = |pair: &Pair| pair.indices.map(|index| &images[index]);
    let is_conflict = |pair: &&Pair| of(pair)[0].class != of(pair)[1].class;
    let is_inside = |pair: &&Pair| !is_conflict(pair) && of(pair)[0].part == of(pair)[1].part;
    Ok(Findings {
        unknown: names.iter().filter_map(|name| unknown(name)).collect(),
        inside: pairs.iter().filter(is_inside).map(alike).collect(),
        conflicts: pairs.iter().filter(is_conflict).map(alike).collect(),
        across: (1..parts.len()).map(|part| across(part, &parts[part], &images, &pairs)).collect(),
        leaked: leaked(&images, &pairs),
        parts,
    })
}

/// The name of a class that is no card, and the card that is nearest, if one is near.
fn unknown(name: &str) -> Option<(String, Option<String>)> {
    if name.parse::<Card>().is_ok() {
        return None;
    }
    let cards = Card::all().map(|card| card.to_string());
    let nearest = cards
        .map(|card| (strsim::jaro_winkler(&name.to_lowercase(), &card), card))
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .filter(|(likeness, _)| *likeness > 0.85);
    Some((name.to_owned(), nearest.map(|(_, card)| card)))
}

fn across(number: usize, part: &Part, images: &[Checked], pairs: &[Pair]) -> Across {
    let alike = has_one_alike(images.len(), pairs, |image, other| {
        images[image].part == number && images[other].part == 0
    });
    let total = images.iter().filter(|image| image.part == number).count();
    let alike = alike.into_iter().filter(|alike| *alike).count();
    Across { part: part.root.clone(), alike, total }
}

fn leaked(images: &[Checked], pairs: &[Pair]) -> (usize, usize) {
    let first: Vec<Sample> = images
        .iter()
        .filter(|image| image.part == 0)
        .map(|image| Sample { path: image.path.clone(), class: image.class })
        .collect();
    let (share, seed) = SPLIT;
    let split = random_split(&first, &ungrouped(first.len()), share, seed);
    // The first part's images come first.
    let mut is_held_out = vec![false; images.len()];
    for &index in &split.valid {
        is_held_out[index] = true;
    }
    let leaks = has_one_alike(images.len(), pairs, |image, other| {
        is_held_out[image] && other < first.len() && !is_held_out[other]
    });
    (leaks.into_iter().filter(|leak| *leak).count(), split.valid.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_card_is_told_the_right_name() {
        assert_eq!(unknown("ace of spades"), None);
        assert_eq!(unknown("10_of_hearts"), None);
        let (_, nearest) = unknown("quen of harts").unwrap();
        assert_eq!(nearest.as_deref(), Some("queen of hearts"));
        assert_eq!(unknown("backs"), Some(("backs".to_owned(), None)));
    }
}
