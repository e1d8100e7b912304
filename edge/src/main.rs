//! The device program.

use std::process::ExitCode;

fn main() -> ExitCode {
    eprintln!("edge: not built yet");
    ExitCode::from(2)
}
