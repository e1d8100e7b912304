//! The index: rank and small suit's sign in a card's corners.

use tiny_skia::Transform;

use crate::Card;
use crate::deck::CARD_MM;
use crate::deck::canvas::{Canvas, half_turn, text};
use crate::deck::style::{Corners, Style, SuitPlace};
use crate::deck::suits;
use crate::font::index_font;

/// Draws all corners that the style wants.
pub fn draw(canvas: &mut Canvas, style: &Style, card: Card) {
    let mirrored = Transform::from_translate(CARD_MM[0], 0.0);
    let corners: &[Transform] = match style.index.corners {
        Corners::One => &[Transform::identity()],
        Corners::Two => &[Transform::identity(), half_turn()],
        Corners::Four => {
            &[Transform::identity(), mirrored, half_turn(), half_turn().pre_concat(mirrored)]
        }
    };
    for &mm_from_corner in corners {
        // In the right corners of four, the index stands as far from the right edge.
        let from_right =
            mm_from_corner == mirrored || mm_from_corner == half_turn().pre_concat(mirrored);
        match card {
            Card::Suited(rank, _) => {
                one_corner(canvas, style, card, rank.index(), from_right, mm_from_corner);
            }
            Card::Joker => joker_corner(canvas, style, from_right, mm_from_corner),
        }
    }
}

fn one_corner(
    canvas: &mut Canvas,
    style: &Style,
    card: Card,
    rank: &str,
    from_right: bool,
    mm_from_corner: Transform,
) {
    let Some(suit) = card.suit() else { return };
    let index = style.index;
    let (glyphs, proportion) = text(&index_font(index.font), rank);
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
    canvas.fill(&glyphs, index.rank_ink.unwrap_or(ink), rank_place);
    let gap = 0.12 * index.height_mm;
    let (suit_x, suit_y) = match index.suit_place {
        SuitPlace::Below => (x, top + index.height_mm + gap + suit_mm / 2.0),
        SuitPlace::Beside => {
            let beside = column / 2.0 + gap + suit_mm / 2.0;
            (x + if from_right { -beside } else { beside }, top + index.height_mm / 2.0)
        }
    };
    let suit_place = place(suit_x, suit_y, suit_mm * style.suit_stretch, suit_mm);
    canvas.fill(&suits::shape(suit), ink, suit_place);
}

/// "JOKER" downwards, letter under letter, or a star.
fn joker_corner(canvas: &mut Canvas, style: &Style, from_right: bool, mm_from_corner: Transform) {
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
        canvas.fill(&glyph, ink, place);
    }
}
