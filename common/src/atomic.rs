//! Files that are either complete or absent, never empty or half written.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

/// The end of the name that a file has while it is written.
const UNFINISHED: &str = ".part";

/// Writes a file in one step: the bytes go to the disk under a hidden name in the same folder, and
/// then the file is renamed.
///
/// # Errors
/// The folder can't be written or the disk is full. A file that existed at `path` before then
/// stays untouched, and no partial file is left behind.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write(path, true, |file| file.write_all(bytes))
}

/// As [`write_atomically`], with bytes that `fill` writes one after the other.
///
/// # Errors
/// As [`write_atomically`], and those of `fill`.
pub fn write_atomically_with(
    path: &Path,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    write(path, true, fill)
}

/// As [`write_atomically`], but does not wait until the bytes are on the disk: for files of which
/// there are many, or that the next one replaces soon.
///
/// # Errors
/// As [`write_atomically`].
pub fn write_quickly(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write(path, false, |file| file.write_all(bytes))
}

/// Whether a file of this name was not finished, because its program was killed meanwhile.
pub fn is_unfinished(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(UNFINISHED)
}

fn write(
    path: &Path,
    waits: bool,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let unfinished = unfinished_path(path);
    let written = write_new(&unfinished, waits, fill).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        // It is not there if it could not be created.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

fn write_new(
    path: &Path,
    waits: bool,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).open(path)?;
    fill(&mut file)?;
    if waits { file.sync_all() } else { Ok(()) }
}

/// A hidden name in the same folder, which no other program or thread uses.
fn unfinished_path(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (id, count) = (process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    path.with_file_name(format!(".{name}.{id}-{count}{UNFINISHED}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_completely() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_atomically(&path, b"one").unwrap();
        write_quickly(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_target_that_cannot_be_replaced_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("folder");
        fs::create_dir_all(taken.join("inside")).unwrap();
        assert!(write_atomically(&taken, b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn unfinished_files_are_known_by_their_names() {
        let path = unfinished_path(Path::new("out/a.png"));
        assert_eq!(path.parent(), Some(Path::new("out")));
        assert!(is_unfinished(path.file_name().unwrap().to_str().unwrap()));
        assert!(!is_unfinished("a.png") && !is_unfinished("a.part"));
    }
}
