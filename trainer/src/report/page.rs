//! The page.

use common::Score;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Report;
use super::charts::{self, ChartError, Curve};
use crate::measure::Accepted;
use crate::measure::tables::Named;

const STYLE: &str = "
body { font: 15px/1.45 system-ui, sans-serif; color: #222; max-width: 1180px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.2rem }
pre { background: #f3f3f1; padding: .7rem; white-space: pre-wrap; word-break: break-all }
table { border-collapse: collapse } td, th { padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top; overflow-wrap: anywhere }
th { min-width: 5.5rem } #facts td { font-size: .9rem }
.row { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start } svg { max-width: 100%; height: auto }
figure { margin: 0; width: 132px } figure img { width: 132px; display: block } figcaption { font-size: .8rem }
.problem { color: #a33 }
";

/// Writes the page as HTML.
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
                h1 { "Held out: " (report.measured.score) }
                p { "Named with int8 weights on the device's own path." }
                pre id="command" { (report.command) }
                (facts(report))
                (diagnosis(report))
                (curves(report)?)
                (accuracy(report)?)
                (gallery(report))
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
        @if report.findings.is_empty() {
            p { "No problem was seen." }
        }
        ul id="diagnosis" {
            @for finding in &report.findings {
                li.problem { "From epoch " (finding.epoch) ": " (finding.problem) "." }
            }
        }
    }
}

fn curves(report: &Report) -> Result<Markup, ChartError> {
    let history = &report.history;
    let curve = |name, values| Curve { name, values };
    let losses = [curve("train", &history.train_loss), curve("held out", &history.valid_loss)];
    let highest = losses.iter().flat_map(|curve| curve.values).copied().fold(0.1, f64::max);
    let accuracies =
        [curve("train", &history.train_accuracy), curve("held out", &history.valid_accuracy)];
    let rate = [curve("learning rate", &history.learning_rate)];
    let highest_rate = history.learning_rate.iter().copied().fold(1e-9, f64::max);
    let reference = report.reference.map(|(accuracy, _)| accuracy);
    Ok(html! {
        h2 { "Training" }
        div.row id="curves" {
            (PreEscaped(charts::curves("Loss", &losses, 0.0..highest, None)?))
            (PreEscaped(charts::curves("Accuracy", &accuracies, 0.0..1.0, reference)?))
            (PreEscaped(charts::curves("Learning rate", &rate, 0.0..1.05 * highest_rate, None)?))
        }
        p {
            "Training images are changed at random, held-out ones are not."
            @if let Some((accuracy, whose)) = report.reference {
                " The grey line: " (format!("{:.2} %", accuracy * 100.0)) ", " (whose) "."
            }
        }
    })
}

fn accuracy(report: &Report) -> Result<Markup, ChartError> {
    let measured = &report.measured;
    let Accepted { right, wrong, unnamed } = measured.accepted;
    let parity = &report.parity;
    Ok(html! {
        h2 { "Held-out images" }
        table id="figures" {
            (figure("f32", parity.f32))
            (figure("int8", parity.int8))
            tr { th { "int8 against f32" } td {
                (parity.changed) " answers changed, logits by at most "
                (format!("{:.4}", parity.largest_difference))
            } }
            (figure("right among the three likeliest", measured.top3))
            tr { th { "at the accept threshold " (format!("{:.3}", measured.accept_threshold)) } td {
                (right) " right, " (wrong) " wrong, " (unnamed) " not named"
            } }
            tr { th { "calibration error" } td {
                (format!("{:.1} %", measured.reliability.expected_error * 100.0))
                " at temperature " (format!("{:.3}", measured.temperature))
            } }
        }
        div.row {
            (shares("Ranks", &measured.by_rank))
            (shares("Suits", &measured.by_suit))
        }
        h2 { "Calibration" }
        div id="calibration" { (PreEscaped(charts::calibration(&measured.reliability)?)) }
        h2 { "Classes" }
        div id="classes" { (PreEscaped(charts::class_bars(&measured.by_class)?)) }
        h2 { "Shown (rows) and named (columns)" }
        div id="confusion" { (PreEscaped(charts::confusion(measured)?)) }
    })
}

fn figure(name: &str, score: Score) -> Markup {
    html! { tr { th { (name) } td { (score) } } }
}

fn shares(title: &str, table: &[Named]) -> Markup {
    html! {
        @if !table.is_empty() {
            table {
                tr { th { (title) } th { "read rightly" } }
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

fn gallery(report: &Report) -> Markup {
    html! {
        @if !report.gallery.is_empty() {
            h2 { "Surest mistakes" }
            div.row id="mistakes" {
                @for image in &report.gallery {
                    figure {
                        img src=(image.url) alt=(image.shown);
                        figcaption { (image.shown) br; "named " (image.named) ", " (image.percent) }
                    }
                }
            }
        }
    }
}
