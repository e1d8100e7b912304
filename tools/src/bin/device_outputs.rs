//! Writes the device's results for each image in a folder, so that `tools/compare.py` can compare
//! them with other programs: `cargo run --release -p tools --bin device_outputs -- MODEL FOLDER OUT`.
//!
//! The prepared input of each image becomes OUT/NUMBER.png, and the logits become one JSON array on
//! each line of OUT/logits.jsonl. The images are numbered in the order of their paths.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use common::image_file::read_image;
use common::image_folder::images_below;
use common::model::Classifier;
use common::prepare::prepare;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, folder, out] = arguments.as_slice() else {
        return Err("usage: device_outputs MODEL FOLDER OUT".into());
    };
    let classifier = Classifier::from_file(Path::new(model))?;
    let out = Path::new(out);
    std::fs::create_dir_all(out)?;
    let mut lines = BufWriter::new(File::create(out.join("logits.jsonl"))?);
    let (paths, skipped) = images_below(Path::new(folder))?;
    if !skipped.is_empty() {
        eprintln!("{skipped}");
    }
    for (number, path) in paths.iter().enumerate() {
        let input = prepare(&read_image(path)?, classifier.info().side)?;
        input.save(out.join(format!("{number}.png")))?;
        let logits = classifier.logits(input.as_raw())?;
        writeln!(lines, "{}", serde_json::to_string(&logits)?)?;
    }
    Ok(())
}
