//! `trainer train-locator` on drawn cards: a run that is stopped, resumed, and exported again.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::model::Locator;

/// A few steps on a few cards.
fn train_locator(out: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trainer"))
        .args(["train-locator", "--detector-steps", "2", "--refiner-steps", "2"])
        .args(["--drawn-cards", "10", "--side", "96", "--out", out.to_str().unwrap()])
        .args(more)
        .output()
        .unwrap()
}

#[test]
fn a_run_is_protected_resumed_and_exported_again() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let text = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();

    let first = train_locator(out, &[]);
    assert!(first.status.success(), "{}", text(&first));
    let model = out.join("locator.onnx");
    assert_eq!(Locator::from_file(&model).unwrap().info().side, 96);
    let trained = fs::read(&model).unwrap();

    let second = train_locator(out, &[]);
    assert_eq!(second.status.code(), Some(1));
    assert!(text(&second).contains("--resume"), "{}", text(&second));

    fs::remove_file(out.join("refiner-resume.safetensors")).unwrap();
    fs::remove_file(&model).unwrap();
    let resumed = train_locator(out, &["--resume"]);
    assert!(resumed.status.success(), "{}", text(&resumed));
    assert!(fs::read(&model).unwrap() == trained, "the same weights from the same seed");

    let exported = train_locator(out, &["--export-only", "--threshold", "0.25"]);
    assert!(exported.status.success(), "{}", text(&exported));
    assert_eq!(Locator::from_file(&model).unwrap().info().threshold, 0.25);
}
