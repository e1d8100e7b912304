//! The program `cardsight`: see `cardsight --help`.

use std::process::ExitCode;

use clap::Parser as _;
use common::output::{end_after_answer, end_with};
use edge::cli::Cli;

fn main() -> ExitCode {
    let level = env_logger::Env::default().default_filter_or("info");
    env_logger::Builder::from_env(level).format_target(false).init();
    match Cli::try_parse() {
        Ok(cli) => edge::command::run(&cli).unwrap_or_else(|error| end_with(&*error)),
        Err(answer) => end_after_answer(answer.print(), answer.exit_code()),
    }
}
