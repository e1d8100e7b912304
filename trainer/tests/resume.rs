//! A run that is killed and resumed ends like one that was never stopped.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod drawn;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use trainer::checkpoint::Checkpoint;
use trainer::run::history::History;

use drawn::draw_data_set;

const TRAINER: &str = env!("CARGO_BIN_EXE_trainer");
const EPOCHS: usize = 5;

/// A short run of the compact recipe, with dropout, averaging and drawn cards.
fn train(data: &Path, out: &Path) -> Command {
    let mut command = Command::new(TRAINER);
    command
        .args(["--arch", "compact", "--side", "32", "--batch-size", "8"])
        .args(["--drawn-cards", "16", "--drawn-empty", "4"])
        .args(["--epochs", &EPOCHS.to_string(), "--max-lost", "100"])
        .args(["--data", data.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    command
}

/// The history without the numbers that depend on the clock.
fn numbers(out: &Path) -> History {
    let json = fs::read_to_string(out.join("training_history.json")).unwrap();
    let history: History = serde_json::from_str(&json).unwrap();
    let timeless = Vec::new;
    History {
        seconds: timeless(),
        images_per_second: timeless(),
        waiting_share: timeless(),
        ..history
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_run_that_is_killed_after_each_epoch_ends_like_one_that_was_not() {
    let folder = tempfile::tempdir().unwrap();
    let [data, complete, killed] =
        ["data", "complete", "killed"].map(|name| folder.path().join(name));
    draw_data_set(&data, &["ace of clubs", "joker"], 20);
    let output = train(&data, &complete).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(numbers(&complete).len(), EPOCHS);

    // Each process trains one epoch more and is killed as soon as its state is on the disk.
    for done in 1..EPOCHS {
        let mut command = train(&data, &killed);
        if done > 1 {
            command.arg("--resume");
        }
        let mut child = command.stderr(std::process::Stdio::null()).spawn().unwrap();
        while !killed.join("training_history.json").exists() || numbers(&killed).len() < done {
            assert!(child.try_wait().unwrap().is_none(), "the run ended before it was killed");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let output = train(&data, &killed).arg("--resume").output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(numbers(&killed), numbers(&complete));
    let best = |out: &Path| Checkpoint::read(&out.join("best.safetensors")).unwrap();
    assert_eq!(best(&killed), best(&complete));
    let model = |out: &Path| fs::read(out.join("cardsight.onnx")).unwrap();
    assert!(model(&killed) == model(&complete), "the model files differ");
}

#[test]
fn an_earlier_run_is_only_replaced_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    draw_data_set(&data, &["ace of clubs", "joker"], 20);
    let output = train(&data, &out).arg("--resume").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("no stopped run"), "{}", text(&output));
    fs::create_dir(&out).unwrap();
    fs::write(out.join("best.safetensors"), "an earlier run").unwrap();
    let output = train(&data, &out).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    for words in ["--resume", "--overwrite", "--out"] {
        assert!(text(&output).contains(words), "{}", text(&output));
    }
    assert_eq!(fs::read(out.join("best.safetensors")).unwrap(), b"an earlier run");
}
