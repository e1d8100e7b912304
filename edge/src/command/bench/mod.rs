//! `cardsight bench`: the time of each stage on this machine.
//!
//! - [`images`]: what is recognised
//! - [`measure`]: the rounds, and the times of each stage in them
//! - [`report`]: the figures, as a table or as JSON

mod images;
mod measure;
mod report;

use std::process::ExitCode;

use common::model::Engine;
use common::output::print;

use crate::cli::BenchArgs;
use crate::command::bench::images::Images;
use crate::command::bench::measure::{Rounds, measure_round, name_cards};
use crate::command::bench::report::Report;
use crate::recognize::{ModelFiles, Recognizer};
use crate::util::elapsed::timed;
use crate::util::memory::peak_memory_mebibytes;

/// Measures the stages over several rounds and prints the result.
pub(super) fn run(args: &BenchArgs) -> anyhow::Result<ExitCode> {
    let models = args.settings()?.models;
    let (recognizer, load) = timed(|| Recognizer::open(&models));
    let recognizer = recognizer?;
    let images = Images::open(args.path.as_deref(), &recognizer)?;
    // The first round warms up.
    let cards = name_cards(&recognizer, &images)?;
    // Later, the memory would also hold the recognizer for comparison.
    let peak_memory_mebibytes = peak_memory_mebibytes();
    let compared = args.against_tract.then(|| open_compared(args, &images)).transpose()?;
    let mut rounds = Rounds::default();
    let mut compared_rounds = Rounds::default();
    for _ in 0..args.repeat {
        rounds.push(measure_round(&recognizer, &images)?);
        if let Some(compared) = &compared {
            compared_rounds.push(measure_round(compared, &images)?);
        }
    }
    let report = Report {
        load,
        frames: images.len(),
        cards,
        peak_memory_mebibytes,
        rounds,
        compared_rounds: compared.is_some().then_some(compared_rounds),
    };
    let text = if args.json { format!("{}\n", report.to_json()) } else { report.to_text() };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Opens the same networks with tract's own operators, and warms them up.
fn open_compared(args: &BenchArgs, images: &Images) -> anyhow::Result<Recognizer> {
    let models = ModelFiles { engine: Engine::Tract, ..args.settings()?.models };
    let recognizer = Recognizer::open(&models)?;
    name_cards(&recognizer, images)?;
    Ok(recognizer)
}
