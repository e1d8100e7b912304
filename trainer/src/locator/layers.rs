//! The layers of the locator's two networks.

use common::locate::detector_grid::CHANNELS;
use common::locate::refiner;

use crate::arch::{Conv, Layer, conv, linear, residual_stages};

/// Names the detector's last convolution, whose output is the grid.
pub(crate) const DETECTOR_HEAD: &str = "detector_grid";

/// The detector, the network that sees the frame: from normalised pixels `[N, 3, height, width]`
/// to the grid `[N, CHANNELS, height / 16, width / 16]` that
/// [`detector_grid`](common::locate::detector_grid) decodes.
///
/// Most blocks are at the coarse end, where one value sees a complete card.
pub fn detector_layers() -> Vec<Layer> {
    let (mut layers, outputs) = residual_stages("detector_", 16, &[(24, 1), (48, 2), (96, 4)]);
    let head = conv(DETECTOR_HEAD, outputs, CHANNELS, 1, 1);
    layers.push(Layer::Conv(Conv { bias: true, relu: false, ..head }));
    layers
}

/// The refiner, the network that sees one card: from normalised pixels `[N, 3, SIDE, SIDE]` to
/// the moves `[N, VALUES]` of the corners that [`refiner`] applies.
pub fn refiner_layers() -> Vec<Layer> {
    let (mut layers, outputs) = residual_stages("refiner_", 16, &[(24, 1), (48, 1), (96, 1)]);
    let values = (refiner::SIDE as usize / 16).pow(2) * outputs;
    layers.push(Layer::Flatten);
    layers.push(linear("refiner_moves", values, refiner::VALUES, false));
    layers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::NetworkCost;
    use crate::recipe::LocatorRecipe;
    use common::Size;
    use common::locate::detector_input::input_size;

    #[test]
    fn both_networks_together_cost_about_as_much_as_the_classifier() {
        let side = LocatorRecipe::DEFAULT.detector.side;
        let cost = |layers: &[Layer], size| NetworkCost::new(layers, size).multiply_adds();
        let frame = cost(&detector_layers(), input_size(Size::new(640, 480), side));
        let card = cost(&refiner_layers(), Size::square(refiner::SIDE));
        assert!(frame + 2 * card < 150_000_000, "{frame} and {card}");
    }
}
