//! Writes the report of a training run.

use std::io;
use std::path::{Path, PathBuf};

use common::Size;
use common::atomic::write_atomically;

use super::charts::ChartError;
use super::gallery::gallery;
use super::page::{self, Reference, Report};
use crate::arch::Arch;
use crate::cost::NetworkCost;
use crate::export::model_files::ExportOutcome;
use crate::recipe::Recipe;
use crate::run::history::History;
use crate::run::progress::RunOutcome;
use crate::summary::NetworkSummary;
use crate::tasks::classifier::data::TrainingData;

/// The accuracy that the description of the baseline network states for it.
const BASELINE_REFERENCE: Reference = Reference {
    accuracy: 0.9358,
    description: "the published accuracy of this network after 50 epochs",
};

/// A report that can't be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error(transparent)]
    Chart(#[from] ChartError),
    #[error("can't write {path:?}")]
    Write { path: PathBuf, source: io::Error },
}

/// A training run that has ended.
#[derive(Clone, Copy, Debug)]
pub struct RunSummary<'a> {
    /// The command line that started the run.
    pub command: &'a str,
    pub recipe: &'a Recipe,
    pub data: &'a TrainingData,
    pub outcome: &'a RunOutcome,
    pub export: &'a ExportOutcome,
}

/// Writes `report.html` of a run to `path`. It shows at most `gallery_size` mistakes as images.
///
/// # Errors
/// A chart can't be drawn, or the file can't be written.
pub fn write(path: &Path, run: &RunSummary<'_>, gallery_size: usize) -> Result<(), ReportError> {
    let measured = &run.export.measured;
    let report = Report {
        command: run.command.to_owned(),
        facts: facts(run),
        network: NetworkSummary::new(run.recipe, run.data.classes.len()),
        history: run.outcome.history.clone(),
        reference: (run.recipe.arch == Arch::Baseline).then_some(BASELINE_REFERENCE),
        diagnoses: run.outcome.diagnoses.clone(),
        parity: run.export.parity.clone(),
        measured: measured.clone(),
        gallery: gallery(measured, gallery_size, &run.data.valid.images),
    };
    let html = page::render(&report)?;
    write_atomically(path, html.as_bytes())
        .map_err(|source| ReportError::Write { path: path.to_owned(), source })?;
    log::info!("wrote {path:?}: open it in a browser");
    Ok(())
}

/// Names and values of what was trained, and on what.
fn facts(run: &RunSummary<'_>) -> Vec<(&'static str, String)> {
    let RunSummary { recipe, data, .. } = *run;
    let classes = data.classes.len();
    let cost = NetworkCost::new(&recipe.layers(classes), Size::square(recipe.side));
    let network = format!(
        "{}: {} parameters, {:.0} million multiply-adds at {side}×{side} pixels",
        recipe.arch.name(),
        cost.parameters(),
        cost.multiply_adds() as f64 / 1e6,
        side = recipe.side,
    );
    let grouped =
        if recipe.group_duplicates { ", near-duplicates on one side of the split" } else { "" };
    let images = format!(
        "{} to train on, {} held out (seed {}{grouped}), {classes} classes",
        data.images.len(),
        data.valid.images.len(),
        recipe.seed,
    );
    let (cards, tables) = (data.drawn_cards(recipe), recipe.drawn_empty);
    let drawn = format!("{cards} cards, {tables} empty tables");
    vec![
        ("network", network),
        ("int8 file", format!("{} bytes", run.export.bytes)),
        ("images", images),
        ("drawn in each epoch", drawn),
        ("epochs", epochs(&run.outcome.history)),
        ("recipe", serde_json::to_string(recipe).unwrap_or_default()),
    ]
}

fn epochs(history: &History) -> String {
    let minutes = history.seconds.iter().sum::<f64>() / 60.0;
    let best = history.valid_accuracy.iter().copied().fold(0.0, f64::max);
    let best_index = history.valid_accuracy.iter().position(|&accuracy| accuracy == best);
    let best_epoch = best_index.map_or(0, |index| index + 1);
    format!("{} in {minutes:.0} minutes; epoch {best_epoch} was the best", history.len())
}
