//! A folder of annotated images that does not grow for ever.

use std::collections::VecDeque;
use std::error::Error as _;
use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use common::atomic::{is_unfinished, write_quickly};
use image::{ImageError, ImageFormat, RgbImage};

use crate::util::log_once::FaultLog;

/// The folder. It keeps the newest images that this program wrote and never touches other
/// files. An image is complete or absent. On a full disk the oldest ones make room for a new one.
#[derive(Debug)]
pub struct SnapshotFolder {
    folder: PathBuf,
    /// Without a limit, no image is removed.
    keep: Option<usize>,
    /// The oldest one first.
    written: VecDeque<PathBuf>,
    next_number: u64,
    faults: FaultLog,
    /// Whether fewer images are kept than the limit allows, because the disk is full.
    shortage: FaultLog,
}

/// An annotated image that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("can't create the folder {path:?} for annotated images")]
    Folder { path: PathBuf, source: io::Error },
    #[error("can't encode the annotated image {path:?}")]
    Encode { path: PathBuf, source: ImageError },
    #[error("can't write the annotated image {path:?}")]
    Write { path: PathBuf, source: io::Error },
}

impl SnapshotFolder {
    /// Creates the folder if necessary. Of the images that are added, the newest `keep` are
    /// kept.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn open(folder: &Path, keep: usize) -> Result<Self, SnapshotError> {
        Ok(Self { keep: Some(keep), ..Self::unlimited(folder)? })
    }

    /// Creates the folder if necessary. All images that are added are kept.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub(crate) fn unlimited(folder: &Path) -> Result<Self, SnapshotError> {
        fs::create_dir_all(folder)
            .map_err(|source| SnapshotError::Folder { path: folder.to_owned(), source })?;
        Ok(Self {
            folder: folder.to_owned(),
            keep: None,
            written: VecDeque::new(),
            next_number: 0,
            faults: FaultLog::default(),
            shortage: FaultLog::default(),
        })
    }

    /// Opens the folder as [`SnapshotFolder::open`] does. The images that an earlier run left
    /// there count among those that are kept; one that it did not finish is removed.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub(crate) fn resume(folder: &Path, keep: usize) -> Result<Self, SnapshotError> {
        let mut snapshots = Self::open(folder, keep)?;
        let mut earlier: Vec<(u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(number) = number_in(&name) {
                earlier.push((number, entry.path()));
            } else if is_unfinished(&name) {
                // Nothing depends on it.
                let _ = fs::remove_file(entry.path());
            }
        }
        earlier.sort_unstable();
        snapshots.next_number = earlier.last().map_or(0, |(number, _)| number + 1);
        snapshots.written = earlier.into_iter().map(|(_, path)| path).collect();
        Ok(snapshots)
    }

    /// Adds an image. A failure is logged when it begins, changes and ends.
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
        self.add_with(write_quickly, name, image)
    }

    /// As [`SnapshotFolder::add`]; `write` writes a complete file or none.
    fn add_with(
        &mut self,
        write: impl Fn(&Path, &[u8]) -> io::Result<()>,
        name: &str,
        image: &RgbImage,
    ) -> Result<PathBuf, SnapshotError> {
        let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
        let file = format!("{:05}-{}.png", self.next_number, stem.replace(' ', "-"));
        let path = self.folder.join(file);
        let mut png = Cursor::new(Vec::new());
        image
            .write_to(&mut png, ImageFormat::Png)
            .map_err(|source| SnapshotError::Encode { path: path.clone(), source })?;
        self.drop_oldest(self.keep.map_or(usize::MAX, |keep| keep.saturating_sub(1)));
        while let Err(source) = write(&path, png.get_ref()) {
            if !is_full(&source) || !self.make_room(png.get_ref().len() as u64) {
                return Err(SnapshotError::Write { path, source });
            }
        }
        self.next_number += 1;
        self.written.push_back(path.clone());
        if self.keep.is_some_and(|keep| self.written.len() >= keep) {
            // Enough space has become free.
            let _ = self.shortage.recover();
        }
        Ok(path)
    }

    /// Removes the oldest images until at most so many are left.
    fn drop_oldest(&mut self, most: usize) {
        while self.written.len() > most
            && let Some(oldest) = self.written.pop_front()
        {
            // Somebody may have removed it already.
            let _ = fs::remove_file(oldest);
        }
    }

    /// Removes the oldest image on a full disk. Returns false, and removes nothing, if the
    /// images are so small beside that many bytes that something else must fill the disk.
    fn make_room(&mut self, bytes: u64) -> bool {
        let sizes = self.written.iter().filter_map(|path| Some(fs::metadata(path).ok()?.len()));
        let Some(keep) = self.keep.filter(|_| 2 * sizes.sum::<u64>() >= bytes) else {
            return false;
        };
        let folder = self.folder.display();
        if self.shortage.fail("full".to_owned()) {
            log::warn!(
                "the disk of {folder} is full: fewer than {keep} annotated images are kept; make \
                 room, or set annotate_keep to a smaller number"
            );
        }
        self.drop_oldest(self.written.len() - 1);
        true
    }
}

/// Whether a file could not be written because no space is left for it.
fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
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

    /// Writes as a disk does that has room for this number of bytes.
    fn small_disk(capacity: u64) -> impl Fn(&Path, &[u8]) -> io::Result<()> {
        move |path, bytes| {
            let folder = path.parent().unwrap();
            let used: u64 = fs::read_dir(folder)
                .unwrap()
                .map(|file| file.unwrap().metadata().unwrap().len())
                .sum();
            if used + bytes.len() as u64 > capacity {
                return Err(io::ErrorKind::StorageFull.into());
            }
            write_quickly(path, bytes)
        }
    }

    /// An image with a PNG of some hundred bytes.
    fn noise() -> RgbImage {
        RgbImage::from_fn(16, 16, |x, y| {
            image::Rgb([(x * y * 97) as u8, (x * 31 + y * 57) as u8, 7])
        })
    }

    #[test]
    fn on_a_full_disk_the_oldest_images_make_room() {
        let folder = tempfile::tempdir().unwrap();
        let mut snapshots = SnapshotFolder::open(folder.path(), 3).unwrap();
        let size = fs::metadata(snapshots.add("a.jpg", &noise()).unwrap()).unwrap().len();
        for name in ["b.jpg", "c.jpg", "d.jpg"] {
            snapshots.add_with(small_disk(2 * size), name, &noise()).unwrap();
        }
        assert_eq!(names(folder.path()), ["00002-c.png", "00003-d.png"]);
        let before = names(folder.path());
        assert!(snapshots.add_with(small_disk(0), "e.jpg", &RgbImage::new(4, 4)).is_err());
        assert!(names(folder.path()).len() < before.len(), "room was made in vain");
    }

    #[test]
    fn an_image_that_can_not_fit_leaves_the_others_where_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let mut snapshots = SnapshotFolder::open(folder.path(), 3).unwrap();
        snapshots.add("a.jpg", &RgbImage::new(1, 1)).unwrap();
        assert!(snapshots.add_with(small_disk(0), "b.jpg", &noise()).is_err());
        assert_eq!(names(folder.path()), ["00000-a.png"]);
        let mut all = SnapshotFolder::unlimited(folder.path()).unwrap();
        all.add("c.jpg", &noise()).unwrap();
        assert!(all.add_with(small_disk(0), "d.jpg", &RgbImage::new(1, 1)).is_err());
        assert_eq!(names(folder.path()), ["00000-a.png", "00000-c.png"]);
    }

    #[test]
    fn what_a_killed_program_did_not_finish_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".00007-a.png.1-2.part"), "half").unwrap();
        SnapshotFolder::resume(folder.path(), 3).unwrap();
        assert!(names(folder.path()).is_empty());
    }

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}
