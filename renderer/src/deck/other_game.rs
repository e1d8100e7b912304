//! Cards of other games: a figure in the corners and a large one in the middle, without a suit.
//! They are not playing cards, and the classifier learns that from them.

use image::RgbaImage;
use rand::{Rng, RngExt};
use tiny_skia::Transform;

use super::CARD_MM;
use super::canvas::{CardCanvas, ellipse, half_turn, text};
use super::style::Style;
use crate::font::{INDEX_FONT_COUNT, index_font};
use common::Rank;

/// Draws a card of a random other game over `width`×`height` pixels: RGBA with premultiplied
/// alpha, transparent outside its rounded corners.
pub fn draw_other_game(rng: &mut impl Rng, width: u32, height: u32) -> RgbaImage {
    let color: [u8; 3] = rng.random();
    let ink: [u8; 3] = rng.random();
    let mut style = Style::random(rng);
    if rng.random_bool(0.6) {
        style.paper = [color; 2];
    }
    let mut canvas = CardCanvas::new(width, height);
    canvas.background(&style);
    let [middle_x, middle_y] = CARD_MM.map(|side| side / 2.0);
    if rng.random_bool(0.6) {
        let (across, down) = (rng.random_range(12.0..28.0), rng.random_range(15.0..38.0));
        canvas.fill(
            &ellipse(middle_x, middle_y, across, down),
            rng.random(),
            Transform::identity(),
        );
    }
    let font = index_font(rng.random_range(0..INDEX_FONT_COUNT));
    let rank = Rank::ALL[rng.random_range(0..Rank::ALL.len())];
    let (glyphs, proportion) = text(&font, rank.index());
    let large_mm = rng.random_range(15.0..45.0_f32);
    let place = |x: f32, y: f32, height: f32| {
        Transform::from_translate(x, y).pre_scale((height * proportion).min(40.0), height)
    };
    canvas.fill(&glyphs, ink, place(middle_x, middle_y, large_mm));
    if rng.random_bool(0.8) {
        let small_mm = rng.random_range(6.0..14.0_f32);
        let corner = place(3.0 + small_mm / 2.0, 4.0 + small_mm / 2.0, small_mm);
        canvas.fill(&glyphs, ink, corner);
        canvas.fill(&glyphs, ink, half_turn().pre_concat(corner));
    }
    canvas.into_image()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    #[test]
    fn the_seed_decides_the_card() {
        let draw = |seed: u64| draw_other_game(&mut Pcg64::seed_from_u64(seed), 63, 88);
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
