//! What both networks of the locator learn from.

use serde::Serialize;
use serde_json::json;

use crate::locator::stock::Stock;
use crate::recipe::{LocatorRecipe, Optimization};
use crate::run::plan::RunPlan;

/// Steps of an epoch: a killed run loses at most as many.
const STEPS_PER_EPOCH: u64 = 200;

/// What both networks learn from.
#[derive(Clone, Copy, Debug)]
pub struct LocatorData<'a> {
    pub recipe: &'a LocatorRecipe,
    pub stock: &'a Stock,
    /// SHA-256 of the data set that the stock's card images are from, or "drawn".
    pub data_fingerprint: &'a str,
}

impl LocatorData<'_> {
    /// The plan of one network's run; `recipe` is that network's own.
    pub(crate) fn plan(
        &self,
        steps: usize,
        optimization: &Optimization,
        recipe: &impl Serialize,
    ) -> RunPlan {
        let LocatorRecipe { stock, seed, .. } = self.recipe;
        RunPlan {
            optimization: *optimization,
            seed: *seed,
            steps: steps as u64,
            steps_per_epoch: STEPS_PER_EPOCH,
            recipe: json!({ "network": recipe, "stock": stock, "seed": seed }),
            data_fingerprint: self.data_fingerprint.to_owned(),
        }
    }
}
