//! The device program: see `cardsight --help`.

use std::process::ExitCode;

use clap::Parser as _;
use common::error::one_line;
use edge::cli::{Cli, Command};
use edge::command;

fn main() -> ExitCode {
    let level = env_logger::Env::default().default_filter_or("info");
    env_logger::Builder::from_env(level).format_target(false).init();
    match run(&Cli::parse()) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", one_line(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    match &cli.command {
        Command::Run(args) => command::run::run(args),
        Command::Classify(args) => command::classify::run(args),
        Command::Bench(args) => command::bench::run(args),
        Command::CheckConfig { file } => command::check_config::run(file),
        Command::Doctor(args) => command::doctor::run(args),
        Command::Dark { config } => command::dark::run(config),
    }
}

/// Whoever read our output has had enough, as `head` does: that is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let causes = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    causes.into_iter().any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}
