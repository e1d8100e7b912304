//! The joker: a jester's head under a cap with bells.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use tiny_skia::{PathBuilder, Transform};

use crate::deck::CARD_MM;
use crate::deck::canvas::{CardCanvas, ellipse, path, polygon};
use crate::deck::color::Rgb;
use crate::deck::style::Style;

const LINE: Rgb = [30, 26, 26];

/// Draws one figure in the middle, with random size and tilt.
pub fn draw(canvas: &mut CardCanvas, style: &Style) {
    let mut rng = Pcg64::seed_from_u64(style.figure_seed);
    let size = rng.random_range(0.9..1.3);
    let at = Transform::from_translate(CARD_MM[0] / 2.0, CARD_MM[1] / 2.0)
        .pre_rotate(rng.random_range(-15.0..15.0))
        .pre_scale(size, size);
    body(canvas, style, at);
    face(canvas, at);
    for (horn, colour) in [-1.0, 1.0, 0.0].into_iter().zip(style.palette) {
        cap_horn(canvas, horn, colour, style.palette[1], at);
    }
}

fn body(canvas: &mut CardCanvas, style: &Style, at: Transform) {
    let [left, right, trim, _] = style.palette;
    canvas.fill(&polygon(&[[0.0, 9.0], [-16.0, 28.0], [0.0, 30.0]]), left, at);
    canvas.fill(&polygon(&[[0.0, 9.0], [16.0, 28.0], [0.0, 30.0]]), right, at);
    for x in [-9.0, -3.0, 3.0, 9.0] {
        canvas.fill(&polygon(&[[x - 4.0, 9.5], [x + 4.0, 9.5], [x, 16.0]]), trim, at);
    }
}

fn face(canvas: &mut CardCanvas, at: Transform) {
    canvas.fill(&ellipse(0.0, 2.0, 8.0, 9.0), [245, 215, 185], at);
    canvas.stroke(&ellipse(0.0, 2.0, 8.0, 9.0), LINE, 0.4, at);
    for x in [-3.0, 3.0] {
        canvas.fill(&ellipse(x, 0.0, 1.2, 1.0), LINE, at);
        canvas.fill(&ellipse(x * 1.6, 4.0, 1.4, 1.0), [225, 120, 110], at);
    }
    canvas.fill(&ellipse(0.0, 3.0, 1.2, 1.2), [210, 60, 50], at);
    let grin = path(|p: &mut PathBuilder| {
        p.move_to(-4.0, 5.5);
        p.quad_to(0.0, 10.5, 4.0, 5.5);
        p.quad_to(0.0, 8.0, -4.0, 5.5);
        p.close();
    });
    canvas.fill(&grin, [170, 30, 30], at);
}

/// Draws one of the cap's three ends. `side` is −1 for the left one, 1 for the right one, and 0
/// for the upright one.
fn cap_horn(canvas: &mut CardCanvas, side: f32, colour: Rgb, bell: Rgb, at: Transform) {
    let tip = if side == 0.0 { [0.0, -22.0] } else { [side * 20.0, -9.0] };
    let horn = path(|p: &mut PathBuilder| {
        p.move_to(-8.5 + 4.0 * side, -1.5);
        p.quad_to(side * 12.0 - 3.0, -20.0, tip[0], tip[1]);
        p.quad_to(side * 8.0 + 3.0, -9.0, 8.5 + 4.0 * side, -1.5);
        p.close();
    });
    canvas.fill(&horn, colour, at);
    canvas.stroke(&horn, LINE, 0.4, at);
    canvas.fill(&ellipse(tip[0], tip[1], 2.2, 2.2), bell, at);
    canvas.stroke(&ellipse(tip[0], tip[1], 2.2, 2.2), LINE, 0.4, at);
}
