//! Which files of a folder are images: one rule for the device and for the trainer.
//!
//! A folder is listed without what systems and archives leave behind ([`is_left_behind`]). Links
//! are followed. A regular file is an image if its name has an image's extension; every other
//! file is skipped, and [`SkippedFiles`] says so.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::image_file::has_image_extension;

/// What is in a folder, sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderEntries {
    pub folders: Vec<PathBuf>,
    pub images: Vec<PathBuf>,
    pub skipped: SkippedFiles,
}

/// Files that are not read, for a message such as "3 files skipped: .heic".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SkippedFiles {
    count: usize,
    /// Their extensions in lower case, and in words what has none.
    kinds: BTreeSet<String>,
}

/// A folder that can't be listed.
#[derive(Debug, thiserror::Error)]
#[error("can't list the folder {path:?}")]
pub struct FolderError {
    pub path: PathBuf,
    pub source: io::Error,
}

/// Whether a file or folder of this name is skipped without a word: hidden ones (".name", "._name",
/// ".ipynb_checkpoints"), and what macOS, Windows and archives leave behind.
pub fn is_left_behind(name: &str) -> bool {
    const LEFT_BEHIND: [&str; 4] = ["__MACOSX", "@eaDir", "Thumbs.db", "desktop.ini"];
    name.starts_with('.') || LEFT_BEHIND.contains(&name)
}

/// Lists a folder, but not the folders in it.
///
/// # Errors
/// The folder can't be listed.
pub fn list_folder(folder: &Path) -> Result<FolderEntries, FolderError> {
    let error = |source| FolderError { path: folder.to_owned(), source };
    let entries = fs::read_dir(folder).map_err(error)?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>().map_err(error)?;
    paths.sort_unstable();
    let mut listed = FolderEntries::default();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if is_left_behind(&name) {
            continue;
        }
        match fs::metadata(&path) {
            Ok(found) if found.is_dir() => listed.folders.push(path),
            Ok(found) if !found.is_file() => listed.skipped.add("what is not a regular file"),
            Ok(_) if has_image_extension(&path) => listed.images.push(path),
            Ok(_) => listed.skipped.add_file(&path),
            Err(_) => listed.skipped.add("links that lead nowhere"),
        }
    }
    Ok(listed)
}

/// The images in a folder and below it, sorted by path. A folder that several links lead to is
/// listed once, under its own path if that is below `root` too.
///
/// # Errors
/// The folder or one below it can't be listed.
pub fn images_below(root: &Path) -> Result<(Vec<PathBuf>, SkippedFiles), FolderError> {
    let (mut images, mut skipped) = (Vec::new(), SkippedFiles::default());
    let mut visited = HashSet::new();
    let (mut folders, mut links) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop().or_else(|| links.pop()) {
        let resolved = fs::canonicalize(&folder)
            .map_err(|source| FolderError { path: folder.clone(), source })?;
        if !visited.insert(resolved) {
            continue;
        }
        let mut listed = list_folder(&folder)?;
        images.append(&mut listed.images);
        skipped += listed.skipped;
        let (linked, own): (Vec<_>, Vec<_>) =
            listed.folders.into_iter().partition(|path| path.is_symlink());
        folders.extend(own);
        links.extend(linked);
    }
    images.sort_unstable();
    Ok((images, skipped))
}

impl SkippedFiles {
    /// Whether no file was skipped.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn add_file(&mut self, path: &Path) {
        match path.extension() {
            Some(ending) => self.add(&format!(".{}", ending.to_string_lossy().to_lowercase())),
            None => self.add("names without an extension"),
        }
    }

    fn add(&mut self, kind: &str) {
        self.count += 1;
        self.kinds.insert(kind.to_owned());
    }
}

impl std::ops::AddAssign for SkippedFiles {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.kinds.extend(other.kinds);
    }
}

impl fmt::Display for SkippedFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<&str> = self.kinds.iter().map(String::as_str).collect();
        let files = if self.count == 1 { "file" } else { "files" };
        write!(f, "{} {files} skipped: {}", self.count, kinds.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    fn folder_with(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        root
    }

    fn names(root: &Path, paths: &[PathBuf]) -> Vec<String> {
        paths.iter().map(|path| path.strip_prefix(root).unwrap().display().to_string()).collect()
    }

    #[test]
    fn images_are_sorted_by_path_and_what_systems_leave_behind_is_no_image() {
        let root = folder_with(&[
            "c.JPG",
            "a.png",
            "b/d.jpeg",
            "._a.png",
            ".hidden.jpg",
            "__MACOSX/a.png",
            "b/.ipynb_checkpoints/d.jpeg",
        ]);
        let (images, skipped) = images_below(root.path()).unwrap();
        assert_eq!(names(root.path(), &images), ["a.png", "b/d.jpeg", "c.JPG"]);
        assert!(skipped.is_empty(), "{skipped}");
    }

    #[test]
    fn other_files_are_counted_by_their_extensions() {
        let root = folder_with(&["a.heic", "b.HEIC", "sub/c.heic", "d.webp"]);
        let (images, skipped) = images_below(root.path()).unwrap();
        assert_eq!(names(root.path(), &images), ["d.webp"]);
        assert_eq!(skipped.to_string(), "3 files skipped: .heic");
        let root = folder_with(&["b.txt", "a.tif"]);
        let (_, skipped) = images_below(root.path()).unwrap();
        assert_eq!(skipped.to_string(), "2 files skipped: .tif, .txt");
        let (_, skipped) = images_below(folder_with(&["LICENSE"]).path()).unwrap();
        assert_eq!(skipped.to_string(), "1 file skipped: names without an extension");
    }

    #[test]
    fn links_are_followed_once() {
        let root = folder_with(&["deep/a.png"]);
        let other = folder_with(&["b.png"]);
        symlink(root.path(), root.path().join("deep/again")).unwrap();
        symlink(root.path().join("deep"), root.path().join("also deep")).unwrap();
        symlink(other.path(), root.path().join("other")).unwrap();
        symlink(root.path().join("deep/a.png"), root.path().join("linked.png")).unwrap();
        symlink("nowhere.png", root.path().join("dangling.png")).unwrap();
        let (images, skipped) = images_below(root.path()).unwrap();
        assert_eq!(names(root.path(), &images), ["deep/a.png", "linked.png", "other/b.png"]);
        assert_eq!(skipped.to_string(), "1 file skipped: links that lead nowhere");
    }

    #[test]
    fn a_fifo_is_not_an_image_whatever_its_name_is() {
        let root = folder_with(&["a.png"]);
        let fifo = root.path().join("b.png");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let (images, skipped) = images_below(root.path()).unwrap();
        assert_eq!(names(root.path(), &images), ["a.png"]);
        assert_eq!(skipped.to_string(), "1 file skipped: what is not a regular file");
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = images_below(Path::new("no/such")).unwrap_err();
        assert!(error.to_string().contains("no/such"), "{error}");
    }
}
