//! The locator that ships with the device program finds the cards of freshly drawn scenes.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;

use common::model::Locator;
use trainer::locator::measure::{LocatorScore, measure};

#[test]
fn cards_on_every_table_top_are_found_with_their_corners() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/locator.onnx");
    let locator = Locator::from_file(&path).unwrap();
    let [_, refined] = measure(&locator, 1).unwrap();
    let LocatorScore { cards, found, exact, invented } = refined;
    println!("{cards} cards: {found} found, {exact} exact, {invented} invented");
    assert!(found * 100 >= cards * 90, "{found} of {cards} found");
    assert!(exact * 100 >= cards * 85, "{exact} of {cards} exact");
}
