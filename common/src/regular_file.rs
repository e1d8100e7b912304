//! Reading files that somebody named. Only regular files are opened: opening a FIFO could wait for
//! ever.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

/// Opens a file for reading.
///
/// # Errors
/// The file can't be read, or is not a regular file.
pub fn open(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() {
        return File::open(path);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
}

/// Reads the content of a file.
///
/// # Errors
/// As [`open`].
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a text file.
///
/// # Errors
/// As [`open`], or the content is not UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    io::read_to_string(open(path)?)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_fifo_and_a_folder_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let (file, fifo) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&file, "text").unwrap();
        assert_eq!(read(&file).unwrap(), b"text");
        assert_eq!(read_text(&file).unwrap(), "text");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        for path in [fifo.as_path(), folder.path()] {
            let error = read(path).unwrap_err().to_string();
            assert_eq!(error, "it is not a regular file", "{path:?}");
        }
        let missing = open(Path::new("/no/such/file")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }
}
