//! The workstation program.

use std::process::ExitCode;

fn main() -> ExitCode {
    eprintln!("trainer: not built yet");
    ExitCode::from(2)
}
