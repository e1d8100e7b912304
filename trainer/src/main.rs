//! The workstation program: see `trainer --help`.

use std::process::ExitCode;

use clap::Parser as _;
use common::error::one_line;
use trainer::cli::{Cli, Command};
use trainer::command;

// A direct dependency, so that build.rs learns where libtorch is.
use torch_sys as _;

/// The person asked for something that this version can't do.
const MISUSED: u8 = 2;

fn main() -> ExitCode {
    let level = env_logger::Env::default().default_filter_or("info");
    env_logger::Builder::from_env(level).format_target(false).init();
    match run(&Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", one_line(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    match cli.command.as_ref().unwrap_or(&Command::Train(Box::new(cli.train.clone()))) {
        Command::Train(args) => command::train::run(args)?,
        Command::Evaluate(args) => command::evaluate::run(args)?,
        Command::Export(args) => command::export::run(args)?,
        Command::Render(args) => command::render::run(args)?,
        Command::CheckData { .. } => {
            eprintln!("error: check-data is not built yet; training itself names broken pictures");
            return Ok(ExitCode::from(MISUSED));
        }
    }
    Ok(ExitCode::SUCCESS)
}
