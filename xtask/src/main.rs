//! The project's task runner: `cargo xtask TASK`, an alias in `.cargo/config.toml`.
//!
//! It is a program of the workspace and not a `justfile` because it needs no further tool:
//! whoever can build the project can run its tasks, and the check of imports, which is a
//! program in any case, is a task like the others. It has no dependencies, so that it is
//! built in seconds.

mod check;
mod dependencies;
mod guide;
mod imports;
mod process;
mod test;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask TASK

  check [NAME…]    everything that can be judged without a test; or only the checks that are
                   named: fmt, scripts, imports, imports-strict, dependencies, clippy, docs
  test             all checks and all tests that need no ARM program, as in tests/run.sh
  guide            the commands of docs/guide.md, in small; with --no-build, with the programs
                   that were built last
  deb [OPTION…]    the Debian package for 64-bit ARM: deploy/build-deb.sh
  arm64 [OPTION…]  the unit tests as ARM programs in an emulator: tests/arm64.sh
  device [OPTION…] the package on a virtual device: tests/device/run.sh

One test alone is cargo's own work: cargo test --release -p edge NAME; CONTRIBUTING.md has more.";

fn main() -> ExitCode {
    // cargo sets the variable for the program that it runs, too.
    let own_folder = std::env::var("CARGO_MANIFEST_DIR")
        .unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    let workspace = Path::new(&own_folder).parent().unwrap_or(Path::new("."));
    if let Err(error) = std::env::set_current_dir(workspace) {
        eprintln!("xtask: can't enter {}: {error}", workspace.display());
        return ExitCode::FAILURE;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((task, options)) = arguments.split_first() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let outcome = match task.as_str() {
        "check" => check::run_checks(options),
        "test" if options.is_empty() => test::run_all(),
        "guide" if options.is_empty() => guide::build_and_run(),
        "guide" if options == ["--no-build"] => guide::run(),
        "deb" => process::run("deploy/build-deb.sh", options),
        "arm64" => process::run("tests/arm64.sh", options),
        "device" => process::run("tests/device/run.sh", options),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
