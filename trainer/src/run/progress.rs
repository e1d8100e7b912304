//! How far a run has come, in one file: everything that it takes to continue a stopped run as
//! if it had never been stopped.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use common::Score;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::run::history::History;
use crate::run::plan::RunPlan;
use crate::run::problem::Diagnosis;
use crate::run::schedule::LearningRate;
use crate::tensor_file::{self, TensorFileError};
use crate::weights::{Weights, WeightsError};

/// How far a run has come, besides its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunProgress {
    /// The recipe as JSON.
    pub recipe: Value,
    /// SHA-256 of the data set.
    pub data_fingerprint: String,
    /// Steps done.
    pub steps: u64,
    pub learning_rate: LearningRate,
    pub history: History,
    pub diagnoses: Vec<Diagnosis>,
    /// Validation images that the best epoch so far named correctly; none before the first
    /// validation.
    pub best_right: Option<usize>,
    /// Validation images in all.
    pub valid_total: usize,
}

/// What a run that has ended recorded.
#[derive(Clone, Debug)]
pub struct RunOutcome {
    pub history: History,
    pub diagnoses: Vec<Diagnosis>,
}

/// A stopped run that cannot be continued.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    #[error(transparent)]
    File(#[from] TensorFileError),
    #[error(
        "{path:?} was not written by this version of the trainer; start a new run with another \
         --out"
    )]
    Unknown { path: PathBuf },
    #[error(
        "the stopped run was trained with {key} {before}, this one asks for {now}; give the same \
         options to continue, or another --out to start a new run"
    )]
    Recipe { key: String, before: Value, now: Value },
    #[error(
        "the images are not those of the stopped run; name its --data to continue, or another \
         --out to start a new run"
    )]
    Data,
    #[error("{path:?} does not fit the network")]
    Weights { path: PathBuf, source: WeightsError },
}

/// The key in the file's metadata.
const KEY: &str = "run";

impl RunProgress {
    /// A run that has not started.
    pub fn new(plan: &RunPlan) -> Self {
        let optimization = &plan.optimization;
        Self {
            recipe: plan.recipe.clone(),
            data_fingerprint: plan.data_fingerprint.clone(),
            steps: 0,
            learning_rate: LearningRate::new(optimization.schedule, optimization.learning_rate),
            history: History::default(),
            diagnoses: Vec::new(),
            best_right: None,
            valid_total: 0,
        }
    }

    /// Writes the state of a run, with the arrays that belong to it, in one step.
    ///
    /// # Errors
    /// The folder can't be written or the disk is full; the earlier state is untouched then.
    pub fn write(&self, path: &Path, arrays: &Weights) -> Result<(), TensorFileError> {
        let json = serde_json::to_string(self).expect("numbers and names can be serialised");
        tensor_file::write(path, arrays, HashMap::from([(KEY.to_owned(), json)]))
    }

    /// Reads what [`RunProgress::write`] wrote.
    ///
    /// # Errors
    /// The file can't be read or was written by another version.
    pub fn read(path: &Path) -> Result<(Self, Weights), ResumeError> {
        let (arrays, texts) = tensor_file::read(path)?;
        let progress = texts.get(KEY).and_then(|json| serde_json::from_str(json).ok());
        match progress {
            Some(progress) => Ok((progress, arrays)),
            None => Err(ResumeError::Unknown { path: path.to_owned() }),
        }
    }

    /// Whether a run with this plan may continue from here.
    ///
    /// # Errors
    /// The recipe differs, and then the first number that does is named, or the data set does.
    pub fn check(&self, plan: &RunPlan) -> Result<(), ResumeError> {
        if let Some((key, before, now)) = plan.difference_from(&self.recipe) {
            return Err(ResumeError::Recipe { key, before, now });
        }
        if self.data_fingerprint != plan.data_fingerprint {
            return Err(ResumeError::Data);
        }
        Ok(())
    }

    /// Epochs that are done.
    pub fn epochs_done(&self) -> u64 {
        self.history.len() as u64
    }

    /// Whether an epoch with this validation score is the best so far.
    pub fn improves(&self, valid: Score) -> bool {
        self.best_right.is_none_or(|best| valid.right > best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::Arch;
    use crate::recipe::Recipe;

    fn plan(recipe: &Recipe, data_fingerprint: &str) -> RunPlan {
        RunPlan {
            optimization: recipe.optimization,
            seed: recipe.seed,
            steps: 100,
            steps_per_epoch: 10,
            recipe: serde_json::to_value(recipe).unwrap(),
            data_fingerprint: data_fingerprint.to_owned(),
        }
    }

    #[test]
    fn a_written_state_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("resume.safetensors");
        let mut progress = RunProgress::new(&plan(&Recipe::of(Arch::Compact), "00ff"));
        progress.best_right = Some(7);
        progress.write(&path, &Weights::new()).unwrap();
        assert_eq!(RunProgress::read(&path).unwrap(), (progress, Weights::new()));
    }

    #[test]
    fn another_recipe_is_refused_by_the_number_that_differs() {
        let recipe = Recipe::of(Arch::Compact);
        let progress = RunProgress::new(&plan(&recipe, "00ff"));
        progress.check(&plan(&recipe, "00ff")).unwrap();
        let mut other = recipe.clone();
        other.augment.flip_chance = 0.5;
        let error = progress.check(&plan(&other, "00ff")).unwrap_err().to_string();
        assert!(error.contains("augment.flip_chance 0.0"), "{error}");
        assert!(matches!(progress.check(&plan(&recipe, "other")), Err(ResumeError::Data)));
    }

    #[test]
    fn only_a_plateau_schedule_allows_more_epochs() {
        for (arch, may) in [(Arch::Baseline, true), (Arch::Compact, false)] {
            let recipe = Recipe::of(arch);
            let longer = Recipe { epochs: recipe.epochs + 10, ..recipe.clone() };
            let progress = RunProgress::new(&plan(&recipe, ""));
            assert_eq!(progress.check(&plan(&longer, "")).is_ok(), may);
        }
    }

    #[test]
    fn a_checkpoint_is_not_taken_for_a_state() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("best.safetensors");
        let texts = HashMap::from([("arch".to_owned(), "compact".to_owned())]);
        tensor_file::write(&path, &Weights::new(), texts).unwrap();
        assert!(matches!(RunProgress::read(&path), Err(ResumeError::Unknown { .. })));
    }
}
