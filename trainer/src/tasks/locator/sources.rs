//! Real images and photographs become the stock that training scenes are made of.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use renderer::scene::texture;

use crate::data::cache::CacheError;
use crate::data::dataset::Dataset;
use crate::locator::photos::{self, PhotosError};
use crate::locator::stock::{Background, Stock, read_cards, read_photos};
use crate::progress;
use crate::recipe::LocatorRecipe;

/// Where real images come from; without any, all cards and backgrounds are drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct StockSources<'a> {
    /// Images of cards, framed tightly.
    pub cards: Option<&'a Dataset>,
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
    Photos(#[from] PhotosError),
    #[error("can't read {path:?}")]
    Aside { path: PathBuf, source: io::Error },
}

/// Decodes the sources and draws the rest of the stock.
///
/// # Errors
/// An image or a list can't be read.
pub fn load_stock(recipe: &LocatorRecipe, sources: &StockSources) -> Result<Stock, StockError> {
    let images = match sources.cards {
        Some(data) => {
            let paths: Vec<&Path> = data.samples.iter().map(|one| one.path.as_path()).collect();
            let bar = progress::job_bar("decoding", paths.len());
            let images = read_cards(&paths, &bar)?;
            bar.finish_and_clear();
            images
        }
        None => Vec::new(),
    };
    let photos = match sources.photos {
        Some(folder) => photographs(folder, sources.photos_aside)?,
        None => Vec::new(),
    };
    log::info!(
        "scenes are made of {} images of cards, {} drawn cards and {} photographs",
        images.len(),
        recipe.stock.drawn_cards,
        photos.len(),
    );
    let textures = recipe.stock.texture_rounds * texture::COUNT;
    Ok(Stock::new(recipe.stock.drawn_cards, textures, images, photos, recipe.seed))
}

fn photographs(folder: &Path, aside: Option<&Path>) -> Result<Vec<Background>, StockError> {
    let aside = match aside {
        Some(path) => fs::read_to_string(path)
            .map_err(|source| StockError::Aside { path: path.to_owned(), source })?,
        None => String::new(),
    };
    let aside: HashSet<&str> = aside.lines().map(str::trim).collect();
    let mut photos = photos::read(folder)?;
    photos.retain(|photo| !aside.contains(photo.file.as_str()));
    Ok(read_photos(folder, &photos)?)
}
