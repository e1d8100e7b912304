//! `trainer train` in a build without libtorch.

use crate::cli::TrainArgs;

/// Refuses to train.
///
/// # Errors
/// Always.
pub fn run(_args: &TrainArgs) -> anyhow::Result<()> {
    super::needs_libtorch("training")
}
