//! Writes what the device computes for each image of a folder, to be compared with
//! other programs: the network's input as OUT/NUMBER.png, and the logits as a JSON
//! array a line in OUT/logits.jsonl, images in order of their paths.
//! `cargo run --release -p common --example device_outputs -- MODEL FOLDER OUT`

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use common::image_file::{has_image_extension, read_image};
use common::model::Classifier;
use common::prepare::prepare;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, folder, out] = arguments.as_slice() else {
        return Err("name MODEL, FOLDER and OUT".into());
    };
    let classifier = Classifier::from_file(Path::new(model))?;
    let out = Path::new(out);
    std::fs::create_dir_all(out)?;
    let mut lines = BufWriter::new(File::create(out.join("logits.jsonl"))?);
    let mut paths = Vec::new();
    list(Path::new(folder), &mut paths)?;
    paths.sort();
    for (number, path) in paths.iter().enumerate() {
        let input = prepare(&read_image(path)?, classifier.info().side)?;
        input.save(out.join(format!("{number}.png")))?;
        let logits = classifier.logits(input.as_raw())?;
        writeln!(lines, "{}", serde_json::to_string(&logits)?)?;
    }
    Ok(())
}

fn list(folder: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, paths)?;
        } else if has_image_extension(&path) {
            paths.push(path);
        }
    }
    Ok(())
}
