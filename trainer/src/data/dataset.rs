//! A data set on disk: one folder per class with the images of that class.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use common::image_file::has_image_extension;
use common::{Card, ClassMap};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

/// The folder of images that show no card.
pub const NO_CARD_FOLDER: &str = "no card";

/// One image and the class that it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    pub path: PathBuf,
    /// Index of the data set's class map.
    pub class: usize,
}

/// The labelled images below one folder, in order of class and file name.
#[derive(Clone, Debug)]
pub struct Dataset {
    pub classes: ClassMap,
    pub samples: Vec<Sample>,
}

/// A folder that can't be used for training or measuring.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("there is no folder {root:?}")]
    Missing { root: PathBuf },
    #[error("can't list the folder {path:?}")]
    List { path: PathBuf, source: io::Error },
    #[error(
        "{root:?} contains no class folders; put the images of each class into a folder that is \
         named after the class, such as \"ace of spades/\""
    )]
    NoClasses { root: PathBuf },
    #[error("{root:?} has only the class {class:?}; a network needs at least two classes")]
    OneClass { root: PathBuf, class: String },
    #[error("class {class:?} in {root:?} has no JPEG or PNG images; add some or remove the folder")]
    EmptyClass { root: PathBuf, class: String },
}

impl Dataset {
    /// Lists the images without opening them.
    ///
    /// A folder whose name denotes a card with underscores or figures ("10_of_hearts") belongs
    /// to that card's class. Hidden files and folders are skipped.
    ///
    /// # Errors
    /// The folder is missing or unreadable, or it has fewer than two classes or a class
    /// without images.
    pub fn scan(root: &Path) -> Result<Self, DatasetError> {
        let by_class = images_by_class(root)?;
        let root = root.to_owned();
        if let Some((class, _)) = by_class.iter().find(|(_, images)| images.is_empty()) {
            return Err(DatasetError::EmptyClass { root, class: class.clone() });
        }
        let mut names = by_class.keys();
        match (names.next(), names.next()) {
            (None, _) => return Err(DatasetError::NoClasses { root }),
            (Some(class), None) => {
                return Err(DatasetError::OneClass { root, class: class.clone() });
            }
            _ => {}
        }
        let classes = ClassMap::new(by_class.keys().cloned());
        let samples = by_class
            .into_values()
            .enumerate()
            .flat_map(|(class, paths)| paths.into_iter().map(move |path| Sample { path, class }))
            .collect();
        Ok(Self { classes, samples })
    }

    /// The SHA-256 hash of the classes and contents of all images, in hexadecimal. The same
    /// images give the same hash wherever the folder is.
    ///
    /// # Errors
    /// An image can't be read.
    pub fn fingerprint(&self) -> io::Result<String> {
        let digests: Vec<_> = self
            .samples
            .par_iter()
            .map(|sample| fs::read(&sample.path).map(Sha256::digest))
            .collect::<io::Result<_>>()?;
        let mut hash = Sha256::new();
        for (sample, digest) in self.samples.iter().zip(digests) {
            hash.update(&self.classes.names()[sample.class]);
            hash.update([0]);
            hash.update(digest);
        }
        Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// The images of each folder below `root`, by the class that the folder's name denotes. The
/// class need not be a card and may have no images.
///
/// # Errors
/// The folder is missing or unreadable.
pub fn images_by_class(root: &Path) -> Result<BTreeMap<String, Vec<PathBuf>>, DatasetError> {
    if !root.is_dir() {
        return Err(DatasetError::Missing { root: root.to_owned() });
    }
    let mut by_class: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for folder in sorted_entries(root)?.into_iter().filter(|path| path.is_dir()) {
        let class = class_of_folder(&folder);
        let images = sorted_entries(&folder)?.into_iter().filter(|path| has_image_extension(path));
        by_class.entry(class).or_default().extend(images);
    }
    Ok(by_class)
}

fn class_of_folder(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    name.parse::<Card>().map_or_else(|_| name.clone().into_owned(), |card| card.to_string())
}

/// The entries of a folder without hidden ones, sorted by name.
fn sorted_entries(folder: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    let mut paths =
        entries(folder).map_err(|source| DatasetError::List { path: folder.to_owned(), source })?;
    paths.retain(|path| !is_hidden(path));
    paths.sort_unstable();
    Ok(paths)
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        root
    }

    #[test]
    fn folders_become_classes_in_alphabetical_order() {
        let root = folder_with(&["two of clubs/b.JPG", "two of clubs/a.png", "10_of_hearts/c.jpg"]);
        let data = Dataset::scan(root.path()).unwrap();
        assert_eq!(data.classes.names(), ["ten of hearts", "two of clubs"]);
        let classes: Vec<usize> = data.samples.iter().map(|sample| sample.class).collect();
        assert_eq!(classes, [0, 1, 1]);
    }

    #[test]
    fn the_error_names_each_unusable_folder_and_what_is_wrong_with_it() {
        let missing = Dataset::scan(Path::new("no/such/folder")).unwrap_err();
        assert!(matches!(missing, DatasetError::Missing { .. }), "{missing}");
        let flat = folder_with(&["a.jpg"]);
        let flat = Dataset::scan(flat.path()).unwrap_err();
        assert!(matches!(flat, DatasetError::NoClasses { .. }), "{flat}");
        let one = folder_with(&["joker/a.jpg"]);
        let one = Dataset::scan(one.path()).unwrap_err();
        assert!(one.to_string().contains("joker"), "{one}");
        let empty = folder_with(&["joker/a.jpg", "ace of clubs/readme.txt"]);
        let empty = Dataset::scan(empty.path()).unwrap_err();
        assert!(empty.to_string().contains("ace of clubs"), "{empty}");
    }

    #[test]
    fn the_fingerprint_depends_on_the_content_and_not_on_the_place() {
        fn fingerprint(root: &tempfile::TempDir) -> String {
            Dataset::scan(root.path()).unwrap().fingerprint().unwrap()
        }
        let files = ["a/1.jpg", "b/2.jpg"];
        let (one, two) = (folder_with(&files), folder_with(&files));
        assert_eq!(fingerprint(&one), fingerprint(&two));
        fs::write(two.path().join("a/1.jpg"), "changed").unwrap();
        assert_ne!(fingerprint(&one), fingerprint(&two));
    }
}
