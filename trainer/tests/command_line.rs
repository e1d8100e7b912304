//! The trainer's program with folders and disks that it can't use.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod drawn;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const TRAINER: &str = env!("CARGO_BIN_EXE_trainer");

/// Draws two classes of four images.
fn draw_data_set(root: &Path) {
    drawn::draw_data_set(root, &["ace of clubs", "joker"], 4);
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[cfg(not(feature = "torch"))]
#[test]
fn commands_that_train_say_that_this_build_has_no_libtorch() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["train", "train-locator"] {
        let output = Command::new(TRAINER).arg(command).current_dir(&folder).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{command}");
        assert!(text(&output).contains("libtorch"), "{}", text(&output));
    }
}

#[test]
fn the_version_names_the_commit() {
    let output = Command::new(TRAINER).arg("--version").output().unwrap();
    let version = String::from_utf8(output.stdout).unwrap();
    assert!(version.starts_with(concat!("trainer ", env!("CARGO_PKG_VERSION"))), "{version}");
}

#[test]
fn the_summary_shows_both_networks_or_the_one_that_is_named() {
    let summary = |options: &[&str]| {
        let output = Command::new(TRAINER).arg("summary").args(options).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let both = summary(&[]);
    assert!(both.contains("26,224,949") && both.contains("1,533,741"), "{both}");
    let small = summary(&["--arch", "compact", "--side", "64"]);
    assert!(small.contains("24×32×32") && !small.contains("26,224,949"), "{small}");
}

#[cfg(feature = "torch")]
#[test]
fn a_missing_data_set_is_reported_with_its_remedies() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(TRAINER).current_dir(&folder).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = text(&output);
    for words in ["data/train", "Kaggle", "trainer render"] {
        assert!(text.contains(words), "{text}");
    }
}

#[cfg(feature = "torch")]
#[test]
fn broken_images_of_a_data_set_are_listed_before_training() {
    let folder = tempfile::tempdir().unwrap();
    draw_data_set(folder.path());
    fs::write(folder.path().join("joker/broken.jpg"), "x").unwrap();
    let out = folder.path().join("out");
    let data = ["--data", folder.path().to_str().unwrap(), "--out", out.to_str().unwrap()];
    let output = Command::new(TRAINER).args(data).args(["--arch", "compact"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("joker/broken.jpg"), "{}", text(&output));
}

#[cfg(feature = "torch")]
#[test]
fn a_run_uses_as_many_threads_as_it_is_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    draw_data_set(&data);
    let output = Command::new(TRAINER)
        .args(["--threads", "3", "--side", "32", "--epochs", "1", "--batch-size", "4"])
        .args(["--drawn-cards", "0", "--drawn-empty", "0", "--max-lost", "100"])
        .args(["--data", data.to_str().unwrap(), "--out", out.to_str().unwrap()])
        .output()
        .unwrap();
    let text = text(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("3 threads compute, and 3 make batches"), "{text}");
}

/// A limit on the size of files acts like a full disk.
#[cfg(feature = "torch")]
#[test]
fn a_full_disk_names_the_file_and_keeps_the_earlier_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    draw_data_set(&data);
    fs::create_dir(&out).unwrap();
    let checkpoint = out.join("best.safetensors");
    fs::write(&checkpoint, "the checkpoint of an earlier run").unwrap();
    // 100 blocks of 512 or 1024 bytes; without the trap the limit would kill the program.
    let script = "trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\"";
    let output = Command::new("sh")
        .args([
            "-c",
            script,
            TRAINER,
            "--arch",
            "compact",
            "--side",
            "32",
            "--epochs",
            "1",
            "--overwrite",
        ])
        .args(["--batch-size", "4", "--drawn-cards", "0", "--drawn-empty", "0"])
        .args(["--data", data.to_str().unwrap(), "--out", out.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("can't write the checkpoint"), "{}", text(&output));
    assert_eq!(fs::read(&checkpoint).unwrap(), b"the checkpoint of an earlier run");
    let left: Vec<_> = fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "the class map and the checkpoint, and no incomplete file: {left:?}");
}

#[test]
fn a_data_set_is_not_drawn_into_a_folder_with_files() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine.txt"), "x").unwrap();
    let output =
        Command::new(TRAINER).args(["render", folder.path().to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("not empty"), "{}", text(&output));
}

#[test]
fn check_data_names_each_problem() {
    let folder = tempfile::tempdir().unwrap();
    let (train, valid) = (folder.path().join("train"), folder.path().join("valid"));
    draw_data_set(&train);
    draw_data_set(&valid);
    fs::write(train.join("joker/broken.jpg"), "x").unwrap();
    fs::create_dir(train.join("ace of spaids")).unwrap();
    fs::copy(train.join("joker/0.png"), train.join("joker/again.png")).unwrap();
    fs::copy(train.join("joker/1.png"), train.join("ace of clubs/wrong.png")).unwrap();
    let output = Command::new(TRAINER).arg("check-data").args([&train, &valid]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout);
    for words in [
        "joker/broken.jpg",
        "did you mean \"ace of spades\"",
        "no images",
        "joker/again.png",
        "ace of clubs/wrong.png",
        "8 of 8", // Both parts hold the same images.
    ] {
        assert!(text.contains(words), "{words:?} in {text}");
    }
}

#[test]
fn check_data_accepts_a_good_data_set() {
    let folder = tempfile::tempdir().unwrap();
    draw_data_set(folder.path());
    let output = Command::new(TRAINER).arg("check-data").arg(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_closed_output_ends_a_command_quietly_and_a_full_one_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    draw_data_set(folder.path());
    let folder = folder.path().to_str().unwrap();
    for arguments in [&["check-data", folder][..], &["summary"], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let closed = Command::new(TRAINER).args(arguments).stdout(writer).output().unwrap();
        assert_eq!(closed.status.code(), Some(0), "{}", text(&closed));
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let full = Command::new(TRAINER).args(arguments).stdout(full).output().unwrap();
        assert_eq!(full.status.code(), Some(1), "{}", text(&full));
        assert!(text(&full).contains("can't write to the standard output"), "{}", text(&full));
    }
}

#[test]
fn the_parent_of_a_data_set_names_the_training_images() {
    let folder = tempfile::tempdir().unwrap();
    draw_data_set(&folder.path().join("valid"));
    draw_data_set(&folder.path().join("train"));
    let output = Command::new(TRAINER).arg("check-data").arg(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let expected = format!("did you mean {:?}?", folder.path().join("train"));
    assert!(text(&output).contains(&expected), "{}", text(&output));
}
