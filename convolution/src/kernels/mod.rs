//! The vector instructions of each kind of processor.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
pub(crate) mod simd;
pub(crate) mod strided;

use portable::Portable;
use simd::{Simd, Task};

/// The set of instructions that a convolution uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kernels {
    /// Safe code for every processor, and the reference for the others.
    Portable,
    /// AVX2 and FMA on x86-64.
    Avx2,
    /// NEON, which every 64-bit ARM processor has.
    Neon,
}

impl Kernels {
    /// All sets, the fastest first.
    pub const ALL: [Self; 3] = [Self::Avx2, Self::Neon, Self::Portable];

    /// The fastest set that this processor can run.
    pub fn detect() -> Self {
        let available = Self::ALL.into_iter().find(|kernels| kernels.is_available());
        available.unwrap_or(Self::Portable)
    }

    /// Whether this processor can run the set.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            Self::Avx2 => has_avx2(),
            Self::Neon => cfg!(target_arch = "aarch64"),
        }
    }

    /// Runs `task` with this set, or with the portable one where the processor lacks it.
    pub(crate) fn run<T: Task>(self, task: T) -> T::Output {
        #[cfg(target_arch = "x86_64")]
        if let (Self::Avx2, Some(simd)) = (self, avx2::Avx2::new()) {
            return simd.vectorize(task);
        }
        #[cfg(target_arch = "aarch64")]
        if self == Self::Neon {
            return neon::Neon.vectorize(task);
        }
        Portable.vectorize(task)
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    avx2::Avx2::new().is_some()
}

#[cfg(not(target_arch = "x86_64"))]
const fn has_avx2() -> bool {
    false
}
