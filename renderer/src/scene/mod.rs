//! Drawn tables with cards on them, whose names and corners are known.

pub mod blend;
pub mod pose;
pub mod texture;

use std::ops::Range;

use image::{Rgb, RgbImage, Rgba};
use imageproc::filter::gaussian_blur_f32;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::deck::{CARD_MM, Style, draw_card};
use blend::blend_warped;
use common::{Card, Point, Quad};
use pose::{CardPose, radius_pixels};

/// An image and the cards that it shows.
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
    pub corners_in_frame: Quad,
}

/// What scenes may look like. Each amount is drawn uniformly from its range.
#[derive(Clone, Debug)]
pub struct SceneOptions {
    pub width: u32,
    pub height: u32,
    /// The number of the table top, or a random one.
    pub texture: Option<usize>,
    /// The style of the deck, or a random one.
    pub style: Option<Style>,
    /// Height of a card as a share of the frame's height.
    pub card_height: Range<f32>,
    pub rotation_degrees: Range<f32>,
    pub tilt_degrees: Range<f32>,
    /// How far from the frame's middle a single card may lie, as a share of the frame's height.
    pub off_centre: f32,
    /// Standard deviation of the Gaussian blur.
    pub blur_pixels: Range<f32>,
    /// Standard deviation of the noise in grey levels.
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

/// The number of random poses that are tried before a card is left out of a crowded scene.
const MAX_POSES_TRIED: usize = 400;

/// Draws a table with these cards on it, side by side and completely in the frame. The same
/// seed gives the same scene.
///
/// A card for which there is no room is left out; `Scene::cards` lists those that are there.
pub fn draw_scene(cards: &[Card], options: &SceneOptions, seed: u64) -> Scene {
    let mut rng = Pcg64::seed_from_u64(seed);
    let (width, height) = (options.width, options.height);
    let any_texture = rng.random_range(0..texture::COUNT);
    let texture_seed = rng.random();
    let number = options.texture.unwrap_or(any_texture);
    let mut image = texture::draw(number, width, height, texture_seed);
    let style = options.style.clone().unwrap_or_else(|| Style::random(&mut rng));
    let mut placed: Vec<PlacedCard> = Vec::new();
    for &card in cards {
        let Some(corners_in_frame) = free_place(cards.len(), options, &placed, &mut rng) else {
            continue;
        };
        shade(&mut image, corners_in_frame, &mut rng);
        lay(&mut image, card, &style, corners_in_frame);
        placed.push(PlacedCard { card, corners_in_frame });
    }
    Scene { image: photograph(image, options, &mut rng), cards: placed }
}

/// The corners of a card at a random place in the frame that is clear of the other cards.
fn free_place(
    cards: usize,
    options: &SceneOptions,
    others: &[PlacedCard],
    rng: &mut Pcg64,
) -> Option<Quad> {
    (0..MAX_POSES_TRIED)
        .map(|_| random_pose(cards, options, rng).corners_in_frame())
        .find(|corners| is_inside(*corners, options) && is_clear(*corners, others))
}

fn random_pose(cards: usize, options: &SceneOptions, rng: &mut Pcg64) -> CardPose {
    let (width, height) = (options.width as f32, options.height as f32);
    let reach = options.off_centre;
    let centre_in_frame = if cards == 1 {
        Point::new(
            width / 2.0 + height * rng.random_range(-reach..=reach),
            height / 2.0 + height * rng.random_range(-reach..=reach),
        )
    } else {
        Point::new(rng.random_range(0.0..width), rng.random_range(0.0..height))
    };
    CardPose {
        centre_in_frame,
        height_pixels: height * rng.random_range(options.card_height.clone()),
        rotation_degrees: rng.random_range(options.rotation_degrees.clone()),
        tilt_degrees: rng.random_range(options.tilt_degrees.clone()),
        tilt_toward_degrees: rng.random_range(0.0..360.0),
    }
}

/// Whether all corners are in the frame.
fn is_inside(corners_in_frame: Quad, options: &SceneOptions) -> bool {
    let (width, height) = (options.width as f32, options.height as f32);
    corners_in_frame.corners.iter().all(|corner| {
        (1.0..width - 1.0).contains(&corner.x) && (1.0..height - 1.0).contains(&corner.y)
    })
}

/// Whether the circles around an outline and around each of the other cards do not touch.
fn is_clear(corners_in_frame: Quad, others: &[PlacedCard]) -> bool {
    others.iter().map(|other| other.corners_in_frame).all(|other| {
        let distance = corners_in_frame.centre().distance(other.centre());
        distance > radius_pixels(corners_in_frame) + radius_pixels(other)
    })
}

fn lay(image: &mut RgbImage, card: Card, style: &Style, corners_in_frame: Quad) {
    let [a, b, c, d] = corners_in_frame.corners;
    // The card is drawn at its size in the frame, so that one resampling keeps it sharp.
    let height = a.distance(d).max(b.distance(c)).ceil().max(1.0);
    let width = (height * CARD_MM[0] / CARD_MM[1]).ceil();
    let card = draw_card(card, style, width as u32, height as u32);
    blend_warped(image, &card, corners_in_frame);
}

/// Draws a soft shadow to one side of the card.
fn shade(image: &mut RgbImage, corners_in_frame: Quad, rng: &mut Pcg64) {
    const LAYERS: u8 = 4;
    let reach = radius_pixels(corners_in_frame) * 0.04;
    let aside = Point::new(rng.random_range(-reach..reach), rng.random_range(-reach..reach));
    let centre = corners_in_frame.centre();
    for layer in 0..LAYERS {
        let growth = 1.0 + 0.012 * f32::from(layer);
        let shadow = corners_in_frame.map(|corner| centre + aside + (corner - centre) * growth);
        let dark = image::RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 26]));
        blend_warped(image, &dark, shadow);
    }
}

/// Adds what the lighting and the camera do: uneven light, blur and noise.
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
        // The standard deviation of uniform noise is its reach over √3.
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
                let outline = placed.corners_in_frame;
                assert!(outline.corners.iter().all(|corner| {
                    (0.0..640.0).contains(&corner.x) && (0.0..480.0).contains(&corner.y)
                }));
                assert!(outline.area() > 0.0, "the corners run clockwise");
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
        let centre = corners.centre();
        assert!(
            scene.image.get_pixel(centre.x as u32, centre.y as u32)[0] > 150,
            "white paper at the centre"
        );
        assert!(scene.image.get_pixel(5, 5)[0] < 60, "dark table in the corner");
    }

    #[test]
    fn an_empty_table_has_no_cards() {
        assert!(draw_scene(&[], &SceneOptions::default(), 1).cards.is_empty());
    }
}
