//! Devices that the kernel numbers, such as `/dev/gpiochip0`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The entries of a folder that are called `prefix` and a number, sorted by that number.
///
/// # Errors
/// The folder can't be read.
pub(crate) fn numbered_entries(folder: &Path, prefix: &str) -> io::Result<Vec<PathBuf>> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some(Ok(number)) = name.strip_prefix(prefix).map(str::parse) {
            found.push((number, path));
        }
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_by_their_number() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["fb10", "fb2", "fb", "fbx", "video0"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let found = numbered_entries(folder.path(), "fb").unwrap();
        assert_eq!(found, [folder.path().join("fb2"), folder.path().join("fb10")]);
        assert!(numbered_entries(Path::new("/no/such/folder"), "fb").is_err());
    }
}
