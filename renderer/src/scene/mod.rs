//! Drawn tables with cards on them, whose names and corners are known.

pub mod place;
pub mod texture;

use std::ops::Range;

use image::{Rgb, RgbImage, Rgba};
use imageproc::filter::gaussian_blur_f32;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::deck::{CARD_MM, Style, draw_card};
use common::Card;
use place::{Pose, blend_warped};

/// An image and the truth about it.
#[derive(Clone, Debug)]
pub struct Scene {
    pub image: RgbImage,
    pub cards: Vec<PlacedCard>,
}

/// A card in a scene.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlacedCard {
    pub card: Card,
    /// Clockwise from the card's own top left corner, in pixels of the image.
    pub corners_in_frame: [[f32; 2]; 4],
}

/// What scenes may look like; amounts are drawn uniformly from their ranges.
#[derive(Clone, Debug)]
pub struct SceneOptions {
    pub width: u32,
    pub height: u32,
    /// Number of the table top; any where there is none.
    pub texture: Option<usize>,
    /// The deck; any where there is none.
    pub style: Option<Style>,
    /// Height of a card as a share of the frame's height.
    pub card_height: Range<f32>,
    pub rotation_degrees: Range<f32>,
    pub tilt_degrees: Range<f32>,
    /// How far from the frame's middle a single card may lie, as a share of its height.
    pub off_centre: f32,
    /// Deviation of the Gaussian blur.
    pub blur_pixels: Range<f32>,
    /// Deviation of the noise in grey levels.
    pub noise_deviation: Range<f32>,
}

impl Default for SceneOptions {
    /// A webcam over a table with small cards at any angle.
    fn default() -> Self {
        Self {
            width: 640,
            height: 480,
            texture: None,
            style: None,
            card_height: 0.3..0.42,
            rotation_degrees: -180.0..180.0,
            tilt_degrees: 0.0..30.0,
            off_centre: 0.5,
            blur_pixels: 0.2..0.9,
            noise_deviation: 0.0..6.0,
        }
    }
}

impl SceneOptions {
    /// A webcam close to one card that fills most of the frame's height, nearly upright.
    pub fn close_up() -> Self {
        Self {
            card_height: 0.86..0.94,
            rotation_degrees: -6.0..6.0,
            tilt_degrees: 0.0..8.0,
            off_centre: 0.02,
            ..Self::default()
        }
    }
}

/// Throws that are tried before a card is left out of a crowded scene.
const THROWS: usize = 400;

/// Draws a table with these cards on it, side by side and wholly in the frame; the
/// same seed gives the same scene.
///
/// Cards for which there is no room are left out: `Scene::cards` tells which are there.
pub fn draw_scene(cards: &[Card], options: &SceneOptions, seed: u64) -> Scene {
    let mut rng = Pcg64::seed_from_u64(seed);
    let (width, height) = (options.width, options.height);
    let any_texture = rng.random_range(0..texture::COUNT);
    let texture_seed = rng.random();
    let number = options.texture.unwrap_or(any_texture);
    let mut image = texture::draw(number, width, height, texture_seed);
    let style = options.style.clone().unwrap_or_else(|| Style::random(&mut rng));
    let mut placed: Vec<(PlacedCard, Pose)> = Vec::new();
    for &card in cards {
        let poses: Vec<Pose> = placed.iter().map(|(_, pose)| *pose).collect();
        let Some(pose) = free_pose(cards.len(), options, &poses, &mut rng) else { continue };
        shade(&mut image, &pose, &mut rng);
        lay(&mut image, card, &style, &pose);
        placed.push((PlacedCard { card, corners_in_frame: pose.corners_in_frame }, pose));
    }
    let image = photograph(image, options, &mut rng);
    Scene { image, cards: placed.into_iter().map(|(card, _)| card).collect() }
}

/// The image that a model file's self-test shows to the network: an ace of spades on a table.
pub fn self_test_image() -> RgbImage {
    let options = SceneOptions {
        style: Some(Style::classic()),
        texture: Some(0),
        ..SceneOptions::close_up()
    };
    draw_scene(&[Card::Suited(common::Rank::Ace, common::Suit::Spades)], &options, 1).image
}

/// A pose in the frame that keeps clear of the others.
fn free_pose(
    cards: usize,
    options: &SceneOptions,
    others: &[Pose],
    rng: &mut Pcg64,
) -> Option<Pose> {
    let (width, height) = (options.width as f32, options.height as f32);
    (0..THROWS).find_map(|_| {
        let centre = if cards == 1 {
            let reach = options.off_centre;
            [width / 2.0, height / 2.0]
                .map(|middle| middle + height * rng.random_range(-reach..=reach))
        } else {
            [rng.random_range(0.0..width), rng.random_range(0.0..height)]
        };
        let pose = Pose::new(
            centre,
            height * rng.random_range(options.card_height.clone()),
            rng.random_range(options.rotation_degrees.clone()),
            rng.random_range(options.tilt_degrees.clone()),
            rng.random_range(0.0..360.0),
        );
        let inside = pose
            .corners_in_frame
            .iter()
            .all(|[x, y]| (1.0..width - 1.0).contains(x) && (1.0..height - 1.0).contains(y));
        let clear = others.iter().all(|other| {
            let ([ax, ay], [bx, by]) = (pose.centre_in_frame(), other.centre_in_frame());
            (ax - bx).hypot(ay - by) > pose.radius_pixels() + other.radius_pixels()
        });
        (inside && clear).then_some(pose)
    })
}

fn lay(image: &mut RgbImage, card: Card, style: &Style, pose: &Pose) {
    let [a, b, c, d] = pose.corners_in_frame;
    let length = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    // Drawn at its size in the frame, so that one resampling keeps it sharp.
    let height = length(a, d).max(length(b, c)).ceil().max(1.0);
    let width = (height * CARD_MM[0] / CARD_MM[1]).ceil();
    let card = draw_card(card, style, width as u32, height as u32);
    blend_warped(image, &card, pose.corners_in_frame);
}

/// A soft shadow to one side of the card.
fn shade(image: &mut RgbImage, pose: &Pose, rng: &mut Pcg64) {
    const LAYERS: u8 = 4;
    let reach = pose.radius_pixels() * 0.04;
    let aside = [(); 2].map(|()| rng.random_range(-reach..reach));
    let [x, y] = pose.centre_in_frame();
    for layer in 0..LAYERS {
        let grown = 1.0 + 0.012 * f32::from(layer);
        let corners = pose.corners_in_frame.map(|corner| {
            [x + aside[0] + (corner[0] - x) * grown, y + aside[1] + (corner[1] - y) * grown]
        });
        let dark = image::RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 26]));
        blend_warped(image, &dark, corners);
    }
}

/// What LED and camera do: uneven light, blur, noise.
fn photograph(image: RgbImage, options: &SceneOptions, rng: &mut Pcg64) -> RgbImage {
    let blur = rng.random_range(options.blur_pixels.clone());
    let mut image = if blur > 0.05 { gaussian_blur_f32(&image, blur) } else { image };
    let (width, height) = (options.width as f32, options.height as f32);
    let noise = 1.7 * rng.random_range(options.noise_deviation.clone());
    let brightness = rng.random_range(0.8..1.0);
    let slope = [(); 2].map(|()| rng.random_range(-0.2..0.2_f32));
    for (x, y, Rgb(pixel)) in image.enumerate_pixels_mut() {
        let across = x as f32 / width - 0.5;
        let down = y as f32 / height - 0.5;
        let light = brightness + slope[0] * across + slope[1] * down;
        // Uniform noise has √3 times less deviation than its reach.
        let grain = rng.random_range(-noise..=noise);
        pixel.iter_mut().for_each(|level| *level = (f32::from(*level) * light + grain) as u8);
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cards(n: usize) -> Vec<Card> {
        Card::all().step_by(5).take(n).collect()
    }

    #[test]
    fn one_seed_gives_one_scene() {
        let draw = |seed| draw_scene(&cards(2), &SceneOptions::default(), seed).image;
        assert_eq!(draw(4), draw(4));
        assert_ne!(draw(4), draw(5));
    }

    #[test]
    fn cards_lie_in_the_frame_and_go_clockwise() {
        for seed in 0..10 {
            for placed in draw_scene(&cards(3), &SceneOptions::default(), seed).cards {
                let corners = placed.corners_in_frame;
                assert!(
                    corners.iter().all(|[x, y]| *x > 0.0 && *x < 640.0 && *y > 0.0 && *y < 480.0)
                );
                // The shoelace formula: positive for clockwise with y downwards.
                let doubled_area: f32 = (0..4)
                    .map(|i| (corners[i], corners[(i + 1) % 4]))
                    .map(|([ax, ay], [bx, by])| ax * by - bx * ay)
                    .sum();
                assert!(doubled_area > 0.0);
            }
        }
    }

    #[test]
    fn the_card_is_where_its_corners_say() {
        let options = SceneOptions {
            texture: Some(20),
            style: Some(Style::classic()),
            noise_deviation: 0.0..0.1,
            ..SceneOptions::close_up()
        };
        let scene = draw_scene(&["two of clubs".parse().unwrap()], &options, 1);
        let corners = scene.cards[0].corners_in_frame;
        let [x, y] = Pose { corners_in_frame: corners }.centre_in_frame();
        assert!(scene.image.get_pixel(x as u32, y as u32)[0] > 150, "white paper at the centre");
        assert!(scene.image.get_pixel(5, 5)[0] < 60, "dark table in the corner");
    }

    #[test]
    fn an_empty_table_has_no_cards() {
        assert!(draw_scene(&[], &SceneOptions::default(), 1).cards.is_empty());
    }
}
