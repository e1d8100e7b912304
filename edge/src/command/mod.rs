//! One file per command of the program.

mod bench;
mod check_config;
mod classify;
mod dark;
mod doctor;
mod replay;
mod run;
mod run_feed;
mod sources;
mod status;
mod watch;

use std::process::ExitCode;

use crate::cli::{Cli, Command};

/// Runs the command of a command line. Returns failure if the command did its work and found
/// something wrong.
///
/// # Errors
/// The command cannot do its work.
pub fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    match &cli.command {
        Command::Run(args) => run::run(args),
        Command::Record(args) => run::run(&args.as_run()),
        Command::Replay(args) => replay::run(args),
        Command::Classify(args) => classify::run(args),
        Command::Bench(args) => bench::run(args),
        Command::CheckConfig { file } => check_config::run(file),
        Command::Doctor(args) => doctor::run(args),
        Command::Status(args) => status::run(args),
        Command::Watch(args) => watch::run(args),
        Command::Dark { config } => dark::run(config),
    }
}
