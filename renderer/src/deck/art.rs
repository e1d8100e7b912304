//! Any image as a card's centre.

use common::Rect;
use image::RgbImage;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::deck::CARD_MM;
use crate::deck::canvas::CardCanvas;
use crate::deck::style::Style;

/// The least share of an image's side that is cut off at each edge, so that an image of a card
/// loses its own index.
const LEAST_CUT: f32 = 0.19;

/// Draws the middle of `image` on the card: clear of the index, under it, or over the complete
/// card.
pub fn draw(canvas: &mut CardCanvas, style: &Style, image: &RgbImage) {
    let mut rng = Pcg64::seed_from_u64(style.figure_seed);
    let [width, height] = [image.width() as f32, image.height() as f32];
    let cut = rng.random_range(LEAST_CUT..0.3);
    let kept = 1.0 - 2.0 * cut;
    let crop_pixels = Rect::new(cut * width, cut * height, kept * width, kept * height);
    let [card_width, card_height] = CARD_MM;
    let inset = match rng.random_range(0..4) {
        0 => [0.0, 0.0],
        1 => [rng.random_range(1.0..8.0), rng.random_range(1.0..10.0)],
        _ => [rng.random_range(10.0..16.0), rng.random_range(3.0..20.0)],
    };
    let [x, y] = inset;
    let rect_mm = Rect::new(x, y, card_width - 2.0 * x, card_height - 2.0 * y);
    canvas.image(image, crop_pixels, rect_mm, style.corner_radius_mm);
}
