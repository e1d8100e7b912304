//! Centres of novelty decks: pictures that say nothing about the card.

use std::f32::consts::TAU;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use tiny_skia::Transform;

use crate::deck::CARD_MM;
use crate::deck::canvas::{CardCanvas, ellipse, path, polygon, rounded_rect};
use crate::deck::color::Rgb;
use crate::deck::style::Style;
use crate::deck::suits;
use common::{Rect, Suit};

/// Draws a random picture over the card's middle, clear of its corners.
pub fn draw(canvas: &mut CardCanvas, style: &Style, seed: u64) {
    let mut rng = Pcg64::seed_from_u64(seed);
    let size: f32 = rng.random_range(12.0..22.0);
    let centre = Transform::from_translate(
        CARD_MM[0] / 2.0 + rng.random_range(-3.0..3.0),
        CARD_MM[1] / 2.0 + rng.random_range(-4.0..4.0),
    )
    .pre_scale(size, size * rng.random_range(1.0..1.5));
    let draw = [blobs, rosette, scribble, panel, scattered_signs, creature];
    let kind = rng.random_range(0..draw.len());
    draw[kind](canvas, style, centre, &mut rng);
}

type Rng = Pcg64;

// The functions below draw in a disc of radius 1.

fn color(style: &Style, rng: &mut Rng) -> Rgb {
    style.palette[rng.random_range(0..style.palette.len())]
}

fn blobs(canvas: &mut CardCanvas, style: &Style, centre: Transform, rng: &mut Rng) {
    for _ in 0..rng.random_range(4..14) {
        let [x, y] = [(); 2].map(|()| rng.random_range(-0.8..0.8));
        let [w, h] = [(); 2].map(|()| rng.random_range(0.08..0.5));
        let turned = centre.pre_rotate(rng.random_range(0.0..180.0));
        canvas.fill(&ellipse(x, y, w, h), color(style, rng), turned);
    }
}

fn rosette(canvas: &mut CardCanvas, style: &Style, centre: Transform, rng: &mut Rng) {
    let petals = rng.random_range(5..16);
    for ring in (1..=rng.random_range(2..4_u8)).rev() {
        let reach = f32::from(ring) / 3.0;
        let (color, width) = (color(style, rng), rng.random_range(0.05..0.25));
        for petal in 0..petals {
            let turned = centre.pre_rotate(360.0 * petal as f32 / petals as f32);
            canvas.fill(&ellipse(0.0, -reach / 2.0, width * reach, reach / 2.0), color, turned);
        }
    }
}

fn scribble(canvas: &mut CardCanvas, style: &Style, centre: Transform, rng: &mut Rng) {
    for _ in 0..rng.random_range(2..6) {
        let line = path(|p| {
            p.move_to(rng.random_range(-1.0..1.0), rng.random_range(-1.0..1.0));
            for _ in 0..rng.random_range(2..6) {
                let mut at = || rng.random_range(-1.0..1.0);
                p.cubic_to(at(), at(), at(), at(), at(), at());
            }
        });
        canvas.stroke(&line, color(style, rng), rng.random_range(0.02..0.12), centre);
    }
}

/// Draws a framed scene: sky, ground and objects in between.
fn panel(canvas: &mut CardCanvas, style: &Style, centre: Transform, rng: &mut Rng) {
    let whole = rounded_rect(Rect::new(-1.0, -1.0, 2.0, 2.0), 0.05);
    canvas.fill(&whole, color(style, rng), centre);
    let horizon = rng.random_range(-0.4..0.6);
    canvas.fill(
        &rounded_rect(Rect::new(-1.0, horizon, 2.0, 1.0 - horizon), 0.01),
        color(style, rng),
        centre,
    );
    for _ in 0..rng.random_range(2..9) {
        let [x, y] = [(); 2].map(|()| rng.random_range(-0.75..0.75_f32));
        let points: Vec<[f32; 2]> = (0..rng.random_range(3..7))
            .map(|_| [x + rng.random_range(-0.25..0.25), y + rng.random_range(-0.25..0.25)])
            .collect();
        canvas.fill(&polygon(&points), rng.random(), centre);
    }
}

/// Draws symbols of one suit in any number and colour: pips that contradict the index.
fn scattered_signs(canvas: &mut CardCanvas, style: &Style, centre: Transform, rng: &mut Rng) {
    let suit = Suit::ALL[rng.random_range(0..Suit::ALL.len())];
    let color = color(style, rng);
    for _ in 0..rng.random_range(1..9) {
        let size = rng.random_range(0.2..0.7);
        let place = centre
            .pre_translate(rng.random_range(-0.7..0.7), rng.random_range(-0.7..0.7))
            .pre_rotate(rng.random_range(0.0..360.0))
            .pre_scale(size, size);
        canvas.fill(&suits::shape(suit), color, place);
    }
}

/// Draws a creature with a body, limbs and eyes.
fn creature(canvas: &mut CardCanvas, style: &Style, centre: Transform, rng: &mut Rng) {
    let skin = color(style, rng);
    let limbs = rng.random_range(3..9);
    for limb in 0..limbs {
        let angle = TAU * limb as f32 / limbs as f32 + rng.random_range(-0.3..0.3);
        let (sin, cos) = angle.sin_cos();
        let bend = rng.random_range(-0.4..0.4);
        let line = path(|p| {
            p.move_to(0.0, 0.0);
            p.quad_to(0.6 * cos + bend, 0.6 * sin - bend, cos, sin);
        });
        canvas.stroke(&line, skin, rng.random_range(0.06..0.2), centre);
    }
    canvas.fill(&ellipse(0.0, 0.1, rng.random_range(0.3..0.6), 0.6), skin, centre);
    canvas.fill(&ellipse(0.0, -0.45, 0.35, 0.3), color(style, rng), centre);
    for x in [-0.14, 0.14] {
        canvas.fill(&ellipse(x, -0.5, 0.08, 0.08), [250, 250, 250], centre);
        canvas.fill(&ellipse(x, -0.49, 0.04, 0.04), [10, 10, 10], centre);
    }
}
