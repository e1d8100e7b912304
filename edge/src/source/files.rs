//! Images on disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use common::image_file::{has_image_extension, read_image};

use crate::source::{Frame, FrameSource, Next, SourceError};

/// Files that were named but can't be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    #[error("can't read {path:?}: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error("there are no JPEG or PNG images in {path:?} or below it")]
    NoImages { path: PathBuf },
}

/// Every image that the paths name: a file itself, whatever its ending; of a folder
/// all images in it and below, by path.
///
/// # Errors
/// A path is not there, can't be listed, or is a folder without images.
pub fn list(paths: &[PathBuf]) -> Result<Vec<PathBuf>, ListError> {
    let mut files = Vec::new();
    for path in paths {
        let read_error = |source| ListError::Read { path: path.clone(), source };
        if !fs::metadata(path).map_err(read_error)?.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut found = Vec::new();
        walk(path, &mut found).map_err(|(path, source)| ListError::Read { path, source })?;
        if found.is_empty() {
            return Err(ListError::NoImages { path: path.clone() });
        }
        found.sort_unstable();
        files.append(&mut found);
    }
    Ok(files)
}

/// Links to folders are not followed: they may lead in circles.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), (PathBuf, io::Error)> {
    let error = |source| (folder.to_owned(), source);
    for entry in fs::read_dir(folder).map_err(error)? {
        let entry = entry.map_err(error)?;
        if entry.file_type().map_err(error)?.is_dir() {
            walk(&entry.path(), found)?;
        } else if has_image_extension(&entry.path()) {
            found.push(entry.path());
        }
    }
    Ok(())
}

/// Each file once, in order.
#[derive(Debug)]
pub struct Files {
    paths: std::vec::IntoIter<PathBuf>,
}

impl Files {
    /// Will read these.
    pub fn new(paths: Vec<PathBuf>) -> Self {
        Self { paths: paths.into_iter() }
    }
}

impl FrameSource for Files {
    fn next(&mut self) -> Result<Next, SourceError> {
        let Some(path) = self.paths.next() else { return Ok(Next::End) };
        let started = Instant::now();
        let image = read_image(&path)?;
        let name = path.display().to_string();
        Ok(Next::Frame(Frame { image, name, decode: started.elapsed() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_listed_by_path_with_what_is_below_it() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("b")).unwrap();
        for name in ["c.JPG", "a.png", "b/d.jpeg", "notes.txt"] {
            fs::write(root.path().join(name), "x").unwrap();
        }
        let files = list(&[root.path().to_owned()]).unwrap();
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
        let missing = list(&["no/such".into()]).unwrap_err().to_string();
        assert!(missing.contains("no/such"), "{missing}");
    }

    #[test]
    fn a_broken_image_is_an_error_and_the_next_one_comes() {
        let root = tempfile::tempdir().unwrap();
        let (broken, whole) = (root.path().join("a.png"), root.path().join("b.png"));
        fs::write(&broken, "x").unwrap();
        image::RgbImage::new(4, 4).save(&whole).unwrap();
        let mut files = Files::new(vec![broken, whole]);
        assert!(files.next().is_err());
        assert!(matches!(files.next(), Ok(Next::Frame(_))));
        assert!(matches!(files.next(), Ok(Next::End)));
    }
}
