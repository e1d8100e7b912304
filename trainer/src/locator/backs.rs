//! Backs of playing cards: a printed pattern, mostly the same in all four quarters, within a
//! pale or a coloured border.

use image::imageops::{FilterType, resize};
use image::{Rgb, RgbImage, Rgba, RgbaImage};
use rand::RngExt;
use rand_pcg::Pcg64;

use crate::locator::shape::{is_in_rounded_square, pale};

/// Width and height of the image, in pixels.
const SIDE: u32 = 128;

/// Radius of the rounded corners over the side of the image.
const RADIUS: f32 = 0.06;

/// The number of points of the noise along a quarter of an ornament.
const ORNAMENT_POINTS: usize = 12;

/// What is printed inside the border. Coordinates run from -1 to 1.
enum Pattern {
    /// Crossing lines.
    Lattice { per_side: f32, line_share: f32 },
    /// Dots in a grid.
    Dots { per_side: f32, radius: f32 },
    /// Rings around the middle.
    Rings { per_side: f32 },
    /// Rays from the middle.
    Rays { count: f32 },
    /// A star or flower with this number of points on plain ground.
    Star { points: f32, depth: f32 },
    /// Curves that turn both ways around the middle and cross, as a spirograph draws them.
    Rosette { count: f32, turns: f32, line_share: f32, radius: f32 },
    /// Random tendrils, mirrored on both axes as printed ornaments are.
    Ornament { noise: Vec<f32>, levels: f32 },
}

/// Draws a random back that fills a square of this side, as the classifier sees a located one.
pub fn draw_filling(rng: &mut Pcg64, side: u32) -> RgbImage {
    let back = draw(rng);
    let paper = pale(rng);
    let mut opaque = RgbImage::from_pixel(SIDE, SIDE, Rgb(paper));
    for (below, Rgba([r, g, b, alpha])) in opaque.pixels_mut().zip(back.pixels()) {
        if *alpha > 0 {
            *below = Rgb([*r, *g, *b]);
        }
    }
    resize(&opaque, side, side, FilterType::Triangle)
}

/// Draws a random back, with straight alpha.
pub fn draw(rng: &mut Pcg64) -> RgbaImage {
    let pattern = random_pattern(rng);
    let colors: [[u8; 3]; 2] = rng.random();
    let border = rng.random_range(0.0..0.16_f32);
    let border_color = if rng.random_bool(0.7) { pale(rng) } else { rng.random() };
    let medallion = if rng.random_bool(0.4) { rng.random_range(0.15..0.5_f32) } else { 0.0 };
    RgbaImage::from_fn(SIDE, SIDE, |x, y| {
        let at = |pixel: u32| (pixel as f32 + 0.5) / SIDE as f32;
        let (u, v) = (at(x), at(y));
        let (x, y) = (2.0 * u - 1.0, 2.0 * v - 1.0);
        let is_border = x.abs().max(y.abs()) > 1.0 - 2.0 * border;
        let is_medallion = x.hypot(y) < medallion;
        let [r, g, b] = match (is_border, is_medallion) {
            (true, _) => border_color,
            // The pattern continues in the medallion with its colours exchanged.
            (_, is_medallion) => colors[usize::from(pattern.is_ink(x, y) != is_medallion)],
        };
        let is_inside = is_in_rounded_square(u, v, RADIUS, RADIUS);
        Rgba([r, g, b, if is_inside { 255 } else { 0 }])
    })
}

fn random_pattern(rng: &mut Pcg64) -> Pattern {
    match rng.random_range(0..10) {
        0 => Pattern::Lattice {
            per_side: rng.random_range(3.0..16.0),
            line_share: rng.random_range(0.1..0.6),
        },
        1 => Pattern::Dots {
            per_side: rng.random_range(2.0..12.0),
            radius: rng.random_range(0.15..0.45),
        },
        2 => Pattern::Rings { per_side: rng.random_range(2.0..12.0) },
        3 => Pattern::Rays { count: rng.random_range(4..30) as f32 },
        4 => Pattern::Star {
            points: rng.random_range(3..9) as f32,
            depth: rng.random_range(0.1..0.6),
        },
        5 | 6 => Pattern::Rosette {
            count: rng.random_range(6..40) as f32,
            turns: rng.random_range(0.5..8.0),
            line_share: rng.random_range(0.08..0.4),
            radius: rng.random_range(0.5..1.3),
        },
        _ => Pattern::Ornament {
            noise: (0..ORNAMENT_POINTS * ORNAMENT_POINTS)
                .map(|_| rng.random_range(0.0..1.0))
                .collect(),
            levels: rng.random_range(2..7) as f32,
        },
    }
}

impl Pattern {
    /// Whether a point has the second of the two colours.
    fn is_ink(&self, x: f32, y: f32) -> bool {
        match self {
            Pattern::Lattice { per_side, line_share } => {
                let on_line = |at: f32| (at * per_side).rem_euclid(1.0) < *line_share;
                on_line(x + y) || on_line(x - y)
            }
            Pattern::Dots { per_side, radius } => {
                let from_dot = |at: f32| (at * per_side).rem_euclid(1.0) - 0.5;
                from_dot(x).hypot(from_dot(y)) < *radius
            }
            Pattern::Rings { per_side } => (x.hypot(y) * per_side).rem_euclid(1.0) < 0.5,
            Pattern::Rays { count } => {
                (y.atan2(x) * count / std::f32::consts::TAU).rem_euclid(1.0) < 0.5
            }
            Pattern::Star { points, depth } => {
                x.hypot(y) < 0.6 * (1.0 - depth * (1.0 - (y.atan2(x) * points).cos()) / 2.0)
            }
            Pattern::Rosette { count, turns, line_share, radius } => {
                let distance = x.hypot(y);
                let angle = y.atan2(x) * count / std::f32::consts::TAU;
                let on_line = |turned: f32| (angle + turned).rem_euclid(1.0) < *line_share;
                distance < *radius && (on_line(turns * distance) || on_line(-turns * distance))
            }
            Pattern::Ornament { noise, levels } => {
                let value = smooth(noise, x.abs(), y.abs());
                (value * levels).rem_euclid(1.0) < 0.5
            }
        }
    }
}

/// The bilinear mean of the noise around a point of the quarter from 0 to 1.
fn smooth(noise: &[f32], x: f32, y: f32) -> f32 {
    let place = |at: f32| {
        let at = at.min(1.0) * (ORNAMENT_POINTS - 1) as f32;
        let first = (at as usize).min(ORNAMENT_POINTS - 2);
        (first, at - first as f32)
    };
    let ((column, right), (row, down)) = (place(x), place(y));
    let value = |row: usize, column: usize| noise[row * ORNAMENT_POINTS + column];
    let mix = |a: f32, b: f32, share: f32| a * (1.0 - share) + b * share;
    let along = |row: usize| mix(value(row, column), value(row, column + 1), right);
    mix(along(row), along(row + 1), down)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn most_backs_show_two_colours_and_all_have_transparent_corners() {
        let draw = |seed: u64| draw(&mut Pcg64::seed_from_u64(seed));
        let has_two_colours = |image: &RgbaImage| {
            let middle = image.get_pixel(SIDE / 2, SIDE / 2);
            image.pixels().filter(|pixel| pixel[3] == 255 && *pixel != middle).count() > 500
        };
        let backs: Vec<RgbaImage> = (0..40).map(draw).collect();
        assert!(backs.iter().filter(|back| has_two_colours(back)).count() > 35);
        assert!(backs.iter().all(|back| back.get_pixel(0, 0)[3] == 0));
        assert_ne!(backs[0], backs[1]);
    }
}
