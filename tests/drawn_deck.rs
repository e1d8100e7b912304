//! All steps in sequence, without a data set: draw a deck, train on it, export the network, and
//! let the device program classify cards on drawn tables.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;

use clap::Parser as _;
use common::Card;
use edge::recognize::Recognizer;
use renderer::deck::Style;
use renderer::sample::draw_sample;
use renderer::scene::{SceneOptions, draw_scene};
use trainer::cli::TrainerCli;
use trainer::command;

/// The cards that the network learns. They differ in rank, suit and colour.
const CARDS: [&str; 8] = [
    "ace of spades",
    "two of hearts",
    "five of clubs",
    "seven of diamonds",
    "ten of spades",
    "jack of hearts",
    "king of clubs",
    "joker",
];

fn draw_data_set(root: &Path, per_class: u64) {
    for (number, name) in (0..).zip(CARDS) {
        let folder = root.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for image in 0..per_class {
            let card: Card = name.parse().unwrap();
            let image_path = folder.join(format!("{image}.png"));
            draw_sample(card, 1000 * number + image, 96).save(image_path).unwrap();
        }
    }
}

#[test]
fn a_network_trained_on_drawn_cards_recognises_them_on_drawn_tables() {
    let work = tempfile::tempdir().unwrap();
    let (data, out) = (work.path().join("data"), work.path().join("run"));
    draw_data_set(&data, 20);
    let cli = TrainerCli::parse_from(
        [
            ["trainer", "--arch", "compact", "--side", "96", "--epochs", "12"].as_slice(),
            &[
                "--batch-size",
                "32",
                "--drawn-cards",
                "960",
                "--drawn-over",
                "0",
                "--drawn-empty",
                "64",
            ],
            &["--data", data.to_str().unwrap(), "--out", out.to_str().unwrap()],
        ]
        .concat(),
    );
    command::train::run(&cli.train).unwrap();

    for file in ["best.safetensors", "class_to_idx.json", "training_history.json"] {
        assert!(out.join(file).is_file(), "{file}");
    }
    let history = std::fs::read_to_string(out.join("training_history.json")).unwrap();
    let history: trainer::run::history::History = serde_json::from_str(&history).unwrap();
    assert_eq!(history.valid_accuracy.len(), 12);

    let recognizer = Recognizer::load(Some(&out.join("cardsight.onnx"))).unwrap();
    let options = SceneOptions { style: Some(Style::classic()), ..SceneOptions::close_up() };
    let scenes = || (0..5).flat_map(|seed| CARDS.map(|name| (seed, name)));
    let right = scenes().filter(|&(seed, name)| {
        let card: Card = name.parse().unwrap();
        let scene = draw_scene(&[card], &options, seed);
        recognizer.recognize(&scene.image.into()).unwrap().observations[0].card == card
    });
    // Guessing would be right in one of eight scenes.
    let (right, total) = (right.count(), scenes().count());
    println!("{right} of {total} drawn scenes recognised");
    assert!(right * 10 >= total * 8, "{right} of {total} drawn scenes recognised");
}
