//! What the images of scenes have in common: rounded and scaled rectangles, the colour of paper,
//! straight alpha.

use common::Rect;
use image::{Rgba, RgbaImage};
use rand::RngExt as _;
use rand_pcg::Pcg64;

/// Whether a point of the unit square is inside the rectangle that fills the square and whose
/// corners are rounded with these radii along the two axes, 0..0.5.
pub fn is_in_rounded_square(u: f32, v: f32, radius_u: f32, radius_v: f32) -> bool {
    beyond_straight(u, radius_u).hypot(beyond_straight(v, radius_v)) <= 1.0
}

/// How far a coordinate is in the rounded part of its side, in radii; 0 in the straight part.
fn beyond_straight(at: f32, radius: f32) -> f32 {
    ((at - 0.5).abs() - (0.5 - radius)).max(0.0) / radius
}

/// The rectangle with all coordinates multiplied by `scale`.
pub fn scaled(rect: Rect, scale: f32) -> Rect {
    Rect {
        left: rect.left * scale,
        top: rect.top * scale,
        width: rect.width * scale,
        height: rect.height * scale,
    }
}

/// Converts premultiplied to straight alpha.
pub fn straight_alpha(mut image: RgbaImage) -> RgbaImage {
    for Rgba([r, g, b, alpha]) in image.pixels_mut() {
        for level in [r, g, b] {
            *level = (u32::from(*level) * 255 / u32::from((*alpha).max(1))).min(255) as u8;
        }
    }
    image
}

/// A nearly white colour.
pub fn pale(rng: &mut Pcg64) -> [u8; 3] {
    let level = rng.random_range(190..=255_u8);
    [(); 3].map(|()| level.saturating_sub(rng.random_range(0..25)))
}
