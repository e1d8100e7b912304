//! `cardsight record` and `replay`, with a script in place of `rpicam-vid`.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::Card;
use renderer::deck::Style;
use renderer::scene::{SceneOptions, draw_scene};

/// Sends an empty table, then a card for ever, about ten times a second.
const RPICAM_VID: &str = "#!/bin/sh
cd \"$(dirname \"$0\")\"
for _ in 1 2 3 4 5; do cat table.jpg; sleep 0.1; done
while cat card.jpg; do sleep 0.1; done
";

/// A folder with the script and its pictures.
fn camera() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let options =
        SceneOptions { style: Some(Style::classic()), texture: Some(0), ..SceneOptions::default() };
    let card: Card = "nine of hearts".parse().unwrap();
    for (name, cards) in [("table.jpg", vec![]), ("card.jpg", vec![card])] {
        let path = folder.path().join(name);
        draw_scene(&cards, &options, 3).image.save(path).unwrap();
    }
    let script = folder.path().join("rpicam-vid");
    fs::write(&script, RPICAM_VID).unwrap();
    fs::set_permissions(&script, Permissions::from_mode(0o755)).unwrap();
    folder
}

fn cardsight(camera: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardsight"));
    let path = format!("{}:{}", camera.display(), std::env::var("PATH").unwrap());
    command.env("PATH", path).env("RUST_LOG", "info");
    command
}

fn start(camera: &Path, arguments: &[&str]) -> Child {
    let mut command = cardsight(camera);
    command.args(arguments).args(["--source", "rpicam:0", "--leds", "off", "--json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn wait_seen(child: &mut Child) {
    let events = BufReader::new(child.stdout.as_mut().unwrap());
    assert!(events.lines().any(|line| line.unwrap().contains("\"seen\"")));
}

fn send(signal: &str, child: &Child) {
    let status = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
    assert!(status.unwrap().success());
}

fn recordings(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "tar")).collect();
    paths.sort();
    paths
}

fn wait_recording(child: &mut Child, folder: &Path) {
    let begun = Instant::now();
    while recordings(folder).is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(60), "SIGUSR1 saves");
        assert!(child.try_wait().unwrap().is_none(), "the program goes on");
    }
}

fn replay(camera: &Path, file: &Path, options: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } =
        cardsight(camera).arg("replay").arg(file).args(options).output().unwrap();
    let text = String::from_utf8(stdout).unwrap() + &String::from_utf8_lossy(&stderr);
    (status.code(), text)
}

#[test]
fn a_recording_repeats_what_was_decided() {
    let (camera, folder) = (camera(), tempfile::tempdir().unwrap());
    let out = folder.path().join("recordings");
    let mut child = start(camera.path(), &["record", "--out", out.to_str().unwrap()]);
    wait_seen(&mut child);
    send("USR1", &child);
    wait_recording(&mut child, &out);
    send("INT", &child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let saved = recordings(&out);
    assert_eq!(saved.len(), 2, "{saved:?}");
    for file in &saved {
        let (code, text) = replay(camera.path(), file, &[]);
        assert!(code == Some(0) && text.contains("all as recorded"), "{text}");
        assert!(text.contains("of rpicam:0"), "{text}");
    }
    let (code, text) = replay(camera.path(), &saved[1], &["--mode", "full"]);
    assert!(code == Some(1) && text.contains("recorded seen with"), "{text}");
    // Nothing is left of a recording that was being written.
    assert_eq!(fs::read_dir(&out).unwrap().count(), 2);
}

#[test]
fn the_service_saves_into_the_configured_folder() {
    let (camera, folder) = (camera(), tempfile::tempdir().unwrap());
    let config = folder.path().join("cardsight.toml");
    let text = format!("[record]\nfolder = {:?}\nmegabytes = 4\n", folder.path().join("kept"));
    fs::write(&config, text).unwrap();
    let mut child = start(camera.path(), &["run", "--config", config.to_str().unwrap()]);
    wait_seen(&mut child);
    send("USR1", &child);
    wait_recording(&mut child, &folder.path().join("kept"));
    send("INT", &child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(recordings(&folder.path().join("kept")).len(), 1, "the end saves nothing");
}

#[test]
fn without_a_recording_the_signal_is_answered_and_the_run_goes_on() {
    let camera = camera();
    let mut child = start(camera.path(), &["run"]);
    wait_seen(&mut child);
    send("USR1", &child);
    let warnings = BufReader::new(child.stderr.as_mut().unwrap());
    assert!(warnings.lines().any(|line| line.unwrap().contains("set record.folder")));
    send("INT", &child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn what_can_not_be_recorded_or_repeated_is_named() {
    let camera = camera();
    let demo = cardsight(camera.path()).args(["record", "--source", "demo"]).output().unwrap();
    let error = String::from_utf8_lossy(&demo.stderr).into_owned();
    assert_eq!(demo.status.code(), Some(1), "{error}");
    assert!(error.contains("only cameras"), "{error}");
    let (code, error) = replay(camera.path(), &camera.path().join("card.jpg"), &[]);
    assert!(code == Some(1) && error.contains("not a recording"), "{error}");
}
