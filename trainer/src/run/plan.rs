//! The length of a run and how its weights are changed: what the engine must know of a recipe.

use std::ops::Range;

use serde_json::Value;

use crate::recipe::{Optimization, Schedule};

/// How a task's network is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct RunPlan {
    pub optimization: Optimization,
    pub seed: u64,
    /// Steps of the complete run.
    pub steps: u64,
    /// Steps of an epoch, at least 1: after each epoch the network is validated and the run's
    /// state is stored. The last epoch of a run may be shorter.
    pub steps_per_epoch: u64,
    /// The task's complete recipe. A run may only be resumed with the same one.
    pub recipe: Value,
    /// SHA-256 of the data set. A run may only be resumed with the same one.
    pub data_fingerprint: String,
}

impl RunPlan {
    /// Epochs of the complete run.
    pub fn epochs(&self) -> u64 {
        self.steps.div_ceil(self.steps_per_epoch)
    }

    /// The steps of an epoch, both counted from 0.
    pub fn steps_of_epoch(&self, epoch: u64) -> Range<u64> {
        let first = epoch * self.steps_per_epoch;
        first..(first + self.steps_per_epoch).min(self.steps)
    }

    /// The share of the run, 0..1, that is done before a step.
    pub fn share_done(&self, step: u64) -> f64 {
        step as f64 / self.steps as f64
    }

    /// The first number in which an earlier run's recipe differs: its path in the recipe, its
    /// value in the earlier run, and its value here.
    ///
    /// With a plateau schedule the number of epochs may differ: nothing before depends on it.
    pub(crate) fn difference_from(&self, before: &Value) -> Option<(String, Value, Value)> {
        let mut before = before.clone();
        let recipe = as_read_from_a_file(&self.recipe);
        let may_differ = matches!(self.optimization.schedule, Schedule::Plateau { .. });
        if let (true, Some(epochs), Some(now)) =
            (may_differ, before.get_mut("epochs"), recipe.get("epochs"))
        {
            *epochs = now.clone();
        }
        first_difference("", &before, &recipe)
    }
}

/// A value after it was written and read, which may change the last digit of a number.
fn as_read_from_a_file(value: &Value) -> Value {
    serde_json::from_str(&value.to_string()).expect("the text of a JSON value is valid JSON")
}

/// The path and the two values of the first leaf in which two JSON values differ.
fn first_difference(path: &str, before: &Value, now: &Value) -> Option<(String, Value, Value)> {
    if before == now {
        return None;
    }
    if let (Value::Object(a), Value::Object(b)) = (before, now)
        && a.keys().eq(b.keys())
    {
        return a.iter().find_map(|(key, value)| {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            first_difference(&path, value, &b[key])
        });
    }
    Some((path.to_owned(), before.clone(), now.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::LocatorRecipe;

    #[test]
    fn a_recipe_that_was_stored_does_not_differ() {
        let mut plan = RunPlan {
            optimization: LocatorRecipe::DEFAULT.detector.optimization,
            seed: 0,
            steps: 1,
            steps_per_epoch: 1,
            recipe: serde_json::to_value(LocatorRecipe::DEFAULT).unwrap(),
            data_fingerprint: String::new(),
        };
        let stored = serde_json::from_str(&plan.recipe.to_string()).unwrap();
        assert_eq!(plan.difference_from(&stored), None);
        plan.recipe["seed"] = 1.into();
        let (key, before, now) = plan.difference_from(&stored).unwrap();
        assert_eq!((key.as_str(), before, now), ("seed", 0.into(), 1.into()));
    }

    #[test]
    fn the_last_epoch_has_the_steps_that_are_left() {
        let plan = RunPlan {
            optimization: LocatorRecipe::DEFAULT.detector.optimization,
            seed: 0,
            steps: 450,
            steps_per_epoch: 200,
            recipe: Value::Null,
            data_fingerprint: String::new(),
        };
        assert_eq!(plan.epochs(), 3);
        assert_eq!(plan.steps_of_epoch(0), 0..200);
        assert_eq!(plan.steps_of_epoch(2), 400..450);
    }
}
