//! The locator's two networks.

use common::locate::detector_grid::CHANNELS;
use common::locate::refiner;

use crate::arch::{Conv, Layer, conv, linear, residual_stages};

/// The network that sees the frame: `[N, 3, height, width]` normalised pixels in,
/// `[N, CHANNELS, height / 16, width / 16]` out, what [`grid`](common::locate::detector_grid) reads.
///
/// Most blocks are at the coarse end, where they see a whole card at once.
pub fn whole() -> Vec<Layer> {
    let (mut layers, outputs) = residual_stages("whole_", 16, &[(24, 1), (48, 2), (96, 4)]);
    let head = conv("whole_grid", outputs, CHANNELS, 1, 1);
    layers.push(Layer::Conv(Conv { bias: true, relu: false, ..head }));
    layers
}

/// The network that sees one card: `[N, 3, SIDE, SIDE]` normalised pixels in, `[N, VALUES]`
/// out, what [`closeup`] reads.
pub fn close() -> Vec<Layer> {
    let (mut layers, outputs) = residual_stages("close_", 16, &[(24, 1), (48, 1), (96, 1)]);
    let last = (refiner::SIDE as usize / 16).pow(2) * outputs;
    layers.push(Layer::Flatten);
    layers.push(linear("close_moves", last, refiner::VALUES, false));
    layers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::multiply_adds;
    use crate::export::{Storage, to_onnx};
    use crate::locator::SIDE;
    use crate::network::Network;
    use crate::weights::from_store;
    use common::locate::detector_input::input_size;
    use common::model::{Locator, LocatorInfo};
    use image::RgbImage;
    use tch::Device;
    use tch::nn::VarStore;

    #[test]
    fn they_cost_about_as_much_as_the_classifier() {
        let frame = multiply_adds(&whole(), input_size(640, 480, SIDE));
        let card = multiply_adds(&close(), [refiner::SIDE; 2]);
        assert!(frame + 2 * card < 150_000_000, "{frame} and {card}");
    }

    #[test]
    fn the_exported_networks_run_as_on_the_device() {
        let store = VarStore::new(Device::Cpu);
        let networks = [whole(), close()];
        for layers in &networks {
            Network::new(&store.root(), layers);
        }
        let weights = from_store(&store);
        let info = LocatorInfo {
            side: 96,
            threshold: 0.0,
            accept_threshold: 0.0,
            weights: Storage::Int8.name().to_owned(),
            data_fingerprint: "none".to_owned(),
            seed: 0,
            project_version: "0".to_owned(),
        };
        let bytes =
            to_onnx(&networks.map(|layers| (layers, &weights)), Storage::Int8, &info).unwrap();
        let locator = Locator::from_bytes(&bytes, "untrained").unwrap();
        assert_eq!(locator.info(), &info);
        for (width, height) in [(64, 48), (48, 64), (500, 20)] {
            assert!(locator.locate(&RgbImage::new(width, height)).is_ok());
        }
    }
}
