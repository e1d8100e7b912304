//! The program `cardsight-gateway`: see `cardsight-gateway --help`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use gateway::config::Config;

/// Show what a running cardsight sees on a web page, and offer it as metrics for Prometheus
#[derive(Debug, Parser)]
#[command(name = "cardsight-gateway", version)]
struct Cli {
    /// Configuration file; without it, the defaults are used
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Explain the configuration, or report what is wrong with it, and end
    #[arg(long)]
    check_config: bool,
}

fn main() -> ExitCode {
    let level = env_logger::Env::default().default_filter_or("info");
    env_logger::Builder::from_env(level).format_target(false).init();
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    let config = cli.config.as_deref().map_or_else(|| Ok(Config::default()), Config::read)?;
    if cli.check_config {
        println!("{}", config.explanation());
        return Ok(());
    }
    gateway::run::run(config)
}
