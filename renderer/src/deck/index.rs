//! The index: the rank and the small suit symbol in a card's corners.

use tiny_skia::{Path, Transform};

use crate::deck::CARD_MM;
use crate::deck::canvas::{CardCanvas, half_turn, text};
use crate::deck::style::{IndexCorners, Style, SuitPlace};
use crate::deck::suits;
use crate::font::index_font;
use common::{Card, Rank, Suit};

/// A corner: the map from its own millimetres to those of the card, and whether its index is
/// aligned to the corner's right edge instead of its left edge.
type CornerPlace = (Transform, bool);

/// Draws the index in the corners that the style names.
pub fn draw(canvas: &mut CardCanvas, style: &Style, card: Card) {
    let top_left = (Transform::identity(), false);
    let bottom_right = (half_turn(), false);
    let right = Transform::from_translate(CARD_MM[0], 0.0);
    let (top_right, bottom_left) = ((right, true), (half_turn().pre_concat(right), true));
    let corners: &[CornerPlace] = match style.index.corners {
        IndexCorners::One => &[top_left],
        IndexCorners::Two => &[top_left, bottom_right],
        IndexCorners::Four => &[top_left, top_right, bottom_right, bottom_left],
    };
    for &corner in corners {
        match card {
            Card::Suited(rank, suit) => suited_corner(canvas, style, rank, suit, corner),
            Card::Joker => joker_corner(canvas, style, corner),
        }
    }
}

fn suited_corner(
    canvas: &mut CardCanvas,
    style: &Style,
    rank: Rank,
    suit: Suit,
    (mm_from_corner, from_right): CornerPlace,
) {
    let index = style.index;
    let (glyphs, proportion) = text(&index_font(index.font), rank.index());
    let width = (index.height_mm * proportion).min(index.max_width_mm);
    let suit_mm = index.height_mm * index.suit_scale;
    let column = width.max(suit_mm * style.suit_stretch * 0.9);
    let [left, top] = index.margin_mm;
    let x = (left + column / 2.0) * if from_right { -1.0 } else { 1.0 };
    let ink = style.ink(suit);
    let place = |x: f32, y: f32, width: f32, height: f32| {
        mm_from_corner.pre_translate(x, y).pre_scale(width, height)
    };
    let rank_place = place(x, top + index.height_mm / 2.0, width, index.height_mm);
    let lean = Transform::from_row(1.0, 0.0, -index.slant * index.height_mm / width, 1.0, 0.0, 0.0);
    let rank_place = rank_place.pre_concat(lean);
    let rank_ink = index.rank_ink.unwrap_or(ink);
    halo(canvas, style, &glyphs, rank_place);
    if index.bold > 0.0 {
        canvas.stroke(&glyphs, rank_ink, index.bold, rank_place);
    }
    canvas.fill(&glyphs, rank_ink, rank_place);
    let gap = 0.12 * index.height_mm;
    let (suit_x, suit_y) = match index.suit_place {
        SuitPlace::Below => (x, top + index.height_mm + gap + suit_mm / 2.0),
        SuitPlace::Beside => {
            let beside = column / 2.0 + gap + suit_mm / 2.0;
            (x + if from_right { -beside } else { beside }, top + index.height_mm / 2.0)
        }
    };
    let suit_place = place(suit_x, suit_y, suit_mm * style.suit_stretch, suit_mm);
    halo(canvas, style, &suits::shape(suit), suit_place);
    canvas.fill(&suits::shape(suit), ink, suit_place);
}

/// Draws a rim of paper around a shape of height 1, so that it can be read over an image.
fn halo(canvas: &mut CardCanvas, style: &Style, shape: &Path, place: Transform) {
    if style.index.halo > 0.0 {
        canvas.stroke(shape, style.paper[0], 2.0 * style.index.halo, place);
    }
}

/// Draws "JOKER" downwards, letter below letter.
fn joker_corner(canvas: &mut CardCanvas, style: &Style, (mm_from_corner, from_right): CornerPlace) {
    let index = style.index;
    let font = index_font(index.font);
    let [left, top] = index.margin_mm;
    let letter_mm = (index.height_mm * 0.55).clamp(3.5, 7.0);
    let x = (left + letter_mm / 2.0) * if from_right { -1.0 } else { 1.0 };
    let ink = style.inks[style.figure_seed as usize % 2];
    for (letter, line) in ["J", "O", "K", "E", "R"].into_iter().zip(0_u8..) {
        let (glyph, proportion) = text(&font, letter);
        let y = top + letter_mm * (0.5 + 1.15 * f32::from(line));
        let place = mm_from_corner
            .pre_translate(x, y)
            .pre_scale((letter_mm * proportion).min(letter_mm), letter_mm);
        halo(canvas, style, &glyph, place);
        canvas.fill(&glyph, ink, place);
    }
}
