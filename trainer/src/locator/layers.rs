//! The locator's network.

use common::locate::grid::CHANNELS;

use crate::arch::{Conv, Layer, conv, residual_stages};

/// `[N, 3, side, side]` normalised pixels in, `[N, CHANNELS, side / 16, side / 16]` out:
/// what [`grid`](common::locate::grid) reads.
///
/// Most blocks are at the coarse end, where they see a whole card at once.
pub fn layers() -> Vec<Layer> {
    let (mut layers, outputs) = residual_stages(16, &[(24, 1), (48, 2), (96, 4)]);
    let head = conv("grid", outputs, CHANNELS, 1, 1);
    layers.push(Layer::Conv(Conv { bias: true, relu: false, ..head }));
    layers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::multiply_adds;
    use crate::locator::SIDE;

    #[test]
    fn it_costs_about_as_much_as_the_classifier() {
        assert!(multiply_adds(&layers(), SIDE) < 170_000_000);
    }
}
