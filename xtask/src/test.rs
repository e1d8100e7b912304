//! `cargo xtask test`: all checks, then all tests that run on this machine.

use crate::check;
use crate::guide;
use crate::process::{Outcome, cargo, run};

/// Everything is built in the release profile, so that it is built once. cargo unites the features
/// of the crates that are selected, and another selection could build the network runtime once more;
/// common/Cargo.toml has dependencies that prevent this.
pub fn run_all() -> Outcome {
    check::run_checks(&[])?;
    run::<&str>("tests/package.sh", &[])?;
    run::<&str>("tests/push.sh", &[])?;
    cargo(&["test", "--locked", "--release", "--workspace"], &[])?;
    // The tests of the workspace have built the programs.
    guide::run()?;
    // The parts of the trainer that need no libtorch, on a machine that seems to have none.
    let without_torch = ["test", "--locked", "--release", "-p", "trainer", "--no-default-features"];
    cargo(&without_torch, &[("LIBTORCH", "/nonexistent")])
}
