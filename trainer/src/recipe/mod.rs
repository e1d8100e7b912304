//! How networks are trained: every number of a training run, with its default.
//!
//! From the lowest layer up:
//!
//! - [`optimization`]: what the recipes of all networks share
//! - [`classifier`]: the recipe of the network that names a card
//! - [`locator`]: the recipes of the two networks that find cards
//! - [`crops`]: the recipe of cards that are cut out of scenes, for the classifier

pub mod classifier;
pub mod crops;
pub mod locator;
pub mod optimization;

pub use classifier::Recipe;
pub use crops::CropsRecipe;
pub use locator::LocatorRecipe;
pub use optimization::{Optimization, Optimizer, Precision, Schedule};
