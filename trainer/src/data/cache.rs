//! Decoded images in memory, so that each file is decoded once a run and not once
//! an epoch.

use std::path::{Path, PathBuf};

use common::image_file::{ImageFileError, read_image};
use common::prepare::{PrepareError, prepare};
use image::RgbImage;
use indicatif::ProgressBar;
use rayon::prelude::*;

/// How many broken images an error lists by name.
const LISTED: usize = 10;

/// Images that stop a run before it starts.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    #[error("{count} of {total} images can't be used:\n{list}\nmend or remove them", list = .list.join("\n"))]
    Broken { count: usize, total: usize, list: Vec<String> },
}

#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error(transparent)]
    Image(#[from] ImageFileError),
    #[error("{path:?}: {source}")]
    Prepare { path: PathBuf, source: PrepareError },
}

/// Decodes images on all cores and fits each to a square of `side` pixels.
///
/// Memory: `3 · side²` bytes an image.
///
/// # Errors
/// Lists the images that can't be read or decoded.
pub fn decode_all(
    paths: &[impl AsRef<Path> + Sync],
    side: u32,
    progress: &ProgressBar,
) -> Result<Vec<RgbImage>, CacheError> {
    let load = |path: &Path| -> Result<RgbImage, LoadError> {
        let image = read_image(path)?;
        prepare(&image, side).map_err(|source| LoadError::Prepare { path: path.to_owned(), source })
    };
    let results =
        paths.par_iter().map(|path| load(path.as_ref()).map_err(|error| error.to_string()));
    all_or_broken(results.inspect(|_| progress.inc(1)).collect())
}

/// What was made of each image, or the list of what went wrong.
///
/// # Errors
/// Any image has an error.
pub fn all_or_broken<T>(results: Vec<Result<T, String>>) -> Result<Vec<T>, CacheError> {
    let total = results.len();
    let mut made = Vec::with_capacity(total);
    let mut broken = Vec::new();
    for result in results {
        match result {
            Ok(one) => made.push(one),
            Err(error) => broken.push(error),
        }
    }
    if broken.is_empty() {
        return Ok(made);
    }
    let count = broken.len();
    broken.truncate(LISTED);
    if count > LISTED {
        broken.push(format!("… and {} more", count - LISTED));
    }
    Err(CacheError::Broken { count, total, list: broken })
}
