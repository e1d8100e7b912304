//! One card as the images of a data set show it: tightly framed, squashed to a square, with
//! varying light and blur.

use image::imageops::{FilterType, resize};
use image::{Rgb, RgbImage, RgbaImage};
use imageproc::filter::gaussian_blur_f32;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::deck::canvas::{CardCanvas, ellipse, rounded_rect};
use crate::deck::{Style, draw_card, draw_card_over};
use crate::scene::blend::blend_warped;
use crate::scene::pose::CardPose;
use crate::scene::texture;
use common::{Card, Rect};

/// An image of one card, `side`×`side`. The same seed gives the same image.
pub fn draw_sample(card: Card, seed: u64, side: u32) -> RgbImage {
    let mut rng = Pcg64::seed_from_u64(seed);
    let style = Style::random(&mut rng);
    let drawn = draw_card(card, &style, side, side);
    framed(&drawn, side, &mut rng)
}

/// An image of one card, `side`×`side`, whose centre is the middle of another image and says
/// nothing about the card. The same seed gives the same image.
pub fn draw_sample_over(card: Card, centre: &RgbImage, seed: u64, side: u32) -> RgbImage {
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut style = Style::random(&mut rng);
    style.index.halo = rng.random_range(0.02..0.25);
    let drawn = draw_card_over(card, &style, centre, side, side);
    framed(&drawn, side, &mut rng)
}

/// A drawn card on a table as a camera shows it.
fn framed(drawn: &RgbaImage, side: u32, rng: &mut Pcg64) -> RgbImage {
    let mut image = background(side, rng);
    if rng.random_bool(0.75) {
        overlay_tight(&mut image, drawn, rng);
    } else {
        let pose = CardPose::askew(side, rng);
        blend_warped(&mut image, drawn, pose.corners_in_frame());
    }
    finish(image, rng)
}

/// An image without a card, `side`×`side`: a table, sometimes with a card's back, a blank card
/// or other objects on it.
pub fn draw_empty(seed: u64, side: u32) -> RgbImage {
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut image = background(side, &mut rng);
    for _ in 0..rng.random_range(0..4) {
        let object = object(side, &mut rng);
        let pose = CardPose::askew(side, &mut rng);
        blend_warped(&mut image, &object, pose.corners_in_frame());
    }
    finish(image, &mut rng)
}

fn background(side: u32, rng: &mut Pcg64) -> RgbImage {
    match rng.random_range(0..4) {
        0 => RgbImage::from_pixel(side, side, Rgb([255; 3])),
        1 => RgbImage::from_pixel(side, side, Rgb(rng.random())),
        _ => {
            let number = rng.random_range(0..texture::COUNT);
            texture::draw(number, side, side, rng.random())
        }
    }
}

/// Lays the card upright, its edges within a few percent of the image's.
fn overlay_tight(image: &mut RgbImage, card: &RgbaImage, rng: &mut Pcg64) {
    let side = image.width() as f32;
    let mut edge = |at: f32| at * side + rng.random_range(-0.03..0.05) * side * (1.0 - 2.0 * at);
    let (left, top, right, bottom) = (edge(0.0), edge(0.0), edge(1.0), edge(1.0));
    blend_warped(image, card, Rect::from_edges(left, top, right, bottom).to_quad());
}

/// An object on a table that is not the face of a card: a back, a blank card, a disc or a box.
fn object(side: u32, rng: &mut Pcg64) -> RgbaImage {
    let mut style = Style::random(rng);
    style.border = None;
    let mut canvas = CardCanvas::new(side, side);
    let identity = tiny_skia::Transform::identity();
    match rng.random_range(0..4) {
        0 => canvas.background(&style),
        1 => {
            canvas.background(&style);
            let (columns, rows) = (rng.random_range(3..10_u8), rng.random_range(4..14_u8));
            let [across, down] = [56.0 / f32::from(columns), 80.0 / f32::from(rows)];
            for (column, row) in (0..columns).flat_map(|x| (0..rows).map(move |y| (x, y))) {
                let x = 3.5 + across * (f32::from(column) + 0.5);
                let y = 4.0 + down * (f32::from(row) + 0.5);
                let dot = ellipse(x, y, 0.35 * across, 0.4 * down);
                canvas.fill(&dot, style.palette[0], identity);
            }
        }
        2 => canvas.fill(&ellipse(31.0, 44.0, 28.0, 40.0), rng.random(), identity),
        _ => canvas.fill(
            &rounded_rect(Rect::new(3.0, 12.0, 56.0, 60.0), 2.0),
            rng.random(),
            identity,
        ),
    }
    canvas.into_image()
}

/// Adds uneven light, a tint, blur and noise.
fn finish(mut image: RgbImage, rng: &mut Pcg64) -> RgbImage {
    let side = image.width();
    if rng.random_bool(0.2) {
        // Many images of data sets were enlarged from small ones.
        let small = rng.random_range(side * 2 / 5..side);
        let shrunk = resize(&image, small, small, FilterType::Triangle);
        image = resize(&shrunk, side, side, FilterType::Triangle);
    }
    if rng.random_bool(0.2) {
        image = gaussian_blur_f32(&image, rng.random_range(0.3..1.2));
    }
    let tint: [f32; 3] = [(); 3].map(|()| rng.random_range(0.9..1.05));
    let slope: [f32; 2] = [(); 2].map(|()| rng.random_range(-0.2..0.2));
    let noise: f32 = if rng.random_bool(0.3) { rng.random_range(0.0..14.0) } else { 0.0 };
    for (x, y, Rgb(pixel)) in image.enumerate_pixels_mut() {
        let across = x as f32 / side as f32 - 0.5;
        let down = y as f32 / side as f32 - 0.5;
        let light = 1.0 + slope[0] * across + slope[1] * down;
        let grain = if noise > 0.0 { rng.random_range(-noise..noise) } else { 0.0 };
        for (level, tint) in pixel.iter_mut().zip(tint) {
            *level = (f32::from(*level) * light * tint + grain) as u8;
        }
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_image() {
        let card = "queen of spades".parse().unwrap();
        assert_eq!(draw_sample(card, 3, 64), draw_sample(card, 3, 64));
        assert_ne!(draw_sample(card, 3, 64), draw_sample(card, 4, 64));
        assert_eq!(draw_empty(3, 64), draw_empty(3, 64));
    }

    #[test]
    fn another_image_becomes_the_centre() {
        let card = "queen of spades".parse().unwrap();
        let green = RgbImage::from_pixel(80, 80, Rgb([0, 200, 0]));
        let image = draw_sample_over(card, &green, 3, 64);
        let Rgb([r, g, b]) = *image.get_pixel(32, 32);
        assert!(g > 100 && r < 100 && b < 100, "{r} {g} {b}");
        assert_eq!(image, draw_sample_over(card, &green, 3, 64));
    }

    #[test]
    fn samples_have_the_side_that_was_asked_for() {
        for seed in 0..20 {
            assert_eq!(draw_sample(Card::Joker, seed, 96).dimensions(), (96, 96));
            assert_eq!(draw_empty(seed, 96).dimensions(), (96, 96));
        }
    }
}
