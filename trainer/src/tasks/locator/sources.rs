//! Real images and photographs become the stock that training scenes are made of.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use common::regular_file;
use renderer::scene::texture;

use crate::data::cache::CacheError;
use crate::data::dataset::{Dataset, Sample};
use crate::locator::faces::{DecksError, read_decks};
use crate::locator::photos::{self, PhotosError};
use crate::locator::stock::{Background, CardImage, Stock, read_cards, read_photos};
use crate::progress;
use crate::recipe::locator::StockRecipe;

/// Where real images come from; without any, all cards and backgrounds are drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct StockSources<'a> {
    /// Images of cards, framed tightly.
    pub cards: Option<&'a Dataset>,
    /// The indices of those that are used; all without it.
    pub only: Option<&'a [usize]>,
    /// A folder with a folder of printed faces for each deck.
    pub decks: Option<&'a Path>,
    /// A folder of photographs with a labels.jsonl.
    pub photos: Option<&'a Path>,
    /// A text file with the names of photographs to leave out, one per line.
    pub photos_aside: Option<&'a Path>,
}

/// Sources that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StockError {
    #[error(transparent)]
    Images(#[from] CacheError),
    #[error(transparent)]
    Decks(#[from] DecksError),
    #[error(transparent)]
    Photos(#[from] PhotosError),
    #[error("can't read {path:?}")]
    Aside { path: PathBuf, source: io::Error },
}

/// Decodes the sources and draws the rest of the stock.
///
/// # Errors
/// An image or a list can't be read.
pub fn load_stock(
    recipe: &StockRecipe,
    seed: u64,
    sources: &StockSources,
) -> Result<Stock, StockError> {
    let side = recipe.card_side;
    let decks = sources.decks.map(|folder| read_decks(folder, side)).transpose()?;
    let decks = decks.unwrap_or_default();
    let textures = recipe.texture_rounds * texture::COUNT;
    let stock = Stock {
        real: sources.cards.map_or(Ok(Vec::new()), |data| real_cards(data, sources.only, side))?,
        faces: decks.faces,
        backs: decks.backs,
        photos: match sources.photos {
            Some(folder) => photographs(folder, sources.photos_aside)?,
            None => Vec::new(),
        },
        ..Stock::draw(recipe.drawn_cards, side, textures, seed)
    };
    log::info!(
        "scenes are made of {} images of cards, {} faces and {} backs of printed decks, {} drawn \
         cards and {} photographs",
        stock.real.len(),
        stock.faces.len(),
        stock.backs.len(),
        stock.drawn.len(),
        stock.photos.len(),
    );
    Ok(stock)
}

fn real_cards(
    data: &Dataset,
    only: Option<&[usize]>,
    side: u32,
) -> Result<Vec<CardImage>, CacheError> {
    let samples: Vec<&Sample> = match only {
        Some(indices) => indices.iter().map(|&index| &data.samples[index]).collect(),
        None => data.samples.iter().collect(),
    };
    let bar = progress::job_bar("decoding", samples.len());
    let cards = read_cards(&samples, &data.classes, side, &bar)?;
    bar.finish_and_clear();
    Ok(cards)
}

fn photographs(folder: &Path, aside: Option<&Path>) -> Result<Vec<Background>, StockError> {
    let aside = match aside {
        Some(path) => regular_file::read_text(path)
            .map_err(|source| StockError::Aside { path: path.to_owned(), source })?,
        None => String::new(),
    };
    let aside: HashSet<&str> = aside.lines().map(str::trim).collect();
    let mut photos = photos::read(folder)?;
    photos.retain(|photo| !aside.contains(photo.file.as_str()));
    Ok(read_photos(folder, &photos)?)
}
