//! What a step of the detector sees: scenes of one shape, and where their cards are.

use common::Size;
use rand::RngExt as _;
use rayon::prelude::*;

use crate::locator::scene::ranges::SceneRanges;
use crate::locator::scene::{compose, frame_size};
use crate::locator::stock::Stock;
use crate::locator::target::DetectorTarget;
use crate::recipe::locator::DetectorRecipe;
use crate::seed::{RandomStream, stream};

/// Scenes of one shape, because a batch is one tensor.
#[derive(Debug)]
pub struct DetectorBatch {
    /// The size of each scene in pixels.
    pub size: Size,
    /// `[N, height, width, 3]` RGB, 0..255.
    pub pixels: Vec<u8>,
    /// The answer to each scene.
    pub targets: Vec<DetectorTarget>,
}

impl DetectorBatch {
    /// Composes the scenes of a step; the same for the same seed and step.
    pub fn compose(stock: &Stock, recipe: &DetectorRecipe, seed: u64, step: u64) -> Self {
        let size = frame_size(recipe.side, &mut stream(seed, RandomStream::FrameShape, &[step]));
        let (pixels, targets): (Vec<_>, Vec<_>) = (0..recipe.optimization.batch_size as u64)
            .into_par_iter()
            .map(|number| {
                let mut rng = stream(seed, RandomStream::Scene, &[step, number]);
                let is_played = rng.random_bool(recipe.played_share);
                let ranges = if is_played { SceneRanges::played() } else { SceneRanges::default() };
                let scene = compose(stock, size, recipe.cards, &ranges, &mut rng);
                let target = DetectorTarget::new(&scene, size, &recipe.target);
                (scene.image.into_raw(), target)
            })
            .unzip();
        Self { size, pixels: pixels.concat(), targets }
    }
}
