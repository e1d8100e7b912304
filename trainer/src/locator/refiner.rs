//! Training the network that sees one card: cards of composed scenes, with corners that are
//! off as the first network's are.

use std::ops::Range;
use std::sync::Arc;

use common::Corners;
use common::corners::is_convex;
use common::locate::refiner::{self, MOVE_UNIT, UNIT, closeup};
use common::rectify::FrameFromUnit;
use imageproc::geometric_transformations::Projection;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use tch::{Device, Kind, Tensor};

use crate::arch::Layer;
use crate::input::normalized_pixels;
use crate::locator::layers;
use crate::locator::scene::{Scene, SceneCard, compose, frame_size};
use crate::locator::stock::Stock;
use crate::locator::task::{Loss, Task};
use crate::network::Network;

/// Examples from one scene: composing costs more than looking closely.
const FROM_SCENE: usize = 12;

/// Edges of squares of as many pixels as the scenes have.
const SCENE_SIDES: Range<u32> = 160..320;

/// Share of a card that must be seen for its corners to be worth learning.
const LEAST_VISIBLE: f32 = 0.25;

/// Share of the cards that are drawn, where there are real ones too: images of real cards
/// often have a rim around the card, which blurs what its edge is.
const DRAWN_SHARE: f64 = 0.8;

/// Share of the examples that are second and third looks, which are off by little.
const LATER_LOOKS: f64 = 0.5;

/// How far first and later looks are off, over the most that any is.
const FIRST: Range<f32> = 0.3..1.0;
const LATER: Range<f32> = 0.02..0.3;

/// Cards, and how far their corners are off.
#[derive(Debug)]
pub struct RefinerTask {
    pub stock: Arc<Stock>,
}

/// Several examples.
#[derive(Debug)]
pub struct Closeups {
    /// `[N, SIDE, SIDE, 3]`
    pixels: Vec<u8>,
    /// `[N, VALUES]`
    moves: Vec<f32>,
    /// `[N]`: how much each counts.
    weights: Vec<f32>,
}

struct Example {
    pixels: Vec<u8>,
    moves: [f32; refiner::VALUES],
    weight: f32,
}

impl Task for RefinerTask {
    type Batch = Closeups;

    const NAME: &str = "close";

    fn layers(&self) -> Vec<Layer> {
        layers::close()
    }

    fn batch(&self, count: usize, seed: u64) -> Closeups {
        let some = |number: usize| {
            let mut rng = Pcg64::seed_from_u64(seed.rotate_left(16) ^ (number as u64 + 1));
            self.examples_of_scene(&mut rng)
        };
        let scenes = (0..count.div_ceil(FROM_SCENE)).into_par_iter().map(some);
        let mut examples: Vec<Example> = scenes.flatten_iter().collect();
        examples.truncate(count);
        Closeups {
            pixels: examples.iter().flat_map(|example| &example.pixels).copied().collect(),
            moves: examples.iter().flat_map(|example| example.moves).collect(),
            weights: examples.iter().map(|example| example.weight).collect(),
        }
    }

    fn loss(&self, network: &Network, batch: &Closeups, kind: Kind, device: Device) -> Loss {
        let pixels = normalized_pixels(&batch.pixels, [refiner::SIDE; 2], kind, device);
        let answer = network.forward(&pixels, true).to_kind(Kind::Float);
        let wanted = Tensor::from_slice(&batch.moves).view(answer.size().as_slice());
        let weights = Tensor::from_slice(&batch.weights).to_device(device);
        let off =
            (answer - wanted.to_device(device)).abs().mean_dim([1].as_slice(), false, Kind::Float);
        let total = (off * &weights).sum(Kind::Float) / weights.sum(Kind::Float).clamp_min(1.0);
        let off = total.double_value(&[]) * f64::from(MOVE_UNIT);
        Loss { total, told: vec![("corners, shares of an edge", off)] }
    }
}

impl RefinerTask {
    /// [`FROM_SCENE`] examples.
    fn examples_of_scene(&self, rng: &mut Pcg64) -> Vec<Example> {
        let mut examples = Vec::new();
        while examples.is_empty() {
            let size = frame_size(rng.random_range(SCENE_SIDES), rng);
            let scene = compose(&self.stock, size, DRAWN_SHARE, rng);
            let is_lesson = |card: &&SceneCard| card.is_exact && card.visible >= LEAST_VISIBLE;
            let seen: Vec<_> = scene.cards.iter().filter(is_lesson).collect();
            if !seen.is_empty() {
                let card = |i: usize| seen[i % seen.len()];
                examples.extend((0..FROM_SCENE).filter_map(|i| {
                    let card = card(i);
                    example(&scene, &card.corners, 0.3 + 0.7 * card.visible, rng)
                }));
            }
        }
        examples
    }
}

fn example(scene: &Scene, corners: &Corners, weight: f32, rng: &mut Pcg64) -> Option<Example> {
    let corners = match rng.random_bool(0.5) {
        true => *corners,
        // The same outline.
        false => [corners[2], corners[3], corners[0], corners[1]],
    };
    let range = if rng.random_bool(LATER_LOOKS) { LATER } else { FIRST };
    let share = rng.random_range(range);
    let given = off(&corners, share, rng);
    let moves = moves(&given, &corners).filter(|_| is_convex(&given))?;
    Some(Example { pixels: closeup(&scene.image, &given).into_raw(), moves, weight })
}

/// Corners that are off as a whole and each by itself, in the card's own plane.
fn off(corners: &Corners, share: f32, rng: &mut Pcg64) -> Corners {
    let frame_from_card = FrameFromUnit::new(corners);
    let mut up_to = |most: f32| share * rng.random_range(-most..most);
    let shift = [up_to(0.13), up_to(0.1)];
    let scale = [1.0 + up_to(0.18), 1.0 + up_to(0.15)];
    let (sin, cos) = up_to(11.0).to_radians().sin_cos();
    // Width and height of a card over its height.
    let [width, height] = [renderer::deck::CARD_MM[0] / renderer::deck::CARD_MM[1], 1.0];
    UNIT.map(|[x, y]| {
        let [x, y] = [(x - 0.5) * scale[0] * width, (y - 0.5) * scale[1] * height];
        let [x, y] = [x * cos - y * sin, x * sin + y * cos];
        let own = [up_to(0.06), up_to(0.05)];
        frame_from_card
            .map([0.5 + x / width + shift[0] + own[0], 0.5 + y / height + shift[1] + own[1]])
    })
}

/// What the network should say of the given corners.
fn moves(given: &Corners, right: &Corners) -> Option<[f32; refiner::VALUES]> {
    let [from, to] = [given, &UNIT].map(|corners| corners.map(|[x, y]| (x, y)));
    let given_from_frame = Projection::from_control_points(from, to)?;
    let mut moves = [0.0; refiner::VALUES];
    for ((moves, [x, y]), unit) in moves.chunks_mut(2).zip(right).zip(UNIT) {
        let (u, v) = given_from_frame * (*x, *y);
        moves.copy_from_slice(&[(u - unit[0]) / MOVE_UNIT, (v - unit[1]) / MOVE_UNIT]);
    }
    moves.iter().all(|value| value.is_finite()).then_some(moves)
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::corners::distance;
    use common::locate::refiner::moved;
    use renderer::scene::place::Pose;

    #[test]
    fn the_right_answer_leads_to_the_right_corners() {
        let mut rng = Pcg64::seed_from_u64(3);
        for turn in [0.0, 50.0, 200.0] {
            let right = Pose::new([90.0, 80.0], 70.0, turn, 25.0, 10.0).corners_in_frame;
            let given = off(&right, 1.0, &mut rng);
            let moves = moves(&given, &right).unwrap();
            let found = moved(&given, &moves);
            assert!(found.iter().zip(&right).all(|(a, b)| distance(a, b) < 0.01));
            assert!(given.iter().zip(&right).any(|(a, b)| distance(a, b) > 1.0));
        }
    }

    #[test]
    fn a_batch_has_as_many_examples_as_asked_for() {
        let stock = Arc::new(Stock::new(8, 4, Vec::new(), Vec::new(), 1));
        let task = RefinerTask { stock };
        let batch = task.batch(12, 5);
        let pixels = 3 * (refiner::SIDE as usize).pow(2);
        assert_eq!(batch.pixels.len(), 12 * pixels);
        assert_eq!((batch.moves.len(), batch.weights.len()), (12 * refiner::VALUES, 12));
        assert_eq!(batch.pixels, task.batch(12, 5).pixels);
    }
}
