//! The workstation program: see `trainer --help`.

use std::process::ExitCode;

use common::output::end_with;
use trainer::cli::{TrainerCli, TrainerCommand, help};
use trainer::command;
use trainer::environment::apply_settings;

// A direct dependency, so that build.rs learns where libtorch is.
#[cfg(feature = "torch")]
use torch_sys as _;

fn main() -> ExitCode {
    let settings = apply_settings();
    let level = env_logger::Env::default().default_filter_or("info");
    env_logger::Builder::from_env(level).format_target(false).init();
    if let Err(error) = settings {
        log::warn!("training will be slower because the program can't start itself again: {error}");
    }
    let cli = match help::parse() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    match run(&cli) {
        Ok(code) => code,
        Err(error) => end_with(&*error),
    }
}

fn run(cli: &TrainerCli) -> anyhow::Result<ExitCode> {
    match &cli.command {
        None => command::train::run(&cli.train)?,
        Some(TrainerCommand::Train(args)) => command::train::run(args)?,
        Some(TrainerCommand::TrainLocator(args)) => command::train_locator::run(args)?,
        Some(TrainerCommand::Evaluate(args)) => command::evaluate::run(args)?,
        Some(TrainerCommand::Export(args)) => command::export::run(args)?,
        Some(TrainerCommand::AddSelfTest(args)) => command::add_self_test::run(args)?,
        Some(TrainerCommand::Summary(args)) => command::summary::run(args)?,
        Some(TrainerCommand::Render(args)) => command::render::run(args)?,
        Some(TrainerCommand::Crops(args)) => command::crops::run(args)?,
        Some(TrainerCommand::CheckData(args)) => {
            if command::check_data::run(args)? {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
