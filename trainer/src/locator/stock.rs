//! What training scenes are made of.

use std::path::Path;

use common::Card;
use common::image_file::read_image;
use image::imageops::{FilterType, resize};
use image::{RgbImage, Rgba, RgbaImage};
use indicatif::ProgressBar;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use renderer::deck::{CARD_MM, Style, draw_card};
use renderer::scene::texture;

use crate::data::cache::{CacheError, all_or_broken, decode_all};
use crate::locator::distractors::is_in_rounded_square;
use crate::locator::photos::{Photo, Visibility};

/// Width and height of a card's image, in pixels.
const CARD_SIDE: u32 = 128;

/// Longer edge of a photograph, and width and height of a texture.
const BACKGROUND_SIDE: u32 = 504;

/// Width and height of a texture.
const TEXTURE_SIDE: u32 = 384;

/// Radius of a card's corners over its width.
const CORNER_SHARE: f32 = 0.05;

/// A card's image in two sizes, so that small cards are not all aliasing.
#[derive(Clone, Debug)]
pub struct Print {
    pub large: RgbaImage,
    pub small: RgbaImage,
}

/// A photograph and where its cards are.
#[derive(Clone, Debug)]
pub struct Background {
    pub image: RgbImage,
    /// Boxes in its pixels, and whether the whole card is seen.
    pub cards: Vec<([f32; 4], bool)>,
}

/// All that scenes are made of.
#[derive(Clone, Debug)]
pub struct Stock {
    pub drawn: Vec<Print>,
    /// Images of real cards; there may be none.
    pub framed: Vec<Print>,
    pub textures: Vec<RgbImage>,
    pub photos: Vec<Background>,
}

impl Stock {
    /// Draws as many cards and textures, and takes images of cards (framed tightly and
    /// stretched to a square, as data sets have them) and photographs.
    pub fn new(
        drawn_cards: usize,
        textures: usize,
        images: Vec<RgbImage>,
        photos: Vec<Background>,
        seed: u64,
    ) -> Self {
        let drawn = (0..drawn_cards as u64).into_par_iter().map(|i| draw_print(seed ^ (i << 20)));
        let framed = images.into_par_iter().map(|image| Print::new(round_corners(&image)));
        let textures = (0..textures).into_par_iter().map(|i| {
            texture::draw(i, TEXTURE_SIDE, TEXTURE_SIDE, seed.wrapping_mul(31) ^ (i as u64) << 24)
        });
        Self {
            drawn: drawn.collect(),
            framed: framed.collect(),
            textures: textures.collect(),
            photos,
        }
    }
}

impl Stock {
    /// Any card: `drawn_share` of them are drawn, where there are real ones too.
    pub fn card(&self, drawn_share: f64, rng: &mut Pcg64) -> &Print {
        let is_drawn = self.framed.is_empty() || rng.random_bool(drawn_share);
        let cards = if is_drawn && !self.drawn.is_empty() { &self.drawn } else { &self.framed };
        &cards[rng.random_range(0..cards.len())]
    }
}

impl Print {
    fn new(large: RgbaImage) -> Self {
        let small = resize(&large, CARD_SIDE / 2, CARD_SIDE / 2, FilterType::Triangle);
        Self { large, small }
    }
}

fn draw_print(seed: u64) -> Print {
    let mut rng = Pcg64::seed_from_u64(seed);
    let cards: Vec<Card> = Card::all().collect();
    let card = cards[rng.random_range(0..cards.len())];
    let style = Style::random(&mut rng);
    let mut drawn = draw_card(card, &style, CARD_SIDE, CARD_SIDE);
    for Rgba([r, g, b, alpha]) in drawn.pixels_mut() {
        // From premultiplied to straight alpha.
        for level in [r, g, b] {
            *level = (u32::from(*level) * 255 / u32::from((*alpha).max(1))).min(255) as u8;
        }
    }
    Print::new(drawn)
}

fn round_corners(image: &RgbImage) -> RgbaImage {
    let height_share = CORNER_SHARE * CARD_MM[0] / CARD_MM[1];
    let (width, height) = image.dimensions();
    RgbaImage::from_fn(width, height, |x, y| {
        let [r, g, b] = image.get_pixel(x, y).0;
        let (u, v) = ((x as f32 + 0.5) / width as f32, (y as f32 + 0.5) / height as f32);
        let is_inside = is_in_rounded_square(u, v, CORNER_SHARE, height_share);
        Rgba([r, g, b, if is_inside { 255 } else { 0 }])
    })
}

/// Decodes images of cards.
///
/// # Errors
/// Lists the images that can't be read.
pub fn read_cards(
    paths: &[impl AsRef<Path> + Sync],
    progress: &ProgressBar,
) -> Result<Vec<RgbImage>, CacheError> {
    decode_all(paths, CARD_SIDE, progress)
}

/// Decodes photographs and shrinks them.
///
/// # Errors
/// Lists the photographs that can't be read.
pub fn read_photos(folder: &Path, photos: &[Photo]) -> Result<Vec<Background>, CacheError> {
    let load = |photo: &Photo| -> Result<Background, String> {
        let image = read_image(&folder.join(&photo.file)).map_err(|error| error.to_string())?;
        let scale = (BACKGROUND_SIDE as f32 / image.width().max(image.height()) as f32).min(1.0);
        let [width, height] =
            [image.width(), image.height()].map(|edge| (edge as f32 * scale).ceil() as u32);
        let image = resize(&image, width, height, FilterType::Triangle);
        let cards = photo
            .cards
            .iter()
            .map(|card| (card.frame_box.map(|at| at * scale), card.visibility == Visibility::Full));
        Ok(Background { image, cards: cards.collect() })
    };
    all_or_broken(photos.par_iter().map(load).collect())
}
