//! A folder of annotated images that does not grow for ever.

use std::collections::VecDeque;
use std::error::Error as _;
use std::fs;
use std::path::{Path, PathBuf};

use image::{ImageError, RgbImage};

use crate::util::log_once::FaultLog;

/// The folder. It keeps the newest images that this program wrote and never touches other
/// files.
#[derive(Debug)]
pub struct SnapshotFolder {
    folder: PathBuf,
    keep: usize,
    /// The oldest one first.
    written: VecDeque<PathBuf>,
    next_number: u64,
    faults: FaultLog,
}

/// An annotated image that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("can't create the folder {path:?} for annotated images")]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("can't write the annotated image {path:?}")]
    Write { path: PathBuf, source: ImageError },
}

impl SnapshotFolder {
    /// Creates the folder if necessary. Of the images that are added, the newest `keep` are
    /// kept.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn open(folder: &Path, keep: usize) -> Result<Self, SnapshotError> {
        fs::create_dir_all(folder)
            .map_err(|source| SnapshotError::Folder { path: folder.to_owned(), source })?;
        let folder = folder.to_owned();
        Ok(Self {
            folder,
            keep,
            written: VecDeque::new(),
            next_number: 0,
            faults: FaultLog::default(),
        })
    }

    /// Opens the folder as [`SnapshotFolder::open`] does. The images that an earlier run left
    /// there count among those that are kept.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub(crate) fn resume(folder: &Path, keep: usize) -> Result<Self, SnapshotError> {
        let mut snapshots = Self::open(folder, keep)?;
        let mut earlier: Vec<(u64, PathBuf)> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                Some((number_in(&entry.file_name().to_string_lossy())?, entry.path()))
            })
            .collect();
        earlier.sort_unstable();
        snapshots.next_number = earlier.last().map_or(0, |(number, _)| number + 1);
        snapshots.written = earlier.into_iter().map(|(_, path)| path).collect();
        Ok(snapshots)
    }

    /// Adds an image. A failure, such as a full disk, is logged when it begins, changes and
    /// ends.
    pub(crate) fn add_or_warn(&mut self, name: &str, image: &RgbImage) {
        match self.add(name, image) {
            Ok(_) if self.faults.recover() => log::info!("annotated images can be written again"),
            Ok(_) => {}
            Err(error) => {
                // The path differs with each image, so only the cause distinguishes faults.
                let cause = error.source().map(ToString::to_string);
                if self.faults.fail(cause.unwrap_or_default()) {
                    log::warn!("{:#}", anyhow::Error::from(error));
                }
            }
        }
    }

    /// Adds an image under its number and the stem of its name. Returns its path.
    ///
    /// # Errors
    /// The image cannot be written.
    pub(crate) fn add(&mut self, name: &str, image: &RgbImage) -> Result<PathBuf, SnapshotError> {
        let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
        let file = format!("{:05}-{}.png", self.next_number, stem.replace(' ', "-"));
        let path = self.folder.join(file);
        image.save(&path).map_err(|source| SnapshotError::Write { path: path.clone(), source })?;
        self.next_number += 1;
        self.written.push_back(path.clone());
        while self.written.len() > self.keep
            && let Some(oldest) = self.written.pop_front()
        {
            // Somebody may have removed it already.
            let _ = fs::remove_file(oldest);
        }
        Ok(path)
    }
}

/// Returns the number in the name of an image of this folder, such as "00012-frame.png".
fn number_in(name: &str) -> Option<u64> {
    let (number, rest) = name.split_once('-')?;
    let is_number = number.len() >= 5 && number.bytes().all(|digit| digit.is_ascii_digit());
    if is_number && rest.ends_with(".png") { number.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_images_are_kept_and_other_files_are_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mine.png"), "x").unwrap();
        let mut snapshots = SnapshotFolder::open(folder.path(), 2).unwrap();
        for name in ["a.jpg", "b.jpg", "c.jpg"] {
            snapshots.add(name, &RgbImage::new(4, 4)).unwrap();
        }
        assert_eq!(names(folder.path()), ["00001-b.png", "00002-c.png", "mine.png"]);
        let mut snapshots = SnapshotFolder::resume(folder.path(), 2).unwrap();
        snapshots.add("d.jpg", &RgbImage::new(4, 4)).unwrap();
        assert_eq!(names(folder.path()), ["00002-c.png", "00003-d.png", "mine.png"]);
    }

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}
