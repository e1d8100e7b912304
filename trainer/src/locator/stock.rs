//! The images that training scenes are made of.

use std::path::Path;

use common::error::chain;
use common::image_file::{ImageFileError, read_image};
use common::{Card, Rect};
use image::imageops::{FilterType, resize};
use image::{RgbImage, Rgba, RgbaImage};
use indicatif::ProgressBar;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use renderer::deck::{CARD_MM, Style, draw_card};
use renderer::scene::texture;

use crate::data::cache::{CacheError, all_or_broken, decode_all};
use crate::locator::photos::{Photo, Visibility};
use crate::locator::shape::{is_in_rounded_square, scaled};
use crate::seed::{RandomStream, derive};

/// Width and height of the image of a card, in pixels.
const CARD_SIDE: u32 = 128;

/// The longer side of a photograph, in pixels.
const PHOTO_SIDE: u32 = 504;

/// Width and height of a texture, in pixels.
const TEXTURE_SIDE: u32 = 384;

/// Radius of a card's corners over its width.
const CORNER_RADIUS: f32 = 0.05;

/// The image of a card in two sizes, so that small cards show little aliasing.
#[derive(Clone, Debug)]
pub struct CardImage {
    /// 128×128 pixels with straight alpha.
    pub large: RgbaImage,
    /// 64×64 pixels with straight alpha.
    pub small: RgbaImage,
}

/// A photograph and its cards.
#[derive(Clone, Debug)]
pub struct Background {
    pub image: RgbImage,
    pub cards: Vec<BackgroundCard>,
}

/// A card in a photograph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BackgroundCard {
    /// In pixels of the photograph, around the visible part of the card.
    pub bounds: Rect,
    /// Whether the card is completely visible.
    pub is_complete: bool,
}

/// The images that scenes are made of.
#[derive(Clone, Debug)]
pub struct Stock {
    /// Drawn cards.
    pub drawn: Vec<CardImage>,
    /// Images of real cards; there may be none.
    pub real: Vec<CardImage>,
    pub textures: Vec<RgbImage>,
    pub photos: Vec<Background>,
}

impl Stock {
    /// Draws this number of cards and textures. `images` are images of real cards, framed
    /// tightly and stretched to a square as in data sets.
    pub fn new(
        drawn_cards: usize,
        textures: usize,
        images: Vec<RgbImage>,
        photos: Vec<Background>,
        seed: u64,
    ) -> Self {
        let drawn = (0..drawn_cards as u64)
            .into_par_iter()
            .map(|i| draw_random(derive(seed, RandomStream::StockCard, &[i])));
        let real = images.into_par_iter().map(|image| CardImage::new(round_corners(&image)));
        let textures = (0..textures).into_par_iter().map(|i| {
            let seed = derive(seed, RandomStream::StockTexture, &[i as u64]);
            texture::draw(i, TEXTURE_SIDE, TEXTURE_SIDE, seed)
        });
        Self { drawn: drawn.collect(), real: real.collect(), textures: textures.collect(), photos }
    }

    /// A random card. It is a drawn one with the probability `drawn_share` (0..1), if there are
    /// drawn and real ones.
    pub fn card(&self, drawn_share: f64, rng: &mut Pcg64) -> &CardImage {
        let is_drawn = self.real.is_empty() || rng.random_bool(drawn_share);
        let cards = if is_drawn && !self.drawn.is_empty() { &self.drawn } else { &self.real };
        &cards[rng.random_range(0..cards.len())]
    }
}

impl CardImage {
    fn new(large: RgbaImage) -> Self {
        let small = resize(&large, CARD_SIDE / 2, CARD_SIDE / 2, FilterType::Triangle);
        Self { large, small }
    }
}

/// Draws a random card of a random deck.
fn draw_random(seed: u64) -> CardImage {
    let mut rng = Pcg64::seed_from_u64(seed);
    let cards: Vec<Card> = Card::all().collect();
    let card = cards[rng.random_range(0..cards.len())];
    let style = Style::random(&mut rng);
    let mut drawn = draw_card(card, &style, CARD_SIDE, CARD_SIDE);
    for Rgba([r, g, b, alpha]) in drawn.pixels_mut() {
        // Converts premultiplied to straight alpha.
        for level in [r, g, b] {
            *level = (u32::from(*level) * 255 / u32::from((*alpha).max(1))).min(255) as u8;
        }
    }
    CardImage::new(drawn)
}

/// Makes the corners of a card transparent as if they were rounded.
fn round_corners(image: &RgbImage) -> RgbaImage {
    let radius_v = CORNER_RADIUS * CARD_MM[0] / CARD_MM[1];
    let (width, height) = image.dimensions();
    RgbaImage::from_fn(width, height, |x, y| {
        let [r, g, b] = image.get_pixel(x, y).0;
        let (u, v) = ((x as f32 + 0.5) / width as f32, (y as f32 + 0.5) / height as f32);
        let is_inside = is_in_rounded_square(u, v, CORNER_RADIUS, radius_v);
        Rgba([r, g, b, if is_inside { 255 } else { 0 }])
    })
}

/// Decodes images of real cards for a stock. `progress` advances by one per image.
///
/// # Errors
/// Lists the images that can't be read.
pub fn read_cards(
    paths: &[impl AsRef<Path> + Sync],
    progress: &ProgressBar,
) -> Result<Vec<RgbImage>, CacheError> {
    decode_all(paths, CARD_SIDE, progress)
}

/// Decodes the photographs of a folder and shrinks them.
///
/// # Errors
/// Lists the photographs that can't be read.
pub fn read_photos(folder: &Path, photos: &[Photo]) -> Result<Vec<Background>, CacheError> {
    let results = photos.par_iter().map(|photo| read_photo(folder, photo));
    all_or_broken(results.map(|result| result.map_err(|error| chain(&error))).collect())
}

fn read_photo(folder: &Path, photo: &Photo) -> Result<Background, ImageFileError> {
    let image = read_image(&folder.join(&photo.file))?;
    let scale = (PHOTO_SIDE as f32 / image.width().max(image.height()) as f32).min(1.0);
    let [width, height] =
        [image.width(), image.height()].map(|side| (side as f32 * scale).ceil() as u32);
    let cards = photo.cards.iter().map(|card| BackgroundCard {
        bounds: scaled(card.bounds, scale),
        is_complete: card.visibility == Visibility::Full,
    });
    let image = resize(&image, width, height, FilterType::Triangle);
    Ok(Background { image, cards: cards.collect() })
}
