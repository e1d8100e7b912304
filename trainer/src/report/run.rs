//! From a run that came to its end to its report.

use std::path::Path;

use anyhow::Context as _;

use super::gallery::gallery;
use super::{Report, page};
use crate::arch::{self, Arch};
use crate::atomic::write_atomically;
use crate::command::export::ExportOutcome;
use crate::fit::{TrainingData, TrainingOutcome};
use crate::loader::Batch;
use crate::recipe::Recipe;

/// What the document that this project started from says of its network after 50 epochs.
const DOCUMENTED: (f64, &str) = (0.9358, "what is documented for this network after 50 epochs");

/// Writes `report.html` of a run; `images` mistakes are shown in it.
///
/// # Errors
/// The file can't be written.
pub fn write(
    path: &Path,
    command: String,
    recipe: &Recipe,
    data: &TrainingData,
    fitted: &TrainingOutcome,
    exported: &ExportOutcome,
    images: usize,
) -> anyhow::Result<()> {
    let inputs: Vec<&[u8]> = data.valid.iter().flat_map(Batch::images).map(|(p, _)| p).collect();
    let report = Report {
        command,
        facts: facts(recipe, data, fitted, exported),
        history: fitted.progress.history.clone(),
        reference: (recipe.arch == Arch::Baseline).then_some(DOCUMENTED),
        findings: fitted.progress.findings.clone(),
        parity: exported.parity.clone(),
        measured: exported.measured.clone(),
        gallery: gallery(&exported.measured, images, recipe.side, |index| inputs[index]),
    };
    let html = page::render(&report)?;
    write_atomically(path, html.as_bytes()).with_context(|| format!("can't write {path:?}"))?;
    log::info!("wrote {path:?}: open it in a browser");
    Ok(())
}

fn facts(
    recipe: &Recipe,
    data: &TrainingData,
    fitted: &TrainingOutcome,
    exported: &ExportOutcome,
) -> Vec<(&'static str, String)> {
    let layers = recipe.layers(data.classes.len());
    let history = &fitted.progress.history;
    let best = history.valid_accuracy.iter().copied().fold(0.0, f64::max);
    let best_epoch = history.valid_accuracy.iter().position(|&a| a == best).map_or(0, |i| i + 1);
    let minutes = history.seconds.iter().sum::<f64>() / 60.0;
    let (side, classes) = (recipe.side, data.classes.len());
    let grouped = if recipe.group_duplicates { ", near-duplicates on one side" } else { "" };
    vec![
        (
            "network",
            format!(
                "{}: {} parameters, {:.0} million multiply-adds at {side}×{side}",
                recipe.arch.name(),
                arch::parameters(&layers),
                arch::multiply_adds(&layers, [side; 2]) as f64 / 1e6
            ),
        ),
        ("int8 file", format!("{} bytes", exported.bytes)),
        (
            "images",
            format!(
                "{} to train on, {} held out (seed {}{grouped}), {classes} classes",
                data.train.images.len(),
                fitted.best.valid.total,
                recipe.seed
            ),
        ),
        (
            "drawn in each epoch",
            format!("{} cards, {} empty tables", data.train.drawn_cards, data.train.drawn_empty),
        ),
        ("epochs", format!("{} in {minutes:.0} minutes; the best was {best_epoch}", history.len())),
        ("recipe", serde_json::to_string(recipe).unwrap_or_default()),
    ]
}
