//! The figures as JSON for programs.

use serde_json::{Value, json};

use super::figures::Figures;

/// The figures as one JSON object. It has the fields of [`Evaluation`](super::Evaluation),
/// `interval` (the 95 % interval of the score, 0..1) and the `file` of each mistake; with a
/// comparison data set `with_one_alike` and `without` (the scores of images with and without a
/// similar one), and with another model `changed` and `largest_logit_difference`.
///
/// # Errors
/// A figure can't be represented in JSON.
pub fn to_json(figures: &Figures) -> serde_json::Result<Value> {
    let measured = &figures.measured;
    let mut object = serde_json::to_value(measured)?;
    object["interval"] = json!(measured.score.interval());
    let mistakes = object["mistakes"].as_array_mut();
    for (value, mistake) in mistakes.into_iter().flatten().zip(&measured.mistakes) {
        value["file"] = json!(figures.paths.get(mistake.image));
    }
    if let Some(scores) = &figures.similarity {
        object["with_one_alike"] = json!(scores.similar);
        object["without"] = json!(scores.distinct);
    }
    if let Some(parity) = &figures.parity {
        object["changed"] = json!(parity.changed);
        object["largest_logit_difference"] = json!(parity.largest_difference);
    }
    Ok(object)
}
