//! The program `cardsight`, run as its users run it.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Card, Quad};
use renderer::deck::Style;
use renderer::scene::{SceneOptions, draw_scene};
use serde_json::Value;
use signal_hook::consts::{SIGINT, SIGTERM};

fn cardsight() -> Command {
    Command::new(env!("CARGO_BIN_EXE_cardsight"))
}

#[test]
fn the_demo_names_cards_and_a_signal_ends_it_with_the_leds_off() {
    for signal in [SIGINT, SIGTERM] {
        let mut child = cardsight()
            .args(["run", "--source", "demo", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let events = BufReader::new(child.stdout.take().unwrap());
        let seen = events.lines().find(|line| line.as_ref().unwrap().contains("\"seen\"")).unwrap();
        let seen: Value = serde_json::from_str(&seen.unwrap()).unwrap();
        assert!(seen["card"].as_str().unwrap().parse::<Card>().is_ok(), "{seen}");

        let sent = Instant::now();
        let kill = ["-s", &signal.to_string(), &child.id().to_string()].map(str::to_owned);
        assert!(Command::new("kill").args(kill).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert!(sent.elapsed() < Duration::from_secs(2), "{:?}", sent.elapsed());
        let mut panel = String::new();
        child.stderr.take().unwrap().read_to_string(&mut panel).unwrap();
        let last = panel.lines().rev().find(|line| line.contains('○')).unwrap();
        assert!(last.ends_with("off") && !last.contains('●'), "{last}");
    }
}

#[test]
fn a_folder_of_frames_causes_exactly_its_events_in_full_frame_mode() {
    let folder = tempfile::tempdir().unwrap();
    let options = SceneOptions {
        style: Some(Style::classic()),
        texture: Some(0),
        ..SceneOptions::close_up()
    };
    let card: Card = "nine of hearts".parse().unwrap();
    let show = [vec![], vec![card], vec![]];
    for (number, cards) in show.iter().flat_map(|cards| std::iter::repeat_n(cards, 4)).enumerate() {
        // All frames of a card show the same scene: only appearing and leaving matters here.
        let scene = draw_scene(cards, &options, 1);
        scene.image.save(folder.path().join(format!("{number:02}.png"))).unwrap();
    }
    let output = cardsight()
        .args(["run", "--mode", "full", "--leds", "off", "--json"])
        .args(["--source", folder.path().to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let events: Vec<String> = text
        .lines()
        .map(|line| {
            let event: Value = serde_json::from_str(line).unwrap();
            event["card"].as_str().or(event["state"].as_str()).unwrap().to_owned()
        })
        .collect();
    assert_eq!(events, ["searching", "nine of hearts", "searching"]);
}

#[test]
fn a_single_image_is_shown_until_its_cards_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        SceneOptions { style: Some(Style::classic()), texture: Some(0), ..SceneOptions::default() };
    let card: Card = "nine of hearts".parse().unwrap();
    draw_scene(&[card], &options, 3).image.save(folder.path().join("a.png")).unwrap();
    let run = |source: &std::path::Path| {
        let mut command = cardsight();
        command.args(["run", "--leds", "off", "--json", "--source", source.to_str().unwrap()]);
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr))
    };
    let (events, _) = run(&folder.path().join("a.png"));
    assert!(events.contains("\"appeared\",\"card\":\"nine of hearts\""), "{events}");
    std::fs::copy(folder.path().join("a.png"), folder.path().join("b.png")).unwrap();
    let (_, log) = run(folder.path());
    assert!(log.contains("each of the 2 images is one frame"), "{log}");
}

#[test]
fn without_an_option_each_card_is_named_where_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.png");
    let names = ["ace of spades", "nine of hearts", "four of clubs"];
    let options =
        SceneOptions { style: Some(Style::classic()), texture: Some(0), ..SceneOptions::default() };
    let scene = draw_scene(&names.map(|name| name.parse().unwrap()), &options, 3);
    scene.image.save(&path).unwrap();
    let output = cardsight().args(["classify", "--json", path.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["mode"], "auto");
    let named = line["cards"].as_array().unwrap();
    assert_eq!(named.len(), names.len(), "{line}");
    for truth in scene.cards {
        let card = named.iter().find(|card| card["card"] == truth.card.to_string()).unwrap();
        let corners: Quad = serde_json::from_value(card["corners"].clone()).unwrap();
        let off = corners.centre().distance(truth.corners_in_frame.centre());
        assert!(off < 10.0, "{}: {off} pixels", truth.card);
    }
}

#[test]
fn a_file_that_is_not_a_locator_is_refused() {
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/cardsight.onnx");
    let output = cardsight().args(["classify", "--locator", model, "x.jpg"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("it is a classifier, and not a locator"), "{error}");
    assert!(error.contains("--model"), "{error}");
    let locator = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/locator.onnx");
    let output = cardsight().args(["classify", "--model", locator, "x.jpg"]).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("it is a locator") && error.contains("--locator"), "{error}");
}

#[test]
fn leds_without_lines_are_refused() {
    let output = cardsight().args(["run", "--leds", "gpio"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("number 1 (suit:clubs) has no line"), "{error}");
}

#[test]
fn a_wrong_option_exits_2() {
    assert_eq!(
        cardsight().args(["run", "--colour", "red"]).output().unwrap().status.code(),
        Some(2)
    );
}

#[test]
fn a_closed_output_ends_the_run_without_an_error() {
    let mut child = cardsight()
        .args(["run", "--leds", "off", "--json", "--frames", "40"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(!String::from_utf8(output.stderr).unwrap().contains("error"));
}
