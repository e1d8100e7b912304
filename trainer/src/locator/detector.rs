//! Training the network that sees the frame.

use std::sync::Arc;

use common::locate::detector_grid::{CHANNELS, OFFSET_UNIT, STRIDE, VALUES};
use rand::SeedableRng;
use rand_pcg::Pcg64;
use rayon::prelude::*;
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

use crate::arch::Layer;
use crate::input::normalized_pixels;
use crate::locator::layers;
use crate::locator::loss::GridLoss;
use crate::locator::scene::{compose, frame_size};
use crate::locator::stock::Stock;
use crate::locator::target::Target;
use crate::locator::task::{Loss, Task};
use crate::network::Network;

/// The logit of a card being at some place, before anything is learnt.
const RARE_LOGIT: f32 = -4.0;

/// Share of the cards that are drawn, where there are real ones too.
const DRAWN_SHARE: f64 = 0.35;

/// Scenes, and where their cards are.
#[derive(Debug)]
pub struct DetectorTask {
    pub stock: Arc<Stock>,
    /// Edge of a square of as many pixels as a scene has.
    pub side: u32,
}

/// Scenes of one shape, since a batch is one tensor.
#[derive(Debug)]
pub struct Scenes {
    size: [u32; 2],
    pixels: Vec<u8>,
    targets: Vec<Target>,
}

impl Task for DetectorTask {
    type Batch = Scenes;

    const NAME: &str = "whole";

    fn layers(&self) -> Vec<Layer> {
        layers::whole()
    }

    /// Begins with the answer that there is hardly a card anywhere. Otherwise the first steps
    /// learn only that, and Adam remembers their steep gradients for long.
    fn prepare(&self, weights: &VarStore) {
        let mut biases =
            weights.variables().remove("whole_grid.bn.bias").expect("the head has a BatchNorm");
        let values: Vec<f32> =
            (0..CHANNELS).map(|i| if i % VALUES == 0 { RARE_LOGIT } else { 0.0 }).collect();
        tch::no_grad(|| biases.copy_(&Tensor::from_slice(&values)));
    }

    fn batch(&self, count: usize, seed: u64) -> Scenes {
        let size = frame_size(self.side, &mut Pcg64::seed_from_u64(seed));
        let one = |number: usize| {
            let mut rng = Pcg64::seed_from_u64(seed.rotate_left(16) ^ (number as u64 + 1));
            let scene = compose(&self.stock, size, DRAWN_SHARE, &mut rng);
            let target = Target::new(&scene, size);
            (scene.image.into_raw(), target)
        };
        let (pixels, targets): (Vec<_>, Vec<_>) = (0..count).into_par_iter().map(one).unzip();
        Scenes { size, pixels: pixels.concat(), targets }
    }

    fn loss(&self, network: &Network, batch: &Scenes, kind: Kind, device: Device) -> Loss {
        let pixels = normalized_pixels(&batch.pixels, batch.size, kind, device);
        let answer = network.forward(&pixels, true).to_kind(Kind::Float);
        let [wanted, weights] = stacked(batch).map(|tensor| tensor.to_device(device));
        let loss = GridLoss::new(&answer, &wanted, &weights);
        let [heat, corners] = [&loss.heat, &loss.corners].map(|part| part.double_value(&[]));
        let told = vec![("heat", heat), ("corners, pixels", corners * f64::from(OFFSET_UNIT))];
        Loss { total: loss.total(), told }
    }
}

/// `[N, CHANNELS, h, w]` and `[N, CHANNELS / VALUES, h, w]`.
fn stacked(Scenes { size, targets, .. }: &Scenes) -> [Tensor; 2] {
    let [columns, rows] = size.map(|edge| i64::from(edge) / STRIDE as i64);
    let stack = |values: Vec<f32>, channels: usize| {
        Tensor::from_slice(&values).view([targets.len() as i64, channels as i64, rows, columns])
    };
    let wanted = targets.iter().flat_map(|target| &target.wanted).copied().collect();
    let weights = targets.iter().flat_map(|target| &target.weights).copied().collect();
    [stack(wanted, CHANNELS), stack(weights, CHANNELS / VALUES)]
}
