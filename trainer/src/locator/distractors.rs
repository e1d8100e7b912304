//! What lies on tables and is no card's face: papers, covers, telephones, card backs,
//! hands. Straight alpha.

use image::{Rgb, Rgba, RgbaImage};
use rand::RngExt;
use rand_pcg::Pcg64;

use crate::locator::stock::Background;

/// Width and height of each thing in pixels.
const SIDE: u32 = 64;

/// A thing, and its width over its height.
pub fn draw(photos: &[Background], rng: &mut Pcg64) -> (RgbaImage, f32) {
    match rng.random_range(0..7) {
        0 => (paper(rng), rng.random_range(0.6..1.6)),
        1 => (cover(photos, rng), rng.random_range(0.6..1.5)),
        2 => (telephone(rng), rng.random_range(0.42..0.56)),
        3 => (card_back(rng), rng.random_range(0.62..0.78)),
        4 => (blob(rng), rng.random_range(0.4..2.5)),
        _ => (finger(rng), rng.random_range(0.2..0.5)),
    }
}

fn pale(rng: &mut Pcg64) -> [u8; 3] {
    let level = rng.random_range(190..=255_u8);
    [(); 3].map(|()| level.saturating_sub(rng.random_range(0..25)))
}

fn opaque([r, g, b]: [u8; 3]) -> Rgba<u8> {
    Rgba([r, g, b, 255])
}

/// Pale, sometimes with lines of text.
fn paper(rng: &mut Pcg64) -> RgbaImage {
    let color = pale(rng);
    let ink = [(); 3].map(|()| rng.random_range(20..140_u8));
    let has_text = rng.random_bool(0.6);
    let (line, margin) = (rng.random_range(3..8_u32), rng.random_range(4..12_u32));
    let shift = rng.random_range(0..97_u32);
    RgbaImage::from_fn(SIDE, SIDE, |x, y| {
        let inside = x >= margin && x < SIDE - margin && y >= margin && y < SIDE - margin;
        let in_line = y % line < line.div_ceil(2);
        // Words of uneven length.
        let in_word = (x * 7 + y / line * 31 + shift) % 23 < 17;
        opaque(if has_text && inside && in_line && in_word { ink } else { color })
    })
}

/// A book or box: a piece of any image, or one colour.
fn cover(photos: &[Background], rng: &mut Pcg64) -> RgbaImage {
    let color: [u8; 3] = rng.random();
    let frame = rng.random_range(0..5_u32);
    let image = (!photos.is_empty() && rng.random_bool(0.6))
        .then(|| &photos[rng.random_range(0..photos.len())].image)
        .filter(|image| image.width() > SIDE && image.height() > SIDE);
    let place = image
        .map(|image| [image.width(), image.height()].map(|edge| rng.random_range(0..edge - SIDE)));
    RgbaImage::from_fn(SIDE, SIDE, |x, y| {
        let inside = (frame..SIDE - frame).contains(&x) && (frame..SIDE - frame).contains(&y);
        match (image, place) {
            (Some(image), Some([left, top])) if inside => {
                let Rgb(color) = *image.get_pixel(left + x, top + y);
                opaque(color)
            }
            _ => opaque(color),
        }
    })
}

fn telephone(rng: &mut Pcg64) -> RgbaImage {
    let case = rng.random_range(5..60_u8);
    let glass: [u8; 3] =
        if rng.random_bool(0.7) { [(); 3].map(|()| rng.random_range(0..50)) } else { rng.random() };
    let rim = rng.random_range(2..6_u32);
    rounded(0.12, |x, y| {
        let inside = (rim..SIDE - rim).contains(&x) && (2 * rim..SIDE - 2 * rim).contains(&y);
        if inside { glass } else { [case; 3] }
    })
}

/// White border around a pattern of two colours.
fn card_back(rng: &mut Pcg64) -> RgbaImage {
    let (border, colors): (u32, [[u8; 3]; 2]) = (rng.random_range(2..7), rng.random());
    let paper = pale(rng);
    let (across, down) = (rng.random_range(2..9_u32), rng.random_range(2..9_u32));
    let is_diamonds = rng.random_bool(0.5);
    rounded(0.08, |x, y| {
        let inside = (border..SIDE - border).contains(&x) && (border..SIDE - border).contains(&y);
        let is_second = match is_diamonds {
            true => ((x + y) / across + (x + SIDE - y) / down).is_multiple_of(2),
            false => (x / across + y / down) % 2 == 0,
        };
        if inside { colors[usize::from(is_second)] } else { paper }
    })
}

/// Something round of one colour, darker to one side.
fn blob(rng: &mut Pcg64) -> RgbaImage {
    let color: [u8; 3] = rng.random();
    shaded_ellipse(color, 1.0, rng)
}

/// A finger or an arm.
fn finger(rng: &mut Pcg64) -> RgbaImage {
    let light = rng.random_range(0.35..1.0_f32);
    let color = [235.0, 188.0, 160.0].map(|level| (level * light) as u8);
    shaded_ellipse(color, 4.0, rng)
}

/// The higher the power, the more it looks like a rod.
fn shaded_ellipse(color: [u8; 3], power: f32, rng: &mut Pcg64) -> RgbaImage {
    let dark = rng.random_range(0.0..0.6_f32);
    RgbaImage::from_fn(SIDE, SIDE, |x, y| {
        let [u, v] = [x, y].map(|at| (at as f32 + 0.5) / SIDE as f32 * 2.0 - 1.0);
        let is_inside = u * u + v.abs().powf(2.0 * power) < 1.0;
        let light = 1.0 - dark * (u * 0.5 + 0.5);
        let [r, g, b] = color.map(|level| (f32::from(level) * light) as u8);
        Rgba([r, g, b, if is_inside { 255 } else { 0 }])
    })
}

/// With round corners of that share of the side.
fn rounded(radius: f32, color: impl Fn(u32, u32) -> [u8; 3]) -> RgbaImage {
    RgbaImage::from_fn(SIDE, SIDE, |x, y| {
        let [r, g, b] = color(x, y);
        let [u, v] = [x, y].map(|at| (at as f32 + 0.5) / SIDE as f32);
        Rgba([r, g, b, if is_in_rounded_square(u, v, radius, radius) { 255 } else { 0 }])
    })
}

/// Whether a point of the unit square is within its corners of these radii.
pub fn is_in_rounded_square(u: f32, v: f32, radius_u: f32, radius_v: f32) -> bool {
    let beyond = |at: f32, radius: f32| ((at - 0.5).abs() - (0.5 - radius)).max(0.0) / radius;
    beyond(u, radius_u).hypot(beyond(v, radius_v)) <= 1.0
}
