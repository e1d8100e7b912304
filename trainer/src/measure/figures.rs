//! Measures a model file or a checkpoint on a data set.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use common::ClassMap;

use super::evaluation::Evaluation;
use super::model::EvaluationModel;
use super::parity::{Parity, compare};
use super::similarity::{SimilarityScores, scores_by_similarity};
use crate::checkpoint::Checkpoint;
use crate::data::cache::decode_all;
use crate::data::dataset::Dataset;
use crate::data::held_out::split_of_training;
use crate::progress;

/// What to measure.
#[derive(Clone, Copy, Debug)]
pub struct EvaluationRequest<'a> {
    /// A model file or a checkpoint.
    pub model: &'a Path,
    /// A data set.
    pub data: &'a Path,
    /// A checkpoint: only the images that its training held out are measured.
    pub held_out_of: Option<&'a Path>,
    /// Another model file or checkpoint to compare the answers with.
    pub against: Option<&'a Path>,
    /// Another data set: images that are similar to one of its images count separately.
    pub apart_from: Option<&'a Path>,
}

/// What was measured.
#[derive(Clone, Debug)]
pub struct Figures {
    pub measured: Evaluation,
    /// The files of the measured images.
    pub paths: Vec<PathBuf>,
    /// The comparison with another model.
    pub parity: Option<Parity>,
    /// The scores of the images that are similar to one of another data set, and of the others.
    pub similarity: Option<SimilarityScores>,
}

impl Figures {
    /// Measures a model.
    ///
    /// # Errors
    /// A file can't be read, or the model does not know a class of the data set.
    pub fn measure(request: &EvaluationRequest<'_>) -> anyhow::Result<Self> {
        let model = EvaluationModel::open(request.model)?;
        let data = images_to_measure(request)?;
        let labels = labels(&data, model.classes(), request.model)?;
        let paths: Vec<PathBuf> = data.samples.iter().map(|sample| sample.path.clone()).collect();
        let bar = progress::job_bar("decoding", paths.len());
        let images = decode_all(&paths, model.side(), &bar)?;
        bar.finish_and_clear();
        let logits = model.logits(&images)?;
        let [temperature, threshold] = model.calibration();
        let measured = Evaluation::new(model.classes(), &logits, &labels, temperature, threshold);
        let parity = match request.against {
            Some(path) => {
                let other_logits = EvaluationModel::open(path)?.logits(&images)?;
                Some(compare(&logits, &other_logits, &labels))
            }
            None => None,
        };
        let similarity = match request.apart_from {
            Some(root) => Some(scores_by_similarity(&data, &Dataset::scan(root)?, &measured)?),
            None => None,
        };
        Ok(Self { measured, paths, parity, similarity })
    }
}

/// The data set, or the part of it that the training of a checkpoint held out.
fn images_to_measure(request: &EvaluationRequest<'_>) -> anyhow::Result<Dataset> {
    let mut data = Dataset::scan(request.data)?;
    if let Some(path) = request.held_out_of {
        let split = split_of_training(&Checkpoint::read(path)?, &data).with_context(|| {
            format!("can't determine which images of {:?} {path:?} held out", request.data)
        })?;
        data.samples = split.valid.iter().map(|&index| data.samples[index].clone()).collect();
    }
    Ok(data)
}

/// The index of each sample's class among the classes of the model.
fn labels(data: &Dataset, classes: &ClassMap, model: &Path) -> anyhow::Result<Vec<usize>> {
    let mut index_of = Vec::with_capacity(data.classes.len());
    for name in data.classes.names() {
        let Some(index) = classes.index_of(name) else {
            bail!("the model {model:?} does not know the class {name:?}; remove its folder");
        };
        index_of.push(index);
    }
    Ok(data.samples.iter().map(|sample| index_of[sample.class]).collect())
}
