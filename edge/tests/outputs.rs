//! `cardsight` with outputs that are closed or full, and with folders of every kind of file.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::process::{Command, Output, Stdio};

use common::Card;
use renderer::sample::draw_sample;

fn cardsight(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardsight"));
    command.args(arguments).stderr(Stdio::piped());
    command
}

/// Runs the program with a pipe as its output that nobody reads.
fn with_closed_output(arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    cardsight(arguments).stdout(writer).output().unwrap()
}

/// Runs the program with an output on which no space is left.
fn with_full_output(arguments: &[&str]) -> Output {
    let full = File::options().write(true).open("/dev/full").unwrap();
    cardsight(arguments).stdout(full).output().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_closed_output_ends_every_command_quietly_and_a_full_one_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (image, config, status) = (path("a.png"), path("a.toml"), path("status.json"));
    fs::write(&status, "{\"healthy\": true}").unwrap();
    draw_sample(Card::Joker, 1, 160).save(&image).unwrap();
    fs::write(&config, "leds = \"off\"\n").unwrap();
    let [image, config, status] = [&image, &config, &status].map(|path| path.to_str().unwrap());
    let commands: [&[&str]; 11] = [
        &["doctor", "--config", config],
        &["check-config", config],
        &["status", "--file", status],
        &["status", "--json", "--file", status],
        &["bench", "--repeat", "1", image],
        &["bench", "--repeat", "1", "--json", image],
        &["classify", image],
        &["classify", "--json", image],
        &["run", "--leds", "off", "--json", "--frames", "9"],
        &["run", "--leds", "panel", "--frames", "9"],
        &["--help"],
    ];
    for command in commands {
        let closed = with_closed_output(command);
        assert_eq!(closed.status.code(), Some(0), "{command:?}: {}", errors(&closed));
        assert!(!errors(&closed).contains("error"), "{command:?}: {}", errors(&closed));
        let full = with_full_output(command);
        assert_eq!(full.status.code(), Some(1), "{command:?}: {}", errors(&full));
        let text = errors(&full);
        assert!(text.contains("error: can't") && text.contains("No space left"), "{text}");
    }
}

#[test]
fn errors_that_nobody_reads_do_not_change_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("a.png");
    fs::write(&image, "not an image").unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = cardsight(&["classify", image.to_str().unwrap()]).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(1));
}

#[test]
fn a_folder_of_every_kind_of_file_is_read_and_the_rest_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let card = draw_sample(Card::Joker, 1, 160);
    for name in ["a.png", "b.webp", "c.gif", "d.bmp"] {
        card.save(path(name)).unwrap();
    }
    for name in ["._a.png", "e.heic", "f.heic", "g.HEIC"] {
        fs::write(path(name), "x").unwrap();
    }
    for name in ["__MACOSX", ".ipynb_checkpoints"] {
        fs::create_dir(path(name)).unwrap();
        fs::write(path(name).join("a.png"), "x").unwrap();
    }
    symlink(folder.path(), path("again")).unwrap();
    let folder = folder.path().to_str().unwrap();
    let output = cardsight(&["classify", "--threshold", "0", folder]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(text.ends_with("4 named, 0 unsure, 0 without a card, 0 not readable\n"), "{text}");
    assert!(errors(&output).contains("3 files skipped: .heic"), "{}", errors(&output));
}

#[test]
fn a_fifo_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("a.png");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let fifo = fifo.to_str().unwrap();
    for command in [
        &["classify", fifo][..],
        &["classify", "--model", fifo, "a.png"],
        &["run", "--source", fifo],
        &["run", "--config", fifo],
        &["bench", fifo],
        &["check-config", fifo],
        &["doctor", "--config", fifo],
        &["status", "--file", fifo],
    ] {
        let output = cardsight(command).output().unwrap();
        let text = [output.stdout.clone(), output.stderr.clone()].concat();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(output.status.code(), Some(1), "{command:?}: {text}");
        assert!(text.contains("not a regular file"), "{command:?}: {text}");
    }
}
