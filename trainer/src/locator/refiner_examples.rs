//! What a step of the refiner sees: cards of composed scenes, cut out by corners that are as
//! wrong as the detector's, and how the corners must move.

use common::locate::refiner::{self, MOVE_UNIT, closeup};
use common::rectify::FrameFromUnit;
use common::{Point, Quad};
use imageproc::geometric_transformations::Projection;
use rand::RngExt;
use rand_pcg::Pcg64;
use rayon::prelude::*;

use crate::locator::scene::ranges::SceneRanges;
use crate::locator::scene::{SceneCard, TrainingScene, compose, frame_size};
use crate::locator::stock::Stock;
use crate::recipe::locator::{CornerError, RefinerRecipe};
use crate::seed::{RandomStream, stream};

/// Several examples.
#[derive(Debug)]
pub struct RefinerBatch {
    /// `[N, SIDE, SIDE, 3]` RGB, 0..255.
    pub pixels: Vec<u8>,
    /// `[N, VALUES]`: the right answer.
    pub moves: Vec<f32>,
    /// `[N]`: the weight of each example in the loss.
    pub weights: Vec<f32>,
}

struct RefinerExample {
    pixels: Vec<u8>,
    moves: [f32; refiner::VALUES],
    weight: f32,
}

impl RefinerBatch {
    /// Composes the examples of a step; the same for the same seed and step.
    pub fn compose(stock: &Stock, recipe: &RefinerRecipe, seed: u64, step: u64) -> Self {
        let count = recipe.optimization.batch_size;
        let scenes = count.div_ceil(recipe.examples_per_scene) as u64;
        let mut examples: Vec<RefinerExample> = (0..scenes)
            .into_par_iter()
            .map(|number| stream(seed, RandomStream::Scene, &[step, number]))
            .flat_map_iter(|mut rng| examples_of_scene(stock, recipe, &mut rng))
            .collect();
        examples.truncate(count);
        Self {
            pixels: examples.iter().flat_map(|example| &example.pixels).copied().collect(),
            moves: examples.iter().flat_map(|example| example.moves).collect(),
            weights: examples.iter().map(|example| example.weight).collect(),
        }
    }
}

/// As many examples as the recipe takes from one scene, or a few less where corners can't be
/// used. Scenes without a usable card are skipped.
fn examples_of_scene(
    stock: &Stock,
    recipe: &RefinerRecipe,
    rng: &mut Pcg64,
) -> Vec<RefinerExample> {
    loop {
        let [smallest, too_large] = recipe.scene_sides;
        let size = frame_size(rng.random_range(smallest..too_large), rng);
        let scene = compose(stock, size, recipe.cards, &SceneRanges::default(), rng);
        let usable: Vec<&SceneCard> = scene
            .cards
            .iter()
            .filter(|card| card.is_exact && card.visible >= recipe.least_visible)
            .collect();
        let cards = usable.iter().cycle().take(recipe.examples_per_scene);
        let examples: Vec<RefinerExample> =
            cards.filter_map(|card| example(&scene, card, recipe, rng)).collect();
        if !examples.is_empty() {
            return examples;
        }
    }
}

/// An example of a card, unless the random corners can't be used.
fn example(
    scene: &TrainingScene,
    card: &SceneCard,
    recipe: &RefinerRecipe,
    rng: &mut Pcg64,
) -> Option<RefinerExample> {
    // Either end of a card may be its top.
    let right = if rng.random_bool(0.5) { card.corners } else { card.corners.half_turned() };
    let is_later_pass = rng.random_bool(recipe.later_pass_share);
    let [smallest, largest] =
        if is_later_pass { recipe.later_pass_error } else { recipe.first_pass_error };
    let share = rng.random_range(smallest..largest);
    let given = wrong_corners(right, &recipe.largest_error, share, rng);
    let moves = moves(given, right).filter(|_| given.is_convex())?;
    let pixels = closeup(&scene.image, given).into_raw();
    Some(RefinerExample { pixels, moves, weight: card.loss_weight() })
}

/// Moves corners at random, all together and each alone, in the card's own plane; `share` is how
/// much of the largest error they may get.
fn wrong_corners(right: Quad, largest: &CornerError, share: f32, rng: &mut Pcg64) -> Quad {
    let frame_from_card = FrameFromUnit::new(right);
    let mut up_to = |most: f32| share * rng.random_range(-most..most);
    let shift = largest.shift.map(&mut up_to);
    let scale = largest.scale.map(|most| 1.0 + up_to(most));
    let (sin, cos) = up_to(largest.rotation_degrees).to_radians().sin_cos();
    // Width and height of a card over its height.
    let [width, height] = [renderer::deck::CARD_MM[0] / renderer::deck::CARD_MM[1], 1.0];
    Quad::UNIT.map(|corner| {
        let [x, y] = [(corner.x - 0.5) * scale[0] * width, (corner.y - 0.5) * scale[1] * height];
        let [x, y] = [x * cos - y * sin, x * sin + y * cos];
        let own = largest.corner_shift.map(&mut up_to);
        frame_from_card.map(Point::new(
            0.5 + x / width + shift[0] + own[0],
            0.5 + y / height + shift[1] + own[1],
        ))
    })
}

/// The answer that moves the given corners to the right ones.
fn moves(given: Quad, right: Quad) -> Option<[f32; refiner::VALUES]> {
    let [from, to] = [given, Quad::UNIT].map(|quad| quad.corners.map(|p| (p.x, p.y)));
    let unit_from_frame = Projection::from_control_points(from, to)?;
    let mut moves = [0.0; refiner::VALUES];
    let corners = right.corners.into_iter().zip(Quad::UNIT.corners);
    for (moves, (corner, unit)) in moves.chunks_mut(2).zip(corners) {
        let (x, y) = unit_from_frame * (corner.x, corner.y);
        moves.copy_from_slice(&[(x - unit.x) / MOVE_UNIT, (y - unit.y) / MOVE_UNIT]);
    }
    moves.iter().all(|value| value.is_finite()).then_some(moves)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::LocatorRecipe;
    use common::locate::refiner::refined;
    use rand::SeedableRng;
    use renderer::scene::pose::CardPose;

    const RECIPE: RefinerRecipe = LocatorRecipe::DEFAULT.refiner;

    #[test]
    fn the_right_answer_leads_to_the_right_corners() {
        let mut rng = Pcg64::seed_from_u64(3);
        for rotation_degrees in [0.0, 50.0, 200.0] {
            let pose = CardPose {
                centre_in_frame: Point::new(90.0, 80.0),
                height_pixels: 70.0,
                rotation_degrees,
                tilt_degrees: 25.0,
                tilt_toward_degrees: 10.0,
            };
            let right = pose.corners_in_frame();
            let given = wrong_corners(right, &RECIPE.largest_error, 1.0, &mut rng);
            let found = refined(given, &moves(given, right).unwrap());
            assert!(found.largest_corner_distance(right) < 0.01);
            assert!(given.largest_corner_distance(right) > 1.0);
        }
    }

    #[test]
    fn a_batch_has_as_many_examples_as_the_recipe_asks_for() {
        let stock = Stock::draw(8, 128, 4, 1);
        let mut recipe = RECIPE;
        recipe.optimization.batch_size = 12;
        let batch = RefinerBatch::compose(&stock, &recipe, 5, 0);
        let pixels = 3 * (refiner::SIDE as usize).pow(2);
        assert_eq!(batch.pixels.len(), 12 * pixels);
        assert_eq!((batch.moves.len(), batch.weights.len()), (12 * refiner::VALUES, 12));
        assert_eq!(batch.pixels, RefinerBatch::compose(&stock, &recipe, 5, 0).pixels);
        assert_ne!(batch.pixels, RefinerBatch::compose(&stock, &recipe, 5, 1).pixels);
    }
}
