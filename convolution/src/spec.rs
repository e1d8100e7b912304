//! What a convolution computes.

/// A convolution with square kernels, padded with zeros by half the kernel on each side.
///
/// The output has `ceil(height / stride)` rows and `ceil(width / stride)` columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConvolutionSpec {
    /// The number of input channels, at least 1.
    pub inputs: usize,
    /// The number of output channels, at least 1.
    pub outputs: usize,
    /// The side of the kernel in pixels: 1 or 3.
    pub kernel: usize,
    /// The distance between the places that the kernel is applied to, in pixels: 1 or 2.
    pub stride: usize,
    /// Whether negative results become zero. A result that is not a number stays one.
    pub relu: bool,
}

impl ConvolutionSpec {
    /// The number of weights: `outputs * inputs * kernel * kernel`.
    pub const fn weights(&self) -> usize {
        self.outputs * self.inputs * self.kernel * self.kernel
    }
}
