//! `trainer evaluate`: measures a model file or a checkpoint on a folder of images.

use std::fmt::Write as _;

use common::output::print;
use serde_json::json;

use crate::cli::EvaluateArgs;
use crate::measure::figures::{EvaluationRequest, Figures};
use crate::measure::json::to_json;
use crate::measure::text::describe;

/// Runs the command.
///
/// # Errors
/// A file can't be read, or the model does not know a class of the data set.
pub fn run(args: &EvaluateArgs) -> anyhow::Result<()> {
    let figures = Figures::measure(&EvaluationRequest {
        model: &args.model,
        data: &args.data,
        held_out_of: args.held_out_of.as_deref(),
        against: args.against.as_deref(),
        apart_from: args.apart_from.as_deref(),
    })?;
    if args.json {
        let mut line = to_json(&figures)?;
        line["model"] = json!(args.model);
        line["data"] = json!(args.data);
        print(&format!("{line}\n"))?;
    } else {
        print(&text(args, &figures))?;
    }
    Ok(())
}

fn text(args: &EvaluateArgs, figures: &Figures) -> String {
    let mut text = describe(&figures.measured, &figures.paths);
    if let (Some(scores), Some(root)) = (figures.similarity, &args.apart_from) {
        // Writing to a string can't fail.
        let _ = writeln!(text, "images with a similar one in {root:?}: {}", scores.similar);
        let _ = writeln!(text, "images without a similar one: {}", scores.distinct);
    }
    if let (Some(parity), Some(path)) = (&figures.parity, &args.against) {
        let _ = writeln!(
            text,
            "compared with {path:?}: {} answers differ, and logits by at most {:.6}",
            parity.changed, parity.largest_difference
        );
    }
    text
}
