//! One file for each command of the program: it reads the options, calls the library, and prints.

pub mod add_self_test;
pub mod check_data;
pub mod crops;
pub mod evaluate;
pub mod export;
pub mod render;
pub mod summary;
#[cfg(feature = "torch")]
pub mod train;
#[cfg(not(feature = "torch"))]
#[path = "train_without_torch.rs"]
pub mod train;
pub mod train_locator;

/// The error of a command, or of a part of it, that needs libtorch.
///
/// # Errors
/// Always.
#[cfg(not(feature = "torch"))]
pub(crate) fn needs_libtorch(what: &str) -> anyhow::Result<()> {
    anyhow::bail!(
        "{what} needs libtorch, and this trainer was built without it; build it with \
         `cargo build --release -p trainer`, which includes the feature \"torch\""
    )
}
