//! The HTML page.

use common::Score;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::charts::{self, ChartError, Curve};
use super::gallery::GalleryImage;
use crate::measure::parity::Parity;
use crate::measure::tables::NamedScore;
use crate::measure::{Evaluation, ThresholdCounts};
use crate::run::history::History;
use crate::run::problem::Diagnosis;
use crate::summary::NetworkSummary;

/// Everything that the page shows.
#[derive(Debug)]
pub struct Report {
    /// The command line that started the run.
    pub command: String,
    /// Names and values of what was trained, and on what.
    pub facts: Vec<(&'static str, String)>,
    /// What each layer of the network computes and costs.
    pub network: NetworkSummary,
    pub history: History,
    /// The accuracy that the curve is compared with, if there is one.
    pub reference: Option<Reference>,
    pub diagnoses: Vec<Diagnosis>,
    pub parity: Parity,
    /// The figures of the int8 weights, run as on the device.
    pub measured: Evaluation,
    pub gallery: Vec<GalleryImage>,
}

/// An accuracy on held-out images to compare a run with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference {
    /// 0..1.
    pub accuracy: f64,
    /// Where the figure comes from; a noun phrase.
    pub description: &'static str,
}

const STYLE: &str = "
body { font: 15px/1.45 system-ui, sans-serif; color: #222; max-width: 1180px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.2rem }
pre { background: #f3f3f1; padding: .7rem; white-space: pre-wrap; word-break: break-all }
table { border-collapse: collapse } td, th { padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top; overflow-wrap: anywhere }
th { min-width: 5.5rem } #facts td { font-size: .9rem }
.row { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start } svg { max-width: 100%; height: auto }
figure { margin: 0; width: 132px } figure img { width: 132px; display: block } figcaption { font-size: .8rem }
#layers th { min-width: 0; padding-bottom: 0 } #layers td:nth-child(n+4), #layers th:nth-child(n+4) { text-align: right }
#layers tr:last-child { font-weight: bold; border-top: 1px solid #222 }
.problem { color: #a33 }
";

/// Gives the page as HTML.
///
/// # Errors
/// A chart can't be drawn.
pub fn render(report: &Report) -> Result<String, ChartError> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Cardsight training report" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Held-out images: " (report.measured.score) " right" }
                p {
                    "These images were not trained on. They were classified with int8 weights, as "
                    "on the device."
                }
                pre id="command" { (report.command) }
                (facts(report))
                (diagnosis(report))
                (curves(report)?)
                (accuracy(report)?)
                (gallery(report))
                (layers(&report.network))
            }
        }
    };
    Ok(page.into_string())
}

fn facts(report: &Report) -> Markup {
    html! {
        table id="facts" {
            @for (name, value) in &report.facts {
                tr { th { (name) } td { (value) } }
            }
        }
    }
}

fn diagnosis(report: &Report) -> Markup {
    html! {
        h2 { "Diagnosis" }
        @if report.diagnoses.is_empty() {
            p { "The diagnosis found no problem." }
        }
        ul id="diagnosis" {
            @for diagnosis in &report.diagnoses {
                li.problem { "From epoch " (diagnosis.epoch) ": " (diagnosis.problem) "." }
            }
        }
    }
}

fn curves(report: &Report) -> Result<Markup, ChartError> {
    let history = &report.history;
    let losses = pair_of_curves(&history.train_loss, &history.valid_loss);
    let highest = losses.iter().flat_map(|curve| curve.values).copied().fold(0.1, f64::max);
    let accuracies = pair_of_curves(&history.train_accuracy, &history.valid_accuracy);
    let rate = [Curve { name: "learning rate", values: &history.learning_rate }];
    let gradients = [Curve { name: "gradient norm", values: &history.gradient_norm }];
    let highest_norm = history.gradient_norm.iter().copied().fold(1e-9, f64::max);
    let highest_rate = history.learning_rate.iter().copied().fold(1e-9, f64::max);
    let reference = report.reference.map(|reference| reference.accuracy);
    Ok(html! {
        h2 { "Training" }
        div.row id="curves" {
            (PreEscaped(charts::curves("Loss", &losses, 0.0..highest, None)?))
            (PreEscaped(charts::curves("Accuracy", &accuracies, 0.0..1.0, reference)?))
            (PreEscaped(charts::curves("Learning rate", &rate, 0.0..1.05 * highest_rate, None)?))
            // A run that an earlier version began has no norms of its first epochs.
            @if history.gradient_norm.len() == history.len() {
                (PreEscaped(charts::curves(
                    "Norm of all gradients, before clipping",
                    &gradients,
                    0.0..1.05 * highest_norm,
                    None,
                )?))
            }
        }
        p {
            "Training images are changed at random, and held-out images are not."
            @if let Some(Reference { accuracy, description }) = report.reference {
                " The grey line is " (description) ", " (format!("{:.2} %", accuracy * 100.0)) "."
            }
        }
    })
}

fn pair_of_curves<'a>(train: &'a [f64], held_out: &'a [f64]) -> [Curve<'a>; 2] {
    [
        Curve { name: "training images", values: train },
        Curve { name: "held-out images", values: held_out },
    ]
}

fn accuracy(report: &Report) -> Result<Markup, ChartError> {
    let measured = &report.measured;
    Ok(html! {
        h2 { "Accuracy on held-out images" }
        (figures(measured, &report.parity))
        div.row {
            (shares("Rank", &measured.by_rank))
            (shares("Suit", &measured.by_suit))
        }
        h2 { "Calibration: accuracy against confidence" }
        div id="calibration" { (PreEscaped(charts::calibration(&measured.reliability)?)) }
        h2 { "Accuracy of each class" }
        div id="classes" { (PreEscaped(charts::class_bars(&measured.by_class)?)) }
        h2 { "Confusion matrix" }
        p {
            "Each row is a card that is shown, and each column an answer. The darker a cell, the "
            "larger its share of the row. Wrong answers are orange and have their number."
        }
        div id="confusion" { (PreEscaped(charts::confusion(measured)?)) }
    })
}

fn figures(measured: &Evaluation, parity: &Parity) -> Markup {
    let ThresholdCounts { right, wrong, unnamed } = measured.accepted;
    html! {
        table id="figures" {
            (figure("f32 weights", parity.f32))
            (figure("int8 weights", parity.int8))
            tr { th { "int8 compared with f32" } td {
                (parity.changed) " answers differ, and logits by at most "
                (format!("{:.4}", parity.largest_difference))
            } }
            (figure("right class among the three most likely", measured.top3))
            tr { th { "at the accept threshold " (format!("{:.3}", measured.accept_threshold)) } td {
                (right) " right, " (wrong) " wrong, " (unnamed) " not shown"
            } }
            tr { th { "expected calibration error" } td {
                (format!("{:.1} %", measured.reliability.expected_error * 100.0))
                " at temperature " (format!("{:.3}", measured.temperature))
            } }
        }
    }
}

fn figure(name: &str, score: Score) -> Markup {
    html! { tr { th { (name) } td { (score) } } }
}

fn shares(title: &str, table: &[NamedScore]) -> Markup {
    html! {
        @if !table.is_empty() {
            table {
                tr { th { (title) } th { "right answers" } }
                @for row in table {
                    tr { td { (row.name) } td {
                        (row.score.right) "/" (row.score.total)
                        (format!(" = {:.1} %", row.score.share() * 100.0))
                    } }
                }
            }
        }
    }
}

fn layers(network: &NetworkSummary) -> Markup {
    html! {
        h2 { "What each layer computes and costs" }
        p { (network.title) }
        table id="layers" {
            @for line in &network.header {
                tr { @for cell in line { th { (cell) } } }
            }
            @for row in network.rows.iter().chain([&network.total]) {
                tr { @for cell in row { td { (cell) } } }
            }
        }
        @for note in &network.notes {
            p { (note) }
        }
    }
}

fn gallery(report: &Report) -> Markup {
    html! {
        @if !report.gallery.is_empty() {
            h2 { "Most confident mistakes" }
            div.row id="mistakes" {
                @for image in &report.gallery {
                    figure {
                        img src=(image.url) alt=(image.class);
                        figcaption {
                            (image.class) br;
                            "classified as " (image.answer) ", " (image.percent)
                        }
                    }
                }
            }
        }
    }
}
