//! Distractors: objects on tables that are not the face of a card. They are papers, covers of
//! books, telephones, card backs, round objects and fingers.

use std::ops::Range;

use image::{Rgb, Rgba, RgbaImage};
use rand::RngExt;
use rand_pcg::Pcg64;
use renderer::deck::draw_other_game;

use crate::locator::backs;
use crate::locator::shape::{is_in_rounded_square, pale, straight_alpha};
use crate::locator::stock::Background;

/// Width and height of each image in pixels; it is stretched when it is put into a scene.
const SIDE: u32 = 64;

/// Width over height of each kind of object.
const PAPER_ASPECT: Range<f32> = 0.6..1.6;
const COVER_ASPECT: Range<f32> = 0.6..1.5;
const TELEPHONE_ASPECT: Range<f32> = 0.42..0.56;
const CARD_BACK_ASPECT: Range<f32> = 0.62..0.78;
const BLOB_ASPECT: Range<f32> = 0.4..2.5;
const FINGER_ASPECT: Range<f32> = 0.2..0.5;

/// Radius of the rounded corners over the side of the image.
const TELEPHONE_RADIUS: f32 = 0.12;

/// The colour of skin in full light.
const SKIN: [f32; 3] = [235.0, 188.0, 160.0];

/// An object that is not a card.
pub struct Distractor {
    /// Straight alpha, transparent outside the object.
    pub image: RgbaImage,
    /// Width over height of the object.
    pub aspect: f32,
}

/// Draws a random object. `photos` may appear on covers; `printed_backs` are backs of real decks.
pub fn draw(photos: &[Background], printed_backs: &[RgbaImage], rng: &mut Pcg64) -> Distractor {
    // Card backs and fingers are the most frequent kinds.
    let (image, aspects) = match rng.random_range(0..9) {
        0 => (paper(rng), PAPER_ASPECT),
        1 => (cover(photos, rng), COVER_ASPECT),
        2 => (telephone(rng), TELEPHONE_ASPECT),
        3 => (backs::draw(rng), CARD_BACK_ASPECT),
        4 => (blob(rng), BLOB_ASPECT),
        5 => (other_game(rng), CARD_BACK_ASPECT),
        6 if !printed_backs.is_empty() => {
            (printed_backs[rng.random_range(0..printed_backs.len())].clone(), CARD_BACK_ASPECT)
        }
        6 => (backs::draw(rng), CARD_BACK_ASPECT),
        _ => (finger(rng), FINGER_ASPECT),
    };
    Distractor { image, aspect: rng.random_range(aspects) }
}

fn opaque([r, g, b]: [u8; 3]) -> Rgba<u8> {
    Rgba([r, g, b, 255])
}

/// A pale sheet, sometimes with lines of text.
fn paper(rng: &mut Pcg64) -> RgbaImage {
    let color = pale(rng);
    let ink = [(); 3].map(|()| rng.random_range(20..140_u8));
    let has_text = rng.random_bool(0.6);
    let (line, margin) = (rng.random_range(3..8_u32), rng.random_range(4..12_u32));
    let shift = rng.random_range(0..97_u32);
    RgbaImage::from_fn(SIDE, SIDE, |x, y| {
        let is_inside = is_within(x, margin) && is_within(y, margin);
        let is_in_line = y % line < line.div_ceil(2);
        // Words of uneven length.
        let is_in_word = (x * 7 + y / line * 31 + shift) % 23 < 17;
        opaque(if has_text && is_inside && is_in_line && is_in_word { ink } else { color })
    })
}

/// Whether a pixel is at least `margin` pixels from both edges of the image.
fn is_within(at: u32, margin: u32) -> bool {
    (margin..SIDE - margin).contains(&at)
}

/// A book or a box: a part of a photograph in a frame, or one colour.
fn cover(photos: &[Background], rng: &mut Pcg64) -> RgbaImage {
    let color: [u8; 3] = rng.random();
    let frame = rng.random_range(0..5_u32);
    let image = (!photos.is_empty() && rng.random_bool(0.6))
        .then(|| &photos[rng.random_range(0..photos.len())].image)
        .filter(|image| image.width() > SIDE && image.height() > SIDE);
    let place = image
        .map(|image| [image.width(), image.height()].map(|side| rng.random_range(0..side - SIDE)));
    RgbaImage::from_fn(SIDE, SIDE, |x, y| match (image, place) {
        (Some(image), Some([left, top])) if is_within(x, frame) && is_within(y, frame) => {
            let Rgb(color) = *image.get_pixel(left + x, top + y);
            opaque(color)
        }
        _ => opaque(color),
    })
}

/// A dark case around a mostly dark screen.
fn telephone(rng: &mut Pcg64) -> RgbaImage {
    let case = rng.random_range(5..60_u8);
    let screen: [u8; 3] =
        if rng.random_bool(0.7) { [(); 3].map(|()| rng.random_range(0..50)) } else { rng.random() };
    let rim = rng.random_range(2..6_u32);
    rounded(TELEPHONE_RADIUS, |x, y| {
        if is_within(x, rim) && is_within(y, 2 * rim) { screen } else { [case; 3] }
    })
}

/// A card of another game, such as one with a figure and no suit.
fn other_game(rng: &mut Pcg64) -> RgbaImage {
    straight_alpha(draw_other_game(rng, 2 * SIDE, 2 * SIDE))
}

/// A round object of one colour, darker on one side.
fn blob(rng: &mut Pcg64) -> RgbaImage {
    let color: [u8; 3] = rng.random();
    shaded_ellipse(color, 1.0, rng)
}

/// A finger or an arm.
fn finger(rng: &mut Pcg64) -> RgbaImage {
    let light = rng.random_range(0.35..1.0_f32);
    let color = SKIN.map(|level| (level * light) as u8);
    shaded_ellipse(color, 4.0, rng)
}

/// An ellipse that is darker on one side. The higher the power, the more it looks like a rod.
fn shaded_ellipse(color: [u8; 3], power: f32, rng: &mut Pcg64) -> RgbaImage {
    let darkness = rng.random_range(0.0..0.6_f32);
    RgbaImage::from_fn(SIDE, SIDE, |x, y| {
        let [u, v] = [x, y].map(|at| (at as f32 + 0.5) / SIDE as f32 * 2.0 - 1.0);
        let is_inside = u * u + v.abs().powf(2.0 * power) < 1.0;
        let light = 1.0 - darkness * (u * 0.5 + 0.5);
        let [r, g, b] = color.map(|level| (f32::from(level) * light) as u8);
        Rgba([r, g, b, if is_inside { 255 } else { 0 }])
    })
}

/// An image with rounded corners; `radius` is a share of the side.
fn rounded(radius: f32, color: impl Fn(u32, u32) -> [u8; 3]) -> RgbaImage {
    RgbaImage::from_fn(SIDE, SIDE, |x, y| {
        let [r, g, b] = color(x, y);
        let [u, v] = [x, y].map(|at| (at as f32 + 0.5) / SIDE as f32);
        Rgba([r, g, b, if is_in_rounded_square(u, v, radius, radius) { 255 } else { 0 }])
    })
}
