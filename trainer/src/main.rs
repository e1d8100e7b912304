//! The workstation program: see `trainer --help`.

use std::process::ExitCode;

use clap::Parser as _;
use common::error::one_line;
use trainer::cli::{Cli, Command};
use trainer::command;
use trainer::memory::keep_freed_memory;

// A direct dependency, so that build.rs learns where libtorch is.
use torch_sys as _;

fn main() -> ExitCode {
    let kept = keep_freed_memory();
    let level = env_logger::Env::default().default_filter_or("info");
    env_logger::Builder::from_env(level).format_target(false).init();
    if let Err(error) = kept {
        log::warn!("training will be slower: can't set up memory: {error}");
    }
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
        Command::TrainLocator(args) => command::train_locator::run(args)?,
        Command::Evaluate(args) => command::evaluate::run(args)?,
        Command::Export(args) => command::export::run(args)?,
        Command::Render(args) => command::render::run(args)?,
        Command::CheckData(args) => {
            if command::check_data::run(args)? {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
