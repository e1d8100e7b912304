//! The images that a model file's self-test stores. They may change at any time: each file
//! carries its own image, so that a change here concerns files that are exported later.

use common::prepare::{PrepareError, prepare};
use common::{Card, Rank, Suit};
use image::RgbImage;

use crate::deck::Style;
use crate::scene::{SceneOptions, draw_scene};

/// The seed of both scenes.
const SEED: u64 = 1;

/// A classifier's input of `side`×`side` pixels: an ace of spades that fills the image.
///
/// # Errors
/// `side` is 0.
pub fn classifier_image(side: u32) -> Result<RgbImage, PrepareError> {
    prepare(&draw_ace(SceneOptions::close_up()), side)
}

/// A locator's frame: an ace of spades on a table, at a quarter of the usual number of pixels.
pub fn locator_frame() -> RgbImage {
    draw_ace(SceneOptions { width: 320, height: 240, off_centre: 0.1, ..SceneOptions::default() })
}

/// Without noise, so that the PNG file stays small.
fn draw_ace(options: SceneOptions) -> RgbImage {
    let options = SceneOptions {
        style: Some(Style::classic()),
        texture: Some(0),
        noise_deviation: 0.0..0.01,
        ..options
    };
    draw_scene(&[Card::Suited(Rank::Ace, Suit::Spades)], &options, SEED).image
}
