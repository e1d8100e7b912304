//! The images that training scenes are made of.

use std::path::Path;

use common::error::chain;
use common::image_file::{ImageFileError, read_image};
use common::{Card, ClassMap, Rect};
use image::imageops::{FilterType, resize};
use image::{RgbImage, Rgba, RgbaImage};
use indicatif::ProgressBar;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use renderer::deck::{CARD_MM, Style, draw_card};
use renderer::scene::texture;

use crate::data::cache::{CacheError, all_or_broken, decode_all};
use crate::data::dataset::Sample;
use crate::locator::photos::{Photo, Visibility};
use crate::locator::shape::{is_in_rounded_square, scaled, straight_alpha};
use crate::recipe::locator::CardShares;
use crate::seed::{RandomStream, derive};

/// The longer side of a photograph, in pixels.
const PHOTO_SIDE: u32 = 504;

/// Width and height of a texture, in pixels.
const TEXTURE_SIDE: u32 = 384;

/// Radius of a card's corners over its width.
const CORNER_RADIUS: f32 = 0.05;

/// The image of a card in two sizes, so that small cards show little aliasing.
#[derive(Clone, Debug)]
pub struct CardImage {
    /// A square with straight alpha.
    pub large: RgbaImage,
    /// The same at half the width and height.
    pub small: RgbaImage,
    /// Which card it is, where that is known.
    pub card: Option<Card>,
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
    /// Which card it is.
    pub card: Card,
}

/// The images that scenes are made of.
#[derive(Clone, Debug, Default)]
pub struct Stock {
    /// Drawn cards.
    pub drawn: Vec<CardImage>,
    /// Images of real cards; there may be none.
    pub real: Vec<CardImage>,
    /// Printed faces of other decks; there may be none.
    pub faces: Vec<CardImage>,
    /// Backs of those decks, with straight alpha.
    pub backs: Vec<RgbaImage>,
    pub textures: Vec<RgbImage>,
    pub photos: Vec<Background>,
}

impl Stock {
    /// Draws this number of cards, of `side`×`side` pixels, and of textures. The other images are
    /// added by whoever has some.
    pub fn draw(drawn_cards: usize, side: u32, textures: usize, seed: u64) -> Self {
        let drawn = (0..drawn_cards as u64)
            .into_par_iter()
            .map(|i| draw_random(side, derive(seed, RandomStream::StockCard, &[i])));
        let textures = (0..textures).into_par_iter().map(|i| {
            let seed = derive(seed, RandomStream::StockTexture, &[i as u64]);
            texture::draw(i, TEXTURE_SIDE, TEXTURE_SIDE, seed)
        });
        Self { drawn: drawn.collect(), textures: textures.collect(), ..Self::default() }
    }

    /// A random card of a random kind. A kind without cards leaves its share to the others. The stock has at least one card.
    pub fn card(&self, shares: CardShares, rng: &mut Pcg64) -> &CardImage {
        let real = 1.0 - shares.drawn - shares.faces;
        let kinds = [(&self.drawn, shares.drawn), (&self.faces, shares.faces), (&self.real, real)];
        let kinds = kinds.map(|(cards, share)| (cards, if cards.is_empty() { 0.0 } else { share }));
        let total: f64 = kinds.iter().map(|(_, share)| share).sum();
        let mut draw = rng.random_range(0.0..1.0) * total;
        let chosen = kinds.iter().find(|(_, share)| {
            draw -= share;
            draw < 0.0
        });
        let cards = chosen.map_or(&self.drawn, |(cards, _)| *cards);
        &cards[rng.random_range(0..cards.len())]
    }
}

impl CardImage {
    /// A card with straight alpha.
    pub fn new(large: RgbaImage, card: Option<Card>) -> Self {
        let [width, height] = [large.width() / 2, large.height() / 2].map(|side| side.max(1));
        let small = resize(&large, width, height, FilterType::Triangle);
        Self { large, small, card }
    }

    /// A real card, framed tightly and stretched to a square as in data sets.
    pub fn from_photograph(image: &RgbImage, card: Option<Card>) -> Self {
        Self::new(round_corners(image), card)
    }
}

/// Draws a random card of a random deck.
fn draw_random(side: u32, seed: u64) -> CardImage {
    let mut rng = Pcg64::seed_from_u64(seed);
    let cards: Vec<Card> = Card::all().collect();
    let card = cards[rng.random_range(0..cards.len())];
    let style = Style::random(&mut rng);
    CardImage::new(straight_alpha(draw_card(card, &style, side, side)), Some(card))
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

/// Decodes images of real cards as squares of this side. `progress` advances by one per image.
///
/// # Errors
/// Lists the images that can't be read.
pub fn read_cards(
    samples: &[&Sample],
    classes: &ClassMap,
    side: u32,
    progress: &ProgressBar,
) -> Result<Vec<CardImage>, CacheError> {
    let paths: Vec<&Path> = samples.iter().map(|sample| sample.path.as_path()).collect();
    let images = decode_all(&paths, side, progress)?;
    let cards = samples.par_iter().map(|sample| classes.names()[sample.class].parse().ok());
    let cards = images.par_iter().zip(cards);
    Ok(cards.map(|(image, card)| CardImage::from_photograph(image, card)).collect())
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
        card: card.card,
    });
    let image = resize(&image, width, height, FilterType::Triangle);
    Ok(Background { image, cards: cards.collect() })
}
