//! A run that was stopped, in one file: all that it takes to go on as if it had never
//! been.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use common::Score;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::diagnosis::Finding;
use crate::history::History;
use crate::recipe::{Recipe, Schedule};
use crate::schedule::Rate;
use crate::tensor_file::{self, TensorFileError};
use crate::weights::Weights;

/// How far a run has come, besides its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    pub recipe: Recipe,
    /// SHA-256 of the data set.
    pub data_fingerprint: String,
    /// Steps done.
    pub steps: u64,
    pub rate: Rate,
    pub history: History,
    pub findings: Vec<Finding>,
    /// Validation images that the best epoch so far named rightly.
    pub best_right: Option<usize>,
    /// Validation images in all.
    pub valid_total: usize,
}

/// A run that can't be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error(transparent)]
    File(#[from] TensorFileError),
    #[error(
        "{path:?} was not written by this version of the trainer; begin anew with another --out"
    )]
    Unknown { path: PathBuf },
    #[error(
        "the stopped run was trained with {key} {before}, this one asks for {now}; give the same \
         options to go on, or another --out to begin anew"
    )]
    Recipe { key: String, before: Value, now: Value },
    #[error(
        "the images are not those of the stopped run; name its --data to go on, or another \
         --out to begin anew"
    )]
    Data,
}

/// The key of the file's metadata.
const KEY: &str = "progress";

impl Progress {
    /// A run that has not begun.
    pub fn new(recipe: &Recipe, data_fingerprint: &str) -> Self {
        Self {
            rate: Rate::new(recipe.schedule, recipe.learning_rate),
            recipe: recipe.clone(),
            steps: 0,
            data_fingerprint: data_fingerprint.to_owned(),
            history: History::default(),
            findings: Vec::new(),
            best_right: None,
            valid_total: 0,
        }
    }

    /// Writes a run's state in one step.
    ///
    /// # Errors
    /// The folder can't be written or the disk is full; the state before is untouched.
    pub fn write(&self, path: &Path, arrays: &Weights) -> Result<(), TensorFileError> {
        let json = serde_json::to_string(self).expect("numbers and names always serialise");
        tensor_file::write(path, arrays, HashMap::from([(KEY.to_owned(), json)]))
    }

    /// Reads what [`Progress::write`] wrote.
    ///
    /// # Errors
    /// The file can't be read or is of another version.
    pub fn read(path: &Path) -> Result<(Self, Weights), StateError> {
        let (arrays, texts) = tensor_file::read(path)?;
        let progress = texts.get(KEY).and_then(|json| serde_json::from_str(json).ok());
        let unknown = || StateError::Unknown { path: path.to_owned() };
        Ok((progress.ok_or_else(unknown)?, arrays))
    }

    /// Whether a run by `recipe` on that data may go on from here. With a plateau
    /// schedule the number of epochs may have changed: nothing before depends on it.
    ///
    /// # Errors
    /// Names the first number that differs.
    pub fn check(&self, recipe: &Recipe, data_fingerprint: &str) -> Result<(), StateError> {
        let mut before = self.recipe.clone();
        if matches!(recipe.schedule, Schedule::Plateau { .. }) {
            before.epochs = recipe.epochs;
        }
        let json = |recipe: &Recipe| serde_json::to_value(recipe).expect("recipes serialise");
        if let Some((key, before, now)) = first_difference("", &json(&before), &json(recipe)) {
            return Err(StateError::Recipe { key, before, now });
        }
        if self.data_fingerprint != data_fingerprint {
            return Err(StateError::Data);
        }
        Ok(())
    }

    /// Epochs that are done.
    pub fn epochs_done(&self) -> usize {
        self.history.len()
    }

    /// Whether an epoch that names so many rightly is the best so far.
    pub fn improves(&self, valid: Score) -> bool {
        self.best_right.is_none_or(|best| valid.right > best)
    }
}

/// The path and the two values of the first leaf in which two JSON values differ.
fn first_difference(path: &str, before: &Value, now: &Value) -> Option<(String, Value, Value)> {
    if before == now {
        return None;
    }
    if let (Value::Object(a), Value::Object(b)) = (before, now)
        && a.keys().eq(b.keys())
    {
        let below = |(key, value): (&String, &Value)| {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            first_difference(&path, value, &b[key])
        };
        return a.iter().find_map(below);
    }
    Some((path.to_owned(), before.clone(), now.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::Arch;

    #[test]
    fn a_state_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("resume.safetensors");
        let mut progress = Progress::new(&Recipe::of(Arch::Compact), "00ff");
        progress.best_right = Some(7);
        progress.write(&path, &Weights::new()).unwrap();
        assert_eq!(Progress::read(&path).unwrap(), (progress, Weights::new()));
    }

    #[test]
    fn another_recipe_is_refused_by_the_number_that_differs() {
        let recipe = Recipe::of(Arch::Compact);
        let progress = Progress::new(&recipe, "00ff");
        progress.check(&recipe, "00ff").unwrap();
        let mut other = recipe.clone();
        other.augment.flip_chance = 0.5;
        let error = progress.check(&other, "00ff").unwrap_err().to_string();
        assert!(error.contains("augment.flip_chance 0.0"), "{error}");
        assert!(matches!(progress.check(&recipe, "other"), Err(StateError::Data)));
    }

    #[test]
    fn only_a_plateau_schedule_may_get_more_epochs() {
        for (arch, may) in [(Arch::Baseline, true), (Arch::Compact, false)] {
            let recipe = Recipe::of(arch);
            let longer = Recipe { epochs: recipe.epochs + 10, ..recipe.clone() };
            assert_eq!(Progress::new(&recipe, "").check(&longer, "").is_ok(), may);
        }
    }

    #[test]
    fn a_checkpoint_is_no_state() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("best.safetensors");
        let texts = HashMap::from([("arch".to_owned(), "compact".to_owned())]);
        tensor_file::write(&path, &Weights::new(), texts).unwrap();
        assert!(matches!(Progress::read(&path), Err(StateError::Unknown { .. })));
    }
}
