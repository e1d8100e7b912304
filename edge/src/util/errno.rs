//! What an error number of the kernel means for a device.

use std::io;

use rustix::io::Errno;

/// The cases in which a program that talks to a device reacts differently. The remedy
/// depends on the device, so it is in the device's own error type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrnoKind {
    /// The path does not exist (ENOENT).
    Missing,
    /// The user may not use the device (EACCES, EPERM).
    PermissionDenied,
    /// Another program holds the device (EBUSY).
    Busy,
    /// The device was there and has disappeared (ENODEV, ENXIO).
    Gone,
    /// The bus has no bandwidth left (ENOSPC).
    NoBandwidth,
    /// The connection to the device is disturbed (EIO, EPIPE, EPROTO, EILSEQ, EOVERFLOW, ETIMEDOUT).
    Disturbed,
    /// Every other error, and errors that do not come from the kernel.
    Other,
}

impl ErrnoKind {
    /// The meaning of an error of the standard library. Only the error number counts: an
    /// `io::Error` that a library made without one is [`ErrnoKind::Other`].
    pub(crate) fn of(error: &io::Error) -> Self {
        match Errno::from_io_error(error) {
            Some(Errno::NOENT) => ErrnoKind::Missing,
            Some(Errno::ACCESS | Errno::PERM) => ErrnoKind::PermissionDenied,
            Some(Errno::BUSY) => ErrnoKind::Busy,
            Some(Errno::NODEV | Errno::NXIO) => ErrnoKind::Gone,
            Some(Errno::NOSPC) => ErrnoKind::NoBandwidth,
            Some(
                Errno::IO
                | Errno::PIPE
                | Errno::PROTO
                | Errno::ILSEQ
                | Errno::OVERFLOW
                | Errno::TIMEDOUT,
            ) => ErrnoKind::Disturbed,
            _ => ErrnoKind::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_numbers_have_their_meaning() {
        for (errno, kind) in [
            (Errno::NOENT, ErrnoKind::Missing),
            (Errno::ACCESS, ErrnoKind::PermissionDenied),
            (Errno::PERM, ErrnoKind::PermissionDenied),
            (Errno::BUSY, ErrnoKind::Busy),
            (Errno::NODEV, ErrnoKind::Gone),
            (Errno::NXIO, ErrnoKind::Gone),
            (Errno::NOSPC, ErrnoKind::NoBandwidth),
            (Errno::IO, ErrnoKind::Disturbed),
            (Errno::PIPE, ErrnoKind::Disturbed),
            (Errno::PROTO, ErrnoKind::Disturbed),
            (Errno::TIMEDOUT, ErrnoKind::Disturbed),
            (Errno::INVAL, ErrnoKind::Other),
        ] {
            assert_eq!(ErrnoKind::of(&errno.into()), kind, "{errno:?}");
        }
        assert_eq!(ErrnoKind::of(&io::Error::other("no number")), ErrnoKind::Other);
    }
}
