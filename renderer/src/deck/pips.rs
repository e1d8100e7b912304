//! Pips in their true layout.

use tiny_skia::Transform;

use crate::deck::CARD_MM;
use crate::deck::canvas::CardCanvas;
use crate::deck::style::Style;
use crate::deck::suits;
use common::{Rank, Suit};

/// Draws as many pips as the rank says. Those in the lower half are upside down.
pub fn draw(canvas: &mut CardCanvas, style: &Style, rank: Rank, suit: Suit) {
    let shape = suits::shape(suit);
    // A single pip is printed larger, and many pips must not touch.
    let size = match rank {
        Rank::Ace => 1.6 * style.pip_size_mm,
        Rank::Nine | Rank::Ten => style.pip_size_mm.min(0.38 * style.pip_field_mm[1]),
        _ => style.pip_size_mm,
    };
    for [x, y] in layout(rank) {
        let upright = if y > 0.0 { -1.0 } else { 1.0 };
        let place = Transform::from_translate(
            CARD_MM[0] / 2.0 + x * style.pip_field_mm[0],
            CARD_MM[1] / 2.0 + y * style.pip_field_mm[1],
        )
        .pre_scale(size * style.suit_stretch * upright, size * upright);
        canvas.fill(&shape, style.ink(suit), place);
    }
}

/// The places of the pips in the French-suited standard deck, in the field from (−1, −1) to
/// (1, 1). Court cards have no pips.
fn layout(rank: Rank) -> Vec<[f32; 2]> {
    let column = |x: f32, rows: &[f32]| rows.iter().map(|&y| [x, y]).collect::<Vec<_>>();
    let sides = |rows: &[f32]| [column(-1.0, rows), column(1.0, rows)].concat();
    let (sides, middle): (Vec<[f32; 2]>, &[f32]) = match rank {
        Rank::Ace => (vec![], &[0.0]),
        Rank::Two => (vec![], &[-1.0, 1.0]),
        Rank::Three => (vec![], &[-1.0, 0.0, 1.0]),
        Rank::Four => (sides(&[-1.0, 1.0]), &[]),
        Rank::Five => (sides(&[-1.0, 1.0]), &[0.0]),
        Rank::Six => (sides(&[-1.0, 0.0, 1.0]), &[]),
        Rank::Seven => (sides(&[-1.0, 0.0, 1.0]), &[-0.5]),
        Rank::Eight => (sides(&[-1.0, 0.0, 1.0]), &[-0.5, 0.5]),
        Rank::Nine => (sides(&[-1.0, -1.0 / 3.0, 1.0 / 3.0, 1.0]), &[0.0]),
        Rank::Ten => (sides(&[-1.0, -1.0 / 3.0, 1.0 / 3.0, 1.0]), &[-2.0 / 3.0, 2.0 / 3.0]),
        Rank::Jack | Rank::Queen | Rank::King => (vec![], &[]),
    };
    [sides, column(0.0, middle)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_has_as_many_pips_as_it_says() {
        for rank in Rank::ALL.into_iter().filter(|rank| !rank.is_face()) {
            assert_eq!(layout(rank).len(), rank as usize, "{rank:?}");
        }
    }

    #[test]
    fn layouts_are_symmetrical_left_and_right() {
        for rank in Rank::ALL {
            let layout = layout(rank);
            assert!(layout.iter().all(|[x, y]| layout.contains(&[-x, *y])), "{rank:?}");
        }
    }

    #[test]
    fn only_the_seven_differs_upside_down() {
        for rank in Rank::ALL {
            let layout = layout(rank);
            let same = layout.iter().all(|[x, y]| layout.contains(&[*x, -y]));
            assert_eq!(same, rank != Rank::Seven, "{rank:?}");
        }
    }
}
