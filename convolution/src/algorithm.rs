//! Which algorithm computes a layer.

use crate::shape::PaddedShape;
use crate::spec::ConvolutionSpec;

const MEGABYTE: usize = 1 << 20;

/// With fewer tiles, each weight is read for too few multiplications.
const LEAST_TILES: usize = 4;

/// How a convolution is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Each output is the sum of all inputs below the kernel.
    Direct,
    /// Winograd's minimal filtering with tiles of 2 by 2 outputs: 16 multiplications for each tile
    /// and pair of channels, where the direct convolution needs 36.
    Winograd2,
    /// The same with tiles of 4 by 4 outputs: 36 multiplications in place of 144.
    Winograd4,
}

impl Algorithm {
    pub const ALL: [Self; 3] = [Self::Direct, Self::Winograd2, Self::Winograd4];

    /// The fastest algorithm for a layer with this output.
    ///
    /// The rule is measured, on one core of a Zen 3 processor with AVX2, in microseconds a layer:
    ///
    /// | channels, output | direct | 2 by 2 | 4 by 4 |
    /// |---|---|---|---|
    /// | 24, 48x36 | 209 | 175 | **117** |
    /// | 24, 16x16 | 31 | 24 | **16** |
    /// | 32, 40x40 | 317 | 228 | **152** |
    /// | 48, 24x18 | 194 | 122 | **86** |
    /// | 48, 8x8 | 28 | 17 | **12** |
    /// | 64, 20x20 | 324 | 189 | **155** |
    /// | 96, 12x9 | 206 | 144 | **142** |
    /// | 96, 4x4 | 29 | **17** | 30 |
    /// | 128, 10x10 | 342 | **200** | 233 |
    /// | 256, 5x5 | 478 | **475** | 844 |
    ///
    /// Larger tiles need fewer multiplications and more weights. Beyond a megabyte, which is the
    /// whole second-level cache of small processors, reading the weights takes as long as the
    /// multiplications that they save. The limits also bound the memory that weights need.
    pub fn choose(spec: &ConvolutionSpec, output: PaddedShape) -> Self {
        let is_worth = |algorithm: Self, outputs: usize, most_bytes: usize| {
            let tiles = output.height.div_ceil(outputs) * output.width.div_ceil(outputs);
            let points = (outputs + 2) * (outputs + 2);
            let bytes = points * spec.inputs * spec.outputs * size_of::<f32>();
            algorithm.is_possible(spec) && tiles >= LEAST_TILES && bytes <= most_bytes
        };
        if is_worth(Self::Winograd4, 4, MEGABYTE) {
            Self::Winograd4
        } else if is_worth(Self::Winograd2, 2, 2 * MEGABYTE) {
            Self::Winograd2
        } else {
            Self::Direct
        }
    }

    /// Winograd's minimal filtering is implemented for kernels of 3 by 3 pixels, a stride of 1,
    /// and more than 4 input and output channels.
    pub const fn is_possible(self, spec: &ConvolutionSpec) -> bool {
        let is_large = spec.inputs > 4 && spec.outputs > 4;
        matches!(self, Self::Direct) || (spec.kernel == 3 && spec.stride == 1 && is_large)
    }
}
