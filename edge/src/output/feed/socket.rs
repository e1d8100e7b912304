//! The socket at which readers connect to the feed.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// The user and the group of the program may connect, and nobody else.
const MODE: u32 = 0o660;

/// Why nobody can listen at a path.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    #[error(
        "another program serves the feed {path:?} already; end it, or change `socket` in [feed]"
    )]
    InUse { path: PathBuf },
    #[error("{path:?} is not a socket; remove it, or change `socket` in [feed]")]
    NotASocket { path: PathBuf },
    #[error("can't make the feed {path:?}; its folder must exist and be writable for this user")]
    Io { path: PathBuf, source: io::Error },
}

/// A socket that never blocks. Its file is removed when it is dropped.
#[derive(Debug)]
pub(super) struct FeedSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl FeedSocket {
    /// Listens at a path. A socket that a killed program has left there is replaced.
    pub(super) fn bind(path: &Path) -> Result<Self, SocketError> {
        check_free(path)?;
        let io_error = |source| SocketError::Io { path: path.to_owned(), source };
        // Bound beside its place, so that nobody can connect before the mode is set.
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let _ = fs::remove_file(&beside);
        let listener = UnixListener::bind(&beside).map_err(io_error)?;
        listener.set_nonblocking(true).map_err(io_error)?;
        fs::set_permissions(&beside, Permissions::from_mode(MODE)).map_err(io_error)?;
        fs::rename(&beside, path).map_err(io_error)?;
        Ok(Self { listener, path: path.to_owned() })
    }

    pub(super) fn listener(&self) -> &UnixListener {
        &self.listener
    }

    /// Returns the next reader that has connected, if there is one. Its stream never blocks.
    pub(super) fn accept(&self) -> Option<UnixStream> {
        let (stream, _) = self.listener.accept().ok()?;
        stream.set_nonblocking(true).ok()?;
        Some(stream)
    }
}

impl Drop for FeedSocket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Checks that there is nothing at the path but a socket that nobody listens at.
fn check_free(path: &Path) -> Result<(), SocketError> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(()) };
    if !metadata.file_type().is_socket() {
        return Err(SocketError::NotASocket { path: path.to_owned() });
    }
    if UnixStream::connect(path).is_ok() {
        return Err(SocketError::InUse { path: path.to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_left_behind_is_replaced_and_one_in_use_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feed.sock");
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "left by a program that was killed");
        let socket = FeedSocket::bind(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        assert!(matches!(FeedSocket::bind(&path), Err(SocketError::InUse { .. })));
        drop(socket);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn files_are_not_replaced_and_a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        fs::write(&path, "mine").unwrap();
        assert!(matches!(FeedSocket::bind(&path), Err(SocketError::NotASocket { .. })));
        let missing = folder.path().join("no/feed.sock");
        let error = FeedSocket::bind(&missing).unwrap_err();
        assert!(error.to_string().contains("no/feed.sock"), "{error}");
    }
}
