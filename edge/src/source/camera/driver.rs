//! What a camera driver does, and how it fails.

use std::io;
use std::time::Duration;

use super::pixels::Format;

/// What is asked of a camera; it gives what comes nearest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CaptureRequest {
    pub width: u32,
    pub height: u32,
    pub frames_per_second: u32,
    /// Longest time between two frames.
    pub timeout: Duration,
}

/// Opens a camera, again and again if need be.
pub trait Driver {
    type Stream: Stream;

    /// Opens the camera, negotiates a format and starts it.
    ///
    /// # Errors
    /// See [`CameraError`].
    fn open(&mut self, wanted: &CaptureRequest) -> Result<Self::Stream, CameraError>;
}

/// A camera at work. Dropping it stops it. After an error it is of no use any more: a
/// buffer may be with the kernel still.
pub trait Stream {
    /// What the camera is called, for frames' names and messages.
    fn name(&self) -> &str;

    /// The layout of its frames.
    fn format(&self) -> Format;

    /// The next frame, waited for at most as long as was asked for.
    ///
    /// # Errors
    /// There is none any more.
    fn next(&mut self) -> Result<RawFrame<'_>, CameraError>;
}

/// A frame in the camera's memory.
#[derive(Clone, Copy, Debug)]
pub struct RawFrame<'a> {
    /// As many as the camera has filled.
    pub bytes: &'a [u8],
    /// The driver says that it is damaged.
    pub is_damaged: bool,
    pub number: u32,
}

/// Why there are no frames, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum CameraError {
    #[error("there is no camera {0}; plug it in, or name one that `cardsight doctor` lists")]
    Missing(String),
    #[error("camera {0}: permission denied; add the user to the group \"video\"")]
    Permission(String),
    #[error("camera {0} is in use by another program; `fuser -v {0}` names it")]
    Busy(String),
    #[error(
        "camera {device} ({driver}) gives raw sensor data only: a ribbon-cable camera needs \
         libcamera; start cardsight with `libcamerify`, or use a USB camera"
    )]
    RawSensor { device: String, driver: String },
    #[error("{0} is no camera; name one that `cardsight doctor` lists")]
    NotACamera(String),
    #[error(
        "camera {device} offers {offered} only; MJPG, YUYV, NV12, RGB3, BGR3 or GREY is needed"
    )]
    NoFormat { device: String, offered: String },
    #[error("camera {device} gave no frame for {millis} ms; check its cable and power")]
    Timeout { device: String, millis: u128 },
    #[error(
        "camera {device} gave {frames} damaged frames in a row ({reason}); check its cable, or \
         ask for a smaller image or rate"
    )]
    Damaged { device: String, frames: u32, reason: String },
    #[error("camera {0} is gone; plug it in again")]
    Gone(String),
    #[error("camera {device}: {source}")]
    Io { device: String, source: io::Error },
    #[error("camera {device}: its driver says what v4l does not understand: {reason}")]
    Driver { device: String, reason: String },
}

impl CameraError {
    /// Whether the fault usually passes by itself, so that the camera is opened again
    /// soon. The others need a person; the camera is tried again all the same, seldom:
    /// the person may have come.
    ///
    /// Passing: a cable that was pulled or is loose, a device that enumerates anew, a
    /// program that holds the camera for a moment, any error while frames were coming.
    /// Lasting: a device without permission, without frames that can be read, or that is
    /// no camera.
    pub fn is_transient(&self) -> bool {
        match self {
            CameraError::Missing(_)
            | CameraError::Busy(_)
            | CameraError::Timeout { .. }
            | CameraError::Damaged { .. }
            | CameraError::Gone(_)
            | CameraError::Io { .. } => true,
            CameraError::Permission(_)
            | CameraError::RawSensor { .. }
            | CameraError::NotACamera(_)
            | CameraError::NoFormat { .. }
            | CameraError::Driver { .. } => false,
        }
    }

    /// What an error number means for a camera.
    pub fn of_io(device: &str, source: io::Error) -> Self {
        let device = device.to_owned();
        // Numbers of errno-base.h: ENOENT, ENXIO, EACCES, EBUSY, ENODEV.
        match source.raw_os_error() {
            Some(2) => CameraError::Missing(device),
            Some(6 | 19) => CameraError::Gone(device),
            Some(13) => CameraError::Permission(device),
            Some(16) => CameraError::Busy(device),
            _ => CameraError::Io { device, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_number_has_its_own_message() {
        let text = |number| {
            CameraError::of_io("/dev/video0", io::Error::from_raw_os_error(number)).to_string()
        };
        for (number, words) in [
            (2, "plug it in"),
            (13, "group \"video\""),
            (16, "in use"),
            (19, "is gone"),
            (5, "os error 5"),
        ] {
            assert!(text(number).contains(words), "{}", text(number));
            assert!(text(number).contains("/dev/video0"));
        }
    }
}
