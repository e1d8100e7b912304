//! Printed faces and backs of other decks: a folder for each deck, with an image for each card.

use std::io;
use std::path::{Path, PathBuf};

use common::Card;
use common::image_folder::{FolderError, list_folder};
use image::imageops::{FilterType, resize};
use image::{ImageError, ImageReader, Rgba, RgbaImage};
use rayon::prelude::*;

use crate::locator::stock::CardImage;

/// The file name of a deck's back, without its extension.
const BACK: &str = "back";

/// The faces and backs of all decks of a folder.
#[derive(Clone, Debug, Default)]
pub struct PrintedDecks {
    pub faces: Vec<CardImage>,
    /// With straight alpha.
    pub backs: Vec<RgbaImage>,
}

/// Decks that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DecksError {
    #[error(transparent)]
    List(#[from] FolderError),
    #[error("can't read {path:?}")]
    Read { path: PathBuf, source: io::Error },
    #[error("can't decode {path:?}")]
    Decode { path: PathBuf, source: ImageError },
    #[error(
        "{path:?} is not named after a card; name it like \"ace of spades.png\", \"joker.png\" or \
         \"back.png\", or remove it"
    )]
    Name { path: PathBuf },
    #[error("{path:?} contains no folder with PNG images; put the images of each deck into one")]
    Empty { path: PathBuf },
}

/// What an image shows.
enum Side {
    Face(Card),
    Back,
}

/// Reads the PNG images of all decks below a folder as squares of this side.
///
/// # Errors
/// A folder or an image can't be read, an image is not named after a card, or there is none.
pub fn read_decks(root: &Path, side: u32) -> Result<PrintedDecks, DecksError> {
    let mut files = Vec::new();
    for deck in list_folder(root)?.folders {
        files.extend(list_folder(&deck)?.images.into_iter().filter(|path| has_png_extension(path)));
    }
    if files.is_empty() {
        return Err(DecksError::Empty { path: root.to_owned() });
    }
    let images: Vec<(Side, RgbaImage)> = files
        .par_iter()
        .map(|path| Ok((side_of(path)?, read_square(path, side)?)))
        .collect::<Result<_, DecksError>>()?;
    let mut decks = PrintedDecks::default();
    for (shown, image) in images {
        match shown {
            Side::Face(card) => decks.faces.push(CardImage::new(image, Some(card))),
            Side::Back => decks.backs.push(image),
        }
    }
    Ok(decks)
}

fn has_png_extension(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png"))
}

fn side_of(path: &Path) -> Result<Side, DecksError> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    if name.eq_ignore_ascii_case(BACK) {
        return Ok(Side::Back);
    }
    let card = name.parse().map_err(|_| DecksError::Name { path: path.to_owned() })?;
    Ok(Side::Face(card))
}

fn read_square(path: &Path, side: u32) -> Result<RgbaImage, DecksError> {
    let read = |source| DecksError::Read { path: path.to_owned(), source };
    let reader = ImageReader::open(path).map_err(read)?.with_guessed_format().map_err(read)?;
    let decoded =
        reader.decode().map_err(|source| DecksError::Decode { path: path.to_owned(), source })?;
    let mut image = decoded.into_rgba8();
    for Rgba([r, g, b, alpha]) in image.pixels_mut() {
        if *alpha == 0 {
            // Invisible pixels would darken the edge of the card when the image is shrunk.
            [*r, *g, *b] = [255; 3];
        }
    }
    Ok(resize(&image, side, side, FilterType::Triangle))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn faces_and_backs_are_told_apart_and_a_wrong_name_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        let deck = root.path().join("my deck");
        fs::create_dir(&deck).unwrap();
        assert!(matches!(read_decks(root.path(), 16), Err(DecksError::Empty { .. })));
        for name in ["ten of hearts.png", "back.png"] {
            RgbaImage::from_pixel(63, 88, Rgba([9, 9, 9, 255])).save(deck.join(name)).unwrap();
        }
        let decks = read_decks(root.path(), 16).unwrap();
        assert_eq!((decks.faces.len(), decks.backs.len()), (1, 1));
        assert_eq!(decks.faces[0].card, "ten of hearts".parse().ok());
        assert_eq!(decks.faces[0].large.dimensions(), (16, 16));
        fs::copy(deck.join("back.png"), deck.join("front.png")).unwrap();
        let error = read_decks(root.path(), 16).unwrap_err().to_string();
        assert!(error.contains("front.png"), "{error}");
    }
}
