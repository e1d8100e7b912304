//! The four suits' shapes, in the box from (−½, −½) to (½, ½).

use tiny_skia::Path;

use crate::deck::canvas::path;
use common::Suit;

/// The outline of a suit's symbol, upright.
pub fn shape(suit: Suit) -> Path {
    match suit {
        Suit::Hearts => heart(),
        Suit::Diamonds => diamond(),
        Suit::Spades => spade(),
        Suit::Clubs => club(),
    }
}

fn heart() -> Path {
    path(|p| {
        p.move_to(0.0, 0.5);
        p.cubic_to(-0.1, 0.28, -0.48, 0.08, -0.48, -0.2);
        p.cubic_to(-0.48, -0.4, -0.34, -0.5, -0.24, -0.5);
        p.cubic_to(-0.12, -0.5, -0.03, -0.4, 0.0, -0.27);
        p.cubic_to(0.03, -0.4, 0.12, -0.5, 0.24, -0.5);
        p.cubic_to(0.34, -0.5, 0.48, -0.4, 0.48, -0.2);
        p.cubic_to(0.48, 0.08, 0.1, 0.28, 0.0, 0.5);
        p.close();
    })
}

fn diamond() -> Path {
    path(|p| {
        p.move_to(0.0, -0.5);
        p.quad_to(0.15, -0.22, 0.4, 0.0);
        p.quad_to(0.15, 0.22, 0.0, 0.5);
        p.quad_to(-0.15, 0.22, -0.4, 0.0);
        p.quad_to(-0.15, -0.22, 0.0, -0.5);
        p.close();
    })
}

fn spade() -> Path {
    path(|p| {
        p.move_to(0.0, -0.5);
        p.cubic_to(0.1, -0.3, 0.47, -0.1, 0.47, 0.13);
        p.cubic_to(0.47, 0.3, 0.35, 0.36, 0.25, 0.36);
        p.cubic_to(0.14, 0.36, 0.06, 0.3, 0.03, 0.22);
        p.quad_to(0.04, 0.42, 0.17, 0.5);
        p.line_to(-0.17, 0.5);
        p.quad_to(-0.04, 0.42, -0.03, 0.22);
        p.cubic_to(-0.06, 0.3, -0.14, 0.36, -0.25, 0.36);
        p.cubic_to(-0.35, 0.36, -0.47, 0.3, -0.47, 0.13);
        p.cubic_to(-0.47, -0.1, -0.1, -0.3, 0.0, -0.5);
        p.close();
    })
}

fn club() -> Path {
    path(|p| {
        p.push_circle(0.0, -0.28, 0.22);
        p.push_circle(-0.265, 0.09, 0.22);
        p.push_circle(0.265, 0.09, 0.22);
        p.push_circle(0.0, 0.0, 0.12);
        p.move_to(0.04, 0.0);
        p.quad_to(0.04, 0.4, 0.17, 0.5);
        p.line_to(-0.17, 0.5);
        p.quad_to(-0.04, 0.4, -0.04, 0.0);
        p.close();
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_fills_its_box_and_no_more() {
        for suit in Suit::ALL {
            let bounds = shape(suit).bounds();
            assert!(bounds.top() >= -0.501 && bounds.bottom() <= 0.501, "{suit:?}: {bounds:?}");
            assert!(bounds.left() >= -0.5 && bounds.right() <= 0.5, "{suit:?}: {bounds:?}");
            assert!(bounds.height() > 0.95 && bounds.width() > 0.75, "{suit:?}: {bounds:?}");
        }
    }
}
