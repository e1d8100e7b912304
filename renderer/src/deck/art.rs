//! Any image as a card's centre.

use image::RgbImage;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::deck::CARD_MM;
use crate::deck::canvas::Canvas;
use crate::deck::style::Style;

/// Least share of an image's side that is cut off at each edge: an image of a card
/// loses its own index with it.
const LEAST_CUT: f32 = 0.19;

/// Draws the middle of `image` over the card: clear of the index, under it, or over
/// all of the card.
pub fn draw(canvas: &mut Canvas, style: &Style, image: &RgbImage) {
    let mut rng = Pcg64::seed_from_u64(style.figure_seed);
    let [width, height] = [image.width() as f32, image.height() as f32];
    let cut = rng.random_range(LEAST_CUT..0.3);
    let crop = [cut * width, cut * height, (1.0 - 2.0 * cut) * width, (1.0 - 2.0 * cut) * height];
    let [card_width, card_height] = CARD_MM;
    let inset = match rng.random_range(0..4) {
        0 => [0.0, 0.0],
        1 => [rng.random_range(1.0..8.0), rng.random_range(1.0..10.0)],
        _ => [rng.random_range(10.0..16.0), rng.random_range(3.0..20.0)],
    };
    let rect_mm = [inset[0], inset[1], card_width - 2.0 * inset[0], card_height - 2.0 * inset[1]];
    canvas.image(image, crop, rect_mm, style.corner_radius_mm);
}
