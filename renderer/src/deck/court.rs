//! Jack, queen and king: double-ended figures that differ in what they wear and hold.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use tiny_skia::Transform;

use crate::deck::CARD_MM;
use crate::deck::canvas::{CardCanvas, ellipse, half_turn, polygon, rounded_rect};
use crate::deck::color::Rgb;
use crate::deck::style::Style;
use crate::deck::suits;
use common::{Rank, Rect, Suit};

const LINE: Rgb = [30, 26, 26];

/// Draws the figure twice, the lower one upside down, with the suit's symbol beside each head.
pub fn draw(canvas: &mut CardCanvas, style: &Style, rank: Rank, suit: Suit) {
    let [width, height] = CARD_MM;
    if style.court_frame {
        let frame = rounded_rect(Rect::new(10.5, 8.0, width - 21.0, height - 16.0), 1.0);
        canvas.fill(&frame, lighter(style.palette[1]), Transform::identity());
        canvas.stroke(&frame, LINE, 0.4, Transform::identity());
    }
    for end in [Transform::identity(), half_turn()] {
        robe(canvas, style, end);
        let at = end.pre_translate(width / 2.0 + 1.0, 23.0);
        head(canvas, style, rank, at);
        match rank {
            Rank::King => crown(canvas, style, 9.0, 5, at),
            Rank::Queen => crown(canvas, style, 5.0, 7, at),
            _ => cap(canvas, style, at),
        }
        held(canvas, style, rank, end);
        let size = style.pip_size_mm.min(9.0);
        let sign = end.pre_translate(17.0, 16.0).pre_scale(size * style.suit_stretch, size);
        canvas.fill(&suits::shape(suit), style.ink(suit), sign);
    }
}

/// A colour halfway to white.
fn lighter(color: Rgb) -> Rgb {
    color.map(|level| 255 - (255 - level) / 2)
}

/// Draws the shoulders and the body down to the middle of the card, in patches of the deck's colours.
fn robe(canvas: &mut CardCanvas, style: &Style, end: Transform) {
    let mut rng = Pcg64::seed_from_u64(style.figure_seed);
    let shoulder = rng.random_range(29.0..33.0);
    let edge = rng.random_range(13.0..17.0);
    let [colour, lining, trim, _] = style.palette;
    let body = [
        [edge, 44.0],
        [edge + 3.0, shoulder + 3.0],
        [25.0, shoulder],
        [39.0, shoulder],
        [63.0 - edge, shoulder + 3.0],
        [64.0 - edge, 44.0],
    ];
    canvas.fill(&polygon(&body), colour, end);
    canvas.stroke(&polygon(&body), LINE, 0.5, end);
    let front = [[27.0, shoulder], [37.0, shoulder], [41.0, 44.0], [22.0, 44.0]];
    canvas.fill(&polygon(&front), lining, end);
    let stripes = rng.random_range(2..6);
    for stripe in 0..stripes {
        let y = shoulder + 2.0 + (42.0 - shoulder) * stripe as f32 / stripes as f32;
        canvas.fill(&rounded_rect(Rect::new(27.0, y, 10.0, 1.2), 0.5), trim, end);
        for x in [20.0, 44.0] {
            canvas.fill(&ellipse(x, y + 1.0, 1.3, 1.3), lining, end);
        }
    }
}

/// Draws the head. `at` is the middle of the face.
fn head(canvas: &mut CardCanvas, style: &Style, rank: Rank, at: Transform) {
    let mut rng = Pcg64::seed_from_u64(style.figure_seed ^ rank as u64);
    let skin = [rng.random_range(225..250), rng.random_range(185..215), rng.random_range(150..185)];
    let hair: Rgb =
        [rng.random_range(30..230), rng.random_range(20..180), rng.random_range(10..80)];
    let hair_width = if rank == Rank::Queen { 8.0 } else { 6.5 };
    canvas.fill(&ellipse(0.0, 1.0, hair_width, 8.0), hair, at);
    canvas.fill(&ellipse(0.0, 0.0, 5.0, 6.5), skin, at);
    canvas.stroke(&ellipse(0.0, 0.0, 5.0, 6.5), LINE, 0.35, at);
    for x in [-2.0, 2.0] {
        canvas.fill(&ellipse(x, -0.8, 0.8, 0.5), LINE, at);
    }
    canvas.fill(&polygon(&[[0.0, -0.5], [0.9, 1.8], [-0.4, 1.8]]), LINE, at);
    canvas.fill(&ellipse(0.0, 3.4, 1.4, 0.5), [190, 50, 50], at);
    if rank == Rank::King {
        let beard = [
            [-4.8, 2.0],
            [-2.5, 4.2],
            [2.5, 4.2],
            [4.8, 2.0],
            [3.0, 9.0],
            [0.0, 10.5],
            [-3.0, 9.0],
        ];
        canvas.fill(&polygon(&beard), hair, at);
    }
}

/// Draws a crown with this many points.
fn crown(canvas: &mut CardCanvas, style: &Style, height: f32, points: usize, at: Transform) {
    let mut outline = vec![[6.0, -5.0], [-6.0, -5.0]];
    for point in 0..points {
        let x = -6.5 + 13.0 * point as f32 / (points - 1) as f32;
        outline.push([x, -5.0 - height]);
        if point + 1 < points {
            outline.push([x + 6.5 / (points - 1) as f32, -5.0 - height * 0.45]);
        }
    }
    canvas.fill(&polygon(&outline), style.palette[1], at);
    canvas.stroke(&polygon(&outline), LINE, 0.4, at);
    canvas.fill(&rounded_rect(Rect::new(-6.0, -6.5, 12.0, 2.0), 0.5), style.palette[0], at);
}

/// Draws the jack's flat cap with its feather.
fn cap(canvas: &mut CardCanvas, style: &Style, at: Transform) {
    let cap = [[-7.0, -4.5], [-6.5, -9.0], [5.0, -9.5], [7.5, -6.0], [6.5, -4.5]];
    canvas.fill(&polygon(&cap), style.palette[2], at);
    canvas.stroke(&polygon(&cap), LINE, 0.4, at);
    let feather = at.pre_translate(7.0, -8.0).pre_rotate(35.0);
    canvas.fill(&ellipse(0.0, -3.0, 1.4, 5.0), style.palette[0], feather);
}

/// Draws the king's sword, the queen's flower or the jack's halberd.
fn held(canvas: &mut CardCanvas, style: &Style, rank: Rank, end: Transform) {
    let at = end.pre_translate(47.0, 30.0);
    match rank {
        Rank::King => {
            canvas.fill(
                &polygon(&[[-1.0, -18.0], [0.0, -21.0], [1.0, -18.0], [1.0, 4.0], [-1.0, 4.0]]),
                [190, 196, 205],
                at,
            );
            canvas.fill(&rounded_rect(Rect::new(-4.0, 4.0, 8.0, 1.8), 0.8), style.palette[1], at);
            canvas.fill(&rounded_rect(Rect::new(-0.9, 5.5, 1.8, 5.0), 0.6), LINE, at);
        }
        Rank::Queen => {
            canvas.fill(&rounded_rect(Rect::new(-0.4, -6.0, 0.8, 16.0), 0.3), [40, 120, 50], at);
            for petal in 0..6_u8 {
                let turned = at.pre_translate(0.0, -8.0).pre_rotate(60.0 * f32::from(petal));
                canvas.fill(&ellipse(0.0, -2.4, 1.3, 2.2), style.palette[0], turned);
            }
            canvas.fill(&ellipse(0.0, -8.0, 1.4, 1.4), style.palette[1], at);
        }
        _ => {
            canvas.fill(&rounded_rect(Rect::new(-0.6, -18.0, 1.2, 30.0), 0.4), [120, 80, 40], at);
            canvas.fill(
                &polygon(&[[0.6, -17.0], [5.0, -19.0], [5.0, -9.0], [0.6, -11.0]]),
                [180, 186, 196],
                at,
            );
        }
    }
}
