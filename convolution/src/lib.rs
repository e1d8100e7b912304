//! Two-dimensional convolutions of single-precision numbers for small networks, one image at a time.
//!
//! A [`Convolution`] is made once for a layer: it packs the weights for the processor that the
//! program runs on, and chooses between a direct convolution and Winograd's minimal filtering.
//! [`Convolution::run`] then adds the bias, adds another activation and applies ReLU in the same
//! pass. Activations are in a padded layout, which [`PaddedShape`] describes; [`write_pixels`] and
//! [`to_planes`] convert at the two ends of a network.
//!
//! The modules form layers. A module imports from those below it only:
//!
//! 1. [`convolution`]: a layer, ready to run
//! 2. [`direct`] and [`winograd`]: the algorithms, with their weights
//! 3. [`multiply`]: the inner loops of both
//! 4. [`pixels`] and [`planes`]: the ends of a network
//! 5. [`error`]
//! 6. [`algorithm`]: which algorithm computes a layer
//! 7. [`shape`], [`spec`], [`kernels`] and [`buffer`]

pub(crate) mod algorithm;
pub(crate) mod buffer;
pub(crate) mod convolution;
pub(crate) mod direct;
pub(crate) mod error;
pub(crate) mod kernels;
pub(crate) mod multiply;
pub(crate) mod pixels;
pub(crate) mod planes;
pub(crate) mod shape;
pub(crate) mod spec;
pub(crate) mod winograd;

pub use algorithm::Algorithm;
pub use buffer::{AlignedBuffer, Scratch};
pub use convolution::Convolution;
pub use error::ConvolutionError;
pub use kernels::Kernels;
pub use pixels::write_pixels;
pub use planes::{from_planes, to_planes};
pub use shape::PaddedShape;
pub use spec::ConvolutionSpec;
