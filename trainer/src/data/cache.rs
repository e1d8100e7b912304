//! Decoded images in memory, so that a run decodes each file once and not once per epoch.

use std::path::{Path, PathBuf};

use common::error::chain;
use common::image_file::{ImageFileError, read_image};
use common::prepare::{PrepareError, prepare};
use image::RgbImage;
use indicatif::ProgressBar;
use rayon::prelude::*;

/// An error about unusable images names at most this many of them.
const MOST_FILES_IN_ERROR: usize = 10;

/// Unusable images, which stop a run before it starts.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// `list` holds one reason per image, the first few only.
    #[error(
        "{count} of {total} images are unusable:\n{list}\nrepair or remove these files",
        list = .list.join("\n")
    )]
    Broken { count: usize, total: usize, list: Vec<String> },
}

#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error(transparent)]
    Image(#[from] ImageFileError),
    #[error("can't prepare {path:?}")]
    Prepare { path: PathBuf, source: PrepareError },
}

/// Decodes images on all cores and fits each one to a square of `side` pixels, in the order
/// of `paths`. `progress` advances by one per image.
///
/// The result takes `3 · side²` bytes of memory per image.
///
/// # Errors
/// Lists the images that can't be read or decoded.
pub fn decode_all(
    paths: &[impl AsRef<Path> + Sync],
    side: u32,
    progress: &ProgressBar,
) -> Result<Vec<RgbImage>, CacheError> {
    let results = paths.par_iter().map(|path| {
        let result = decode(path.as_ref(), side);
        progress.inc(1);
        result.map_err(|error| chain(&error))
    });
    all_or_broken(results.collect())
}

fn decode(path: &Path, side: u32) -> Result<RgbImage, LoadError> {
    let image = read_image(path)?;
    prepare(&image, side).map_err(|source| LoadError::Prepare { path: path.to_owned(), source })
}

/// Returns all results, or the list of the reasons why some are missing.
///
/// # Errors
/// At least one of the images has an error.
pub fn all_or_broken<T>(results: Vec<Result<T, String>>) -> Result<Vec<T>, CacheError> {
    let total = results.len();
    let mut usable = Vec::with_capacity(total);
    let mut broken = Vec::new();
    for result in results {
        match result {
            Ok(value) => usable.push(value),
            Err(reason) => broken.push(reason),
        }
    }
    if broken.is_empty() {
        return Ok(usable);
    }
    let count = broken.len();
    broken.truncate(MOST_FILES_IN_ERROR);
    if count > MOST_FILES_IN_ERROR {
        broken.push(format!("… and {} more", count - MOST_FILES_IN_ERROR));
    }
    Err(CacheError::Broken { count, total, list: broken })
}
