//! `cardsight run` with a video file, as its users run it. Needs ffmpeg.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::{Command, Output};

use renderer::deck::Style;
use renderer::scene::{SceneOptions, draw_scene};
use serde_json::Value;

/// Draws a clip: a second of the empty table, then of a card, then of the empty table.
fn draw_clip(folder: &Path) {
    let options = SceneOptions {
        style: Some(Style::classic()),
        texture: Some(0),
        ..SceneOptions::close_up()
    };
    let card = "nine of hearts".parse().unwrap();
    let show = [vec![], vec![card], vec![]];
    for (number, cards) in show.iter().flat_map(|cards| std::iter::repeat_n(cards, 10)).enumerate()
    {
        let scene = draw_scene(cards, &options, 1);
        scene.image.save(folder.join(format!("{number:02}.png"))).unwrap();
    }
    let images = folder.join("%02d.png");
    let status = Command::new("ffmpeg")
        .args(["-loglevel", "error", "-framerate", "10", "-i", images.to_str().unwrap()])
        .args(["-codec:v", "mpeg4", "-q:v", "2", folder.join("clip.mp4").to_str().unwrap()])
        .status()
        .expect("tests/requirements.sh installs ffmpeg");
    assert!(status.success());
}

fn run(folder: &Path, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cardsight"))
        .args(["run", "--mode", "full", "--leds", "off", "--json", "--source"])
        .arg(folder.join("clip.mp4"))
        .args(options)
        .output()
        .unwrap()
}

fn events(output: &Output) -> Vec<String> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let event = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        event["card"].as_str().or(event["state"].as_str()).unwrap().to_owned()
    };
    text.lines().map(event).collect()
}

#[test]
fn a_clip_is_played_until_its_end_at_either_pace() {
    let folder = tempfile::tempdir().unwrap();
    draw_clip(folder.path());
    for pace in ["clip", "fast"] {
        let output = run(folder.path(), &["--pace", pace]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(events(&output), ["searching", "nine of hearts", "searching"], "{pace}");
    }
}

#[test]
fn a_clip_that_is_missing_or_damaged_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let missing = run(folder.path(), &[]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("can't read the video"));
    std::fs::write(folder.path().join("clip.mp4"), "no video").unwrap();
    for pace in ["clip", "fast"] {
        let damaged = run(folder.path(), &["--pace", pace]);
        let error = String::from_utf8_lossy(&damaged.stderr).into_owned();
        assert_eq!(damaged.status.code(), Some(1), "{error}");
        assert!(error.contains("can't be played") && error.contains("Invalid data"), "{error}");
    }
}

#[test]
fn without_ffmpeg_the_message_says_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("clip.mp4");
    std::fs::write(&clip, "").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_cardsight"))
        .args(["run", "--leds", "off", "--source", clip.to_str().unwrap()])
        .env("PATH", "/no/such/folder")
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("sudo apt install ffmpeg"), "{error}");
}
