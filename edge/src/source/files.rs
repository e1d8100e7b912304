//! Images on disk, each once, in order.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Instant;

use common::catch::catch_quietly;
use common::image_file::read_bytes;
use common::image_folder::{FolderError, SkippedFiles, images_below};

use crate::source::{FirstLook, Frame, FrameImage, FrameSource, Next, SourceError};

/// A path that gives no images.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListError {
    #[error("can't read {path:?}")]
    Read { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("there are no images in the folder {path:?} or below it")]
    NoImages { path: PathBuf },
    #[error("there are no images in the folder {path:?} or below it ({skipped})")]
    OtherFiles { path: PathBuf, skipped: SkippedFiles },
}

/// The images at some paths.
#[derive(Debug)]
pub(crate) struct ImageList {
    paths: Vec<PathBuf>,
    /// The files in the folders that are not read.
    skipped: SkippedFiles,
}

impl ImageList {
    /// The paths. A warning says how many files are skipped.
    pub(crate) fn report(self) -> Vec<PathBuf> {
        if !self.skipped.is_empty() {
            log::warn!("{}", self.skipped);
        }
        self.paths
    }
}

/// The images at these paths. A file counts as an image whatever its name is. A folder
/// stands for all images in it and below it, sorted by path, as [`images_below`] finds them.
///
/// # Errors
/// A path does not exist or can't be read, or a folder contains no images.
pub(crate) fn list(paths: &[PathBuf]) -> Result<ImageList, ListError> {
    let mut list = ImageList { paths: Vec::new(), skipped: SkippedFiles::default() };
    for path in paths {
        let read_error = |source| ListError::Read { path: path.clone(), source };
        if !fs::metadata(path).map_err(read_error)?.is_dir() {
            list.paths.push(path.clone());
            continue;
        }
        let (mut found, skipped) = images_below(path)?;
        match (found.is_empty(), skipped.is_empty()) {
            (true, true) => return Err(ListError::NoImages { path: path.clone() }),
            (true, false) => return Err(ListError::OtherFiles { path: path.clone(), skipped }),
            _ => {}
        }
        list.paths.append(&mut found);
        list.skipped += skipped;
    }
    Ok(list)
}

/// Reads each file once, in order.
#[derive(Debug)]
pub(crate) struct FileSource {
    paths: std::vec::IntoIter<PathBuf>,
    look: FirstLook,
}

impl FileSource {
    /// A source with the images at these paths.
    pub(crate) fn new(paths: Vec<PathBuf>) -> Self {
        Self { paths: paths.into_iter(), look: FirstLook::default() }
    }

    /// Decodes only this much of each image; what else is needed is decoded when it is.
    pub(crate) fn looking_at(self, look: FirstLook) -> Self {
        Self { look, ..self }
    }
}

impl FrameSource for FileSource {
    fn next(&mut self) -> Result<Next, SourceError> {
        let Some(path) = self.paths.next() else { return Ok(Next::End) };
        let started = Instant::now();
        let name = path.display().to_string();
        let bytes = read_bytes(&path)?;
        let image = catch_quietly(|| FrameImage::of_file(bytes, &name, self.look))
            .map_err(|reason| SourceError::Panic { name: name.clone(), reason })??;
        Ok(Next::Frame(Frame { image, name, decode: started.elapsed() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_listed_by_path_with_its_subfolders() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("b")).unwrap();
        for name in ["c.JPG", "a.png", "b/d.jpeg", "notes.txt"] {
            fs::write(root.path().join(name), "x").unwrap();
        }
        let files = list(&[root.path().to_owned()]).unwrap();
        assert_eq!(files.skipped.to_string(), "1 file skipped: .txt");
        let files = files.report();
        let names: Vec<_> = files
            .iter()
            .map(|path| path.strip_prefix(root.path()).unwrap().to_str().unwrap())
            .collect();
        assert_eq!(names, ["a.png", "b/d.jpeg", "c.JPG"]);
    }

    #[test]
    fn a_folder_without_images_and_a_missing_path_are_named() {
        let root = tempfile::tempdir().unwrap();
        let empty = list(&[root.path().to_owned()]).unwrap_err();
        assert!(matches!(empty, ListError::NoImages { .. }), "{empty}");
        fs::write(root.path().join("a.heic"), "x").unwrap();
        let other = list(&[root.path().to_owned()]).unwrap_err().to_string();
        assert!(other.contains("1 file skipped: .heic"), "{other}");
        let missing = list(&["no/such".into()]).unwrap_err().to_string();
        assert!(missing.contains("no/such"), "{missing}");
    }

    #[test]
    fn a_broken_image_is_an_error_and_the_next_one_is_read() {
        let root = tempfile::tempdir().unwrap();
        let (broken, intact) = (root.path().join("a.png"), root.path().join("b.png"));
        fs::write(&broken, "x").unwrap();
        image::RgbImage::new(4, 4).save(&intact).unwrap();
        let mut files = FileSource::new(vec![broken, intact]);
        assert!(files.next().is_err());
        assert!(matches!(files.next(), Ok(Next::Frame(_))));
        assert!(matches!(files.next(), Ok(Next::End)));
    }
}
