//! Compares numbers of the classifier by which wrong answers could be rejected:
//! `cargo run --release -p tools --bin rejection -- PHOTOS`
//!
//! PHOTOS holds photographs and their `labels.jsonl`. The classifier names every outline that the
//! locator finds in them. For each number, the program prints the share of pairs of a right and a
//! wrong answer in which the right answer has the higher number.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use common::geometry::Quad;
use common::image_file::read_image;
use common::model::classifier::most_likely;
use common::model::{Classifier, Locator};
use common::rectify::rectify;
use serde_json::Value;

/// The names of the [`numbers`], in their order.
const NUMBERS: [&str; 4] =
    ["calibrated confidence", "largest logit", "margin to the second", "energy (log-sum-exp)"];

fn main() -> anyhow::Result<()> {
    let folder = std::env::args().nth(1).context("usage: rejection PHOTOS")?;
    let folder = Path::new(&folder);
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
    let locator = Locator::from_file(&models.join("locator.onnx"))?;
    let classifier = Classifier::from_file(&models.join("cardsight.onnx"))?;
    let (side, temperature) = (classifier.info().side, classifier.info().temperature);
    let names = classifier.info().classes.names();
    let labels = folder.join("labels.jsonl");
    let labels = fs::read_to_string(&labels).with_context(|| format!("can't read {labels:?}"))?;
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for line in labels.lines() {
        let photo: Value = serde_json::from_str(line)?;
        let file = photo["file"].as_str().context("a line of labels.jsonl has no \"file\"")?;
        let image = read_image(&folder.join(file))?;
        for outline in locator.locate(&image)? {
            let logits = classifier.logits(rectify(&image, outline, side).as_raw())?;
            let name = &names[most_likely(&logits, temperature).class];
            let answers = if is_right(&photo, outline, name) { &mut right } else { &mut wrong };
            answers.push(numbers(&logits, temperature));
        }
    }
    println!("{} right answers, {} wrong answers", right.len(), wrong.len());
    let pairs = (right.len() * wrong.len()).max(1);
    for (i, name) in NUMBERS.into_iter().enumerate() {
        let more: usize = right.iter().map(|a| wrong.iter().filter(|b| a[i] > b[i]).count()).sum();
        println!("{name}: {:.2} %", 100.0 * more as f64 / pairs as f64);
    }
    Ok(())
}

/// The compared numbers of an answer.
fn numbers(logits: &[f32], temperature: f32) -> [f32; 4] {
    let mut sorted = logits.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let sum: f32 = sorted.iter().map(|logit| (logit - sorted[0]).exp()).sum();
    let confidence = most_likely(logits, temperature).confidence;
    [confidence, sorted[0], sorted[0] - sorted[1], sorted[0] + sum.ln()]
}

/// Whether the photograph has a card of this name whose box contains the centre of the outline.
fn is_right(photo: &Value, outline: Quad, name: &str) -> bool {
    let centre = outline.centre();
    let (x, y) = (f64::from(centre.x), f64::from(centre.y));
    let cards = photo["cards"].as_array().into_iter().flatten();
    cards.filter(|card| card["card"] == name).any(|card| {
        let edge = |i: usize| card["box"][i].as_f64().unwrap_or(f64::NAN);
        (edge(0)..=edge(2)).contains(&x) && (edge(1)..=edge(3)).contains(&y)
    })
}
