//! A drawn deck as a data set: one folder of images per card.

use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use common::Card;
use common::atomic::write_quickly;
use image::{ImageError, ImageFormat};
use indicatif::ProgressBar;
use rand::RngExt as _;
use rayon::prelude::*;
use renderer::sample::draw_sample;

use crate::seed::{RandomStream, stream};

/// What to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawnDeck {
    pub images_per_card: usize,
    /// Width and height of each image in pixels.
    pub side: u32,
    /// The same seed gives the same images.
    pub seed: u64,
}

/// A drawn deck that can't be written.
#[derive(Debug, thiserror::Error)]
pub enum DrawnDeckError {
    #[error("{0:?} is not empty; name a new folder, so that no file is overwritten")]
    NotEmpty(PathBuf),
    #[error("can't create the folder {path:?}")]
    Folder { path: PathBuf, source: io::Error },
    #[error("can't write {path:?}")]
    Image { path: PathBuf, source: ImageError },
}

impl DrawnDeck {
    /// How many images the deck has.
    pub fn images(&self) -> usize {
        Card::all().count() * self.images_per_card
    }

    /// Draws the images on all cores into `root`, which must be empty or absent. `progress`
    /// advances by one per image.
    ///
    /// # Errors
    /// The folder holds files, or can't be written.
    pub fn write(&self, root: &Path, progress: &ProgressBar) -> Result<(), DrawnDeckError> {
        if fs::read_dir(root).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(DrawnDeckError::NotEmpty(root.to_owned()));
        }
        let cards: Vec<Card> = Card::all().collect();
        cards
            .par_iter()
            .enumerate()
            .try_for_each(|(number, &card)| self.write_card(root, number, card, progress))
    }

    fn write_card(
        &self,
        root: &Path,
        number: usize,
        card: Card,
        progress: &ProgressBar,
    ) -> Result<(), DrawnDeckError> {
        let folder = root.join(card.to_string());
        fs::create_dir_all(&folder)
            .map_err(|source| DrawnDeckError::Folder { path: folder.clone(), source })?;
        let mut seeds = stream(self.seed, RandomStream::RenderedCard, &[number as u64]);
        for image in 0..self.images_per_card {
            let path = folder.join(format!("{image:04}.png"));
            let drawn = draw_sample(card, seeds.random(), self.side);
            let mut png = Cursor::new(Vec::new());
            drawn
                .write_to(&mut png, ImageFormat::Png)
                .and_then(|()| Ok(write_quickly(&path, png.get_ref())?))
                .map_err(|source| DrawnDeckError::Image { path, source })?;
            progress.inc(1);
        }
        Ok(())
    }
}
