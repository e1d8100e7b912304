//! Scores of the images that are similar to an image of another data set, and of the others.
//! A network that was trained on that other data set may have learned the former by heart.

use std::path::Path;

use common::{ClassMap, Score};

use super::Evaluation;
use crate::data::cache::{CacheError, all_or_broken};
use crate::data::dataset::Dataset;
use crate::data::duplicates::{fingerprints, has_similar, pairs};

/// The two parts of a score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SimilarityScores {
    /// Images that are similar to an image of the same class in the other data set.
    pub similar: Score,
    /// All other images.
    pub distinct: Score,
}

/// Splits the score of the images of `data`, which `measured` is about, by whether they are
/// similar to one in `other`.
///
/// # Errors
/// Lists the images that can't be read.
pub fn scores_by_similarity(
    data: &Dataset,
    other: &Dataset,
    measured: &Evaluation,
) -> Result<SimilarityScores, CacheError> {
    let mut is_wrong = vec![false; data.samples.len()];
    for mistake in &measured.mistakes {
        is_wrong[mistake.image] = true;
    }
    let mut scores = SimilarityScores::default();
    for (is_similar, is_wrong) in similar_to(data, other)?.into_iter().zip(is_wrong) {
        let score = if is_similar { &mut scores.similar } else { &mut scores.distinct };
        score.total += 1;
        score.right += usize::from(!is_wrong);
    }
    Ok(scores)
}

/// For each image of `data`, whether `other` has a similar one of the same class.
fn similar_to(data: &Dataset, other: &Dataset) -> Result<Vec<bool>, CacheError> {
    let samples = || [data, other].into_iter().flat_map(|set| &set.samples);
    let paths: Vec<&Path> = samples().map(|sample| sample.path.as_path()).collect();
    let fingerprints = all_or_broken(fingerprints(&paths))?;
    let classes = common_classes([data, other]);
    let first_of_other = data.samples.len();
    let pairs = pairs(&fingerprints, &classes);
    let mut is_similar = has_similar(fingerprints.len(), &pairs, |image, similar| {
        let is_across = image < first_of_other && similar >= first_of_other;
        is_across && classes[image] == classes[similar]
    });
    is_similar.truncate(first_of_other);
    Ok(is_similar)
}

/// The class of each image of both data sets, as an index that is valid for both.
fn common_classes(sets: [&Dataset; 2]) -> Vec<usize> {
    let classes = ClassMap::new(sets.iter().flat_map(|set| set.classes.names()).cloned());
    let mut indices = Vec::new();
    for set in sets {
        let names = set.samples.iter().map(|sample| &set.classes.names()[sample.class]);
        indices.extend(names.map(|name| classes.index_of(name).unwrap_or_default()));
    }
    indices
}
