//! Why a convolution can't be made.

use crate::algorithm::Algorithm;
use crate::kernels::Kernels;

/// Why [`Convolution::new`](crate::Convolution::new) refuses its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConvolutionError {
    /// Only sides of 1 and 3 are implemented.
    #[error("a kernel of {kernel} by {kernel} pixels is not implemented; it must be 1 or 3")]
    Kernel { kernel: usize },
    /// Only strides of 1 and 2 are implemented.
    #[error("a stride of {stride} is not implemented; it must be 1 or 2")]
    Stride { stride: usize },
    /// A number of channels, rows or columns is 0.
    #[error("the number of {what} is 0; it must be at least 1")]
    Empty { what: &'static str },
    /// The sizes are so large that the number of values exceeds what a program can address.
    #[error("the sizes of the convolution are too large")]
    TooLarge,
    /// The weights or the bias have another length than the specification says.
    #[error("there are {found} values of {what}, where the specification says {expected}")]
    Length { what: &'static str, found: usize, expected: usize },
    /// This processor lacks the instructions of these kernels.
    #[error("this processor can't run the kernels {kernels:?}; Kernels::detect() chooses others")]
    Unavailable { kernels: Kernels },
    /// The algorithm can't compute a convolution with these numbers.
    #[error("the algorithm {algorithm:?} can't compute this convolution; Algorithm::Direct can")]
    Algorithm { algorithm: Algorithm },
}
