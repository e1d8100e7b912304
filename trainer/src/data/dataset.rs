//! A data set on disk: one folder per class with the images of that class.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use common::image_folder::{FolderError, SkippedFiles, list_folder};
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
    #[error(transparent)]
    List(#[from] FolderError),
    #[error(
        "{root:?} contains no class folders; put the images of each class into a folder that is \
         named after the class, such as \"ace of spades/\""
    )]
    NoClasses { root: PathBuf },
    #[error(
        "the folders in {root:?} contain no images, but class folders; did you mean {nearest:?}?"
    )]
    ParentOfParts { root: PathBuf, nearest: PathBuf },
    #[error("{root:?} has only the class {class:?}; a network needs at least two classes")]
    OneClass { root: PathBuf, class: String },
    #[error("class {class:?} in {root:?} has no images; add some or remove the folder{skipped}")]
    EmptyClass { root: PathBuf, class: String, skipped: SkippedNote },
}

impl Dataset {
    /// Lists the images without opening them.
    ///
    /// A folder whose name denotes a card with underscores or figures ("10_of_hearts") belongs
    /// to that card's class. Which files count is decided by [`list_folder`]; a warning says how
    /// many others there are.
    ///
    /// # Errors
    /// The folder is missing or unreadable, or it has fewer than two classes or a class
    /// without images.
    pub fn scan(root: &Path) -> Result<Self, DatasetError> {
        let ClassFolders { images: by_class, skipped } = class_folders(root)?;
        let root = root.to_owned();
        let skipped = SkippedNote(skipped);
        if let Some((class, _)) = by_class.iter().find(|(_, images)| images.is_empty()) {
            return Err(DatasetError::EmptyClass { root, class: class.clone(), skipped });
        }
        if !skipped.0.is_empty() {
            log::warn!("{root:?}: {}", skipped.0);
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

/// What the class folders of a data set contain.
#[derive(Clone, Debug, Default)]
pub struct ClassFolders {
    /// The images of each class. A class need not be a card and may have no images.
    pub images: BTreeMap<String, Vec<PathBuf>>,
    /// Files in the class folders that are not read.
    pub skipped: SkippedFiles,
}

/// Lists the images of each folder in `root`, by the class that the folder's name denotes.
///
/// # Errors
/// The folder is missing or unreadable, or it contains the parts of a data set, such as its
/// training images, instead of class folders.
pub fn class_folders(root: &Path) -> Result<ClassFolders, DatasetError> {
    if !root.is_dir() {
        return Err(DatasetError::Missing { root: root.to_owned() });
    }
    let mut found = ClassFolders::default();
    let folders = list_folder(root)?.folders;
    for folder in &folders {
        let listed = list_folder(folder)?;
        found.images.entry(class_of_folder(folder)).or_default().extend(listed.images);
        found.skipped += listed.skipped;
    }
    if found.images.values().all(Vec::is_empty)
        && let Some(nearest) = part_of_data_set(&folders)?
    {
        return Err(DatasetError::ParentOfParts { root: root.to_owned(), nearest });
    }
    Ok(found)
}

/// The folder that most likely is the data set: the one with the training images, or else the first
/// one, of those that contain at least two class folders.
fn part_of_data_set(folders: &[PathBuf]) -> Result<Option<PathBuf>, FolderError> {
    let mut parts = Vec::new();
    for folder in folders {
        let mut classes = 0;
        for class in list_folder(folder)?.folders {
            classes += usize::from(!list_folder(&class)?.images.is_empty());
        }
        if classes >= 2 {
            parts.push(folder);
        }
    }
    let is_train = |part: &&&PathBuf| part.file_name().is_some_and(|name| name == "train");
    Ok(parts.iter().find(is_train).or(parts.first()).map(|part| (*part).clone()))
}

/// A note about skipped files at the end of a message; empty if there are none.
#[derive(Clone, Debug)]
pub struct SkippedNote(SkippedFiles);

impl fmt::Display for SkippedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, " ({})", self.0) }
    }
}

fn class_of_folder(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    name.parse::<Card>().map_or_else(|_| name.clone().into_owned(), |card| card.to_string())
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
    fn a_folder_with_the_parts_of_a_data_set_names_the_training_images() {
        let parts = ["train", "valid", "test"];
        let files =
            parts.map(|part| [format!("{part}/joker/a.jpg"), format!("{part}/ace of clubs/a.jpg")]);
        let files: Vec<&str> = files.iter().flatten().map(String::as_str).collect();
        let root = folder_with(&files);
        let error = Dataset::scan(root.path()).unwrap_err().to_string();
        let expected = format!("did you mean {:?}?", root.path().join("train"));
        assert!(error.contains(&expected), "{error}");
        assert!(class_folders(root.path()).is_err(), "check-data says the same");
    }

    #[test]
    fn what_is_no_image_is_counted_and_what_systems_leave_behind_is_not() {
        let root = folder_with(&[
            "joker/a.jpg",
            "joker/._a.jpg",
            "joker/b.heic",
            "ace of clubs/a.webp",
            "__MACOSX/joker/a.jpg",
            ".ipynb_checkpoints/a.jpg",
        ]);
        let found = class_folders(root.path()).unwrap();
        assert_eq!(found.images.keys().collect::<Vec<_>>(), ["ace of clubs", "joker"]);
        assert_eq!(found.images["joker"].len(), 1);
        assert_eq!(found.skipped.to_string(), "1 file skipped: .heic");
        let root = folder_with(&["joker/a.jpg", "ace of clubs/a.heic"]);
        let error = Dataset::scan(root.path()).unwrap_err().to_string();
        assert!(error.contains("1 file skipped: .heic"), "{error}");
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
