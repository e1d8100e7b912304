//! A drawn deck: every card, in as many styles as there are seeds.
//!
//! The classifier learns from it to read a card's corner over any centre, and the demo and the
//! tests need no data set because of it.
//!
//! - [`style`]: what one deck looks like
//! - `canvas`, `suits`, `color`: vector shapes in a card's own space, in millimetres
//! - `index`, `pips`, `court`, `joker`, `novelty`, `art`: what is printed on a card
//! - `other_game`: cards that are no playing cards

mod art;
pub(crate) mod canvas;
mod color;
mod court;
mod index;
mod joker;
mod novelty;
mod other_game;
mod pips;
pub mod style;
mod suits;

use image::{RgbImage, RgbaImage};

use canvas::CardCanvas;
use common::{Card, Rank};
pub use other_game::draw_other_game;
use style::Centre;
pub use style::Style;

/// A card's width and height in millimetres: poker size.
pub const CARD_MM: [f32; 2] = [63.0, 88.0];

/// Draws a card over `width`×`height` pixels: RGBA with premultiplied alpha,
/// transparent outside its rounded corners.
pub fn draw_card(card: Card, style: &Style, width: u32, height: u32) -> RgbaImage {
    print(card, style, [width, height], |canvas| match (card, style.centre) {
        (_, Centre::Novelty { seed }) => novelty::draw(canvas, style, seed),
        (Card::Joker, _) => joker::draw(canvas, style),
        (Card::Suited(rank, suit), _) if rank.is_face() => court::draw(canvas, style, rank, suit),
        (Card::Suited(_, suit), Centre::OnePip) => pips::draw(canvas, style, Rank::Ace, suit),
        (Card::Suited(rank, suit), Centre::Pips) => pips::draw(canvas, style, rank, suit),
    })
}

/// Draws a card like [`draw_card`], with the middle of any image as its centre, so that only
/// the index shows which card it is.
pub(crate) fn draw_card_over(
    card: Card,
    style: &Style,
    image: &RgbImage,
    width: u32,
    height: u32,
) -> RgbaImage {
    print(card, style, [width, height], |canvas| art::draw(canvas, style, image))
}

/// Draws the paper, then the centre, then the index over both.
fn print(
    card: Card,
    style: &Style,
    [width, height]: [u32; 2],
    draw_centre: impl FnOnce(&mut CardCanvas),
) -> RgbaImage {
    let mut canvas = CardCanvas::new(width, height);
    canvas.background(style);
    draw_centre(&mut canvas);
    index::draw(&mut canvas, style, card);
    canvas.into_image()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_of_the_classic_deck_looks_different() {
        let style = Style::classic();
        let images: std::collections::HashSet<Vec<u8>> =
            Card::all().map(|card| draw_card(card, &style, 63, 88).into_raw()).collect();
        assert_eq!(images.len(), 53);
    }

    #[test]
    fn corners_are_transparent_and_the_middle_is_not() {
        let image = draw_card(Card::Joker, &Style::classic(), 126, 176);
        assert_eq!(image.get_pixel(0, 0)[3], 0);
        assert_eq!(image.get_pixel(63, 88)[3], 255);
    }

    #[test]
    fn the_colour_of_the_suit_is_on_the_card() {
        let reds = |card: &str| {
            let image = draw_card(card.parse().unwrap(), &Style::classic(), 126, 176);
            image.pixels().filter(|p| p[0] > 150 && p[1] < 80 && p[2] < 80).count()
        };
        assert!(reds("nine of hearts") > 1000);
        assert_eq!(reds("nine of spades"), 0);
    }
}
