//! A checkpoint that libtorch runs as in training.

use std::path::Path;

use anyhow::Context as _;
use common::{ClassMap, Size};
use image::RgbImage;
use tch::nn::VarStore;
use tch::{Device, Kind};

use crate::checkpoint::Checkpoint;
use crate::torch::network::TorchNetwork;
use crate::torch::tensors::{into_store, normalized_pixels};

/// A network with the weights of a checkpoint, on the CPU.
#[derive(Debug)]
pub struct CheckpointModel {
    checkpoint: Checkpoint,
    network: TorchNetwork,
}

impl CheckpointModel {
    /// Reads a checkpoint.
    ///
    /// # Errors
    /// The file can't be read or is damaged.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let checkpoint = Checkpoint::read(path)?;
        let store = VarStore::new(Device::Cpu);
        let layers = checkpoint.arch.layers(checkpoint.side, checkpoint.classes.len());
        let network = TorchNetwork::new(&store.root(), &layers);
        into_store(&checkpoint.weights, &store)
            .with_context(|| format!("can't use the weights of {path:?}"))?;
        Ok(Self { checkpoint, network })
    }

    /// The classes that the network knows, in the order of its logits.
    pub fn classes(&self) -> &ClassMap {
        &self.checkpoint.classes
    }

    /// Width and height of the network's input in pixels.
    pub fn side(&self) -> u32 {
        self.checkpoint.side
    }

    /// The logits of one prepared image.
    ///
    /// # Errors
    /// libtorch gives a result that is not f32.
    pub fn logits(&self, image: &RgbImage) -> anyhow::Result<Vec<f32>> {
        let size = Size::of_image(image);
        let input = normalized_pixels(image.as_raw(), size, Kind::Float, Device::Cpu);
        let logits = tch::no_grad(|| self.network.forward(&input, false));
        Ok(Vec::try_from(logits.flatten(0, -1))?)
    }
}
