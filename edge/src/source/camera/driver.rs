//! What a camera driver does, and how it fails.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::pixels::{CaptureFormat, PixelFormat};
use crate::util::errno::ErrnoKind;
use crate::util::holders::holders;

/// What a camera is asked to deliver. The camera chooses the nearest that it can.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CaptureRequest {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    pub frames_per_second: u32,
    /// The longest time until the first frames after the camera was opened.
    pub first_frame_timeout: Duration,
    /// The longest time between two later frames; a slow camera may take three of its intervals.
    pub timeout: Duration,
}

/// Opens one camera, as often as necessary.
pub trait Driver {
    type Stream: Stream;

    /// Opens the camera, negotiates a format, and starts the camera. The formats in `avoided`
    /// could not be used before; they are negotiated only if the camera has no other one.
    ///
    /// # Errors
    /// See [`CameraError`].
    fn open(
        &mut self,
        request: &CaptureRequest,
        avoided: &[PixelFormat],
    ) -> Result<Self::Stream, CameraError>;
}

/// A camera that delivers frames. Dropping the stream stops the camera. After an error a
/// stream must not be used again, because the kernel may still hold one of its buffers.
pub trait Stream {
    /// The camera's name in messages and in the names of frames.
    fn name(&self) -> &str;

    /// The layout of the frames.
    fn format(&self) -> CaptureFormat;

    /// The values of the camera's controls at present, as far as they can be read.
    fn control_values(&self) -> BTreeMap<String, i64> {
        BTreeMap::new()
    }

    /// The next frame. Waits for it at most as long as the [`CaptureRequest`] allows.
    ///
    /// # Errors
    /// The camera delivers no more frames.
    fn next(&mut self) -> Result<RawFrame<'_>, CameraError>;
}

/// A frame in the camera's memory.
#[derive(Clone, Copy, Debug)]
pub struct RawFrame<'a> {
    /// The bytes that the camera has filled.
    pub bytes: &'a [u8],
    /// Whether the driver has marked the frame as damaged.
    pub is_damaged: bool,
    /// Counted by the driver.
    pub number: u32,
}

/// Why a camera delivers no frames, and what the user can do about it.
#[derive(Debug, thiserror::Error)]
pub enum CameraError {
    #[error("there is no camera {0}; plug it in, or choose one that `cardsight doctor` lists")]
    Missing(String),
    #[error("camera {0}: permission denied; add the user to the group \"video\"")]
    Permission(String),
    #[error("camera {device} is in use by {holder}")]
    Busy {
        device: String,
        /// The program with the remedy.
        holder: String,
    },
    #[error(
        "the USB bus has no bandwidth left for camera {device}; plug it into another port, without \
         other cameras on the same hub, or set camera.width and camera.height to a smaller image or \
         camera.frames_per_second to fewer frames; MJPEG needs least, if the camera offers it"
    )]
    NoBandwidth { device: String, source: io::Error },
    #[error(
        "the connection to camera {device} is disturbed; check its cable, its hub and its power \
         supply, and try another port"
    )]
    Disturbed { device: String, source: io::Error },
    #[error(
        "camera {device} ({driver}) delivers raw sensor data only, because ribbon-cable cameras \
         need libcamera; on a Raspberry Pi write source = \"rpicam:0\", elsewhere start cardsight with \
         `libcamerify`, or use a USB camera"
    )]
    RawSensor { device: String, driver: String },
    #[error("{device} {kind}; choose a camera that `cardsight doctor` lists")]
    OtherKind { device: String, kind: &'static str },
    #[error("{0} is not a camera; choose one that `cardsight doctor` lists")]
    NotACamera(String),
    #[error(
        "camera {device} offers {offered}, but cardsight can read only {}; use another camera",
        PixelFormat::names()
    )]
    NoFormat { device: String, offered: String },
    #[error(
        "camera {device} sent no frame for {millis} ms; check its cable and its power supply, or \
         set {key} to more if it is only slow"
    )]
    Timeout {
        device: String,
        millis: u128,
        /// The key of the configuration that sets this limit.
        key: &'static str,
    },
    #[error(
        "camera {device} sent {frames} damaged frames in a row ({reason}); check its cable, or \
         configure a smaller image or a lower frame rate"
    )]
    Damaged { device: String, frames: u32, reason: String },
    #[error("camera {0} is gone; plug it in again")]
    Gone(String),
    #[error(
        "{device} needs the program {program}, which is not installed; `sudo apt install {package}` \
         installs it"
    )]
    NoProgram { device: String, program: &'static str, package: &'static str },
    #[error("can't start {program}, which delivers the frames of {device}")]
    NotStarted { device: String, program: String, source: io::Error },
    #[error("{program}, which delivers the frames of {device}, has ended ({ending})")]
    ProgramEnded {
        device: String,
        program: String,
        /// Its exit status, and the last line of its messages.
        ending: String,
    },
    #[error(
        "{program}, which delivers the frames of {device}, sends something else than JPEG images; \
         check the arguments in `source`"
    )]
    NotJpeg { device: String, program: String },
    #[error("camera {device} has failed")]
    Io { device: String, source: io::Error },
    #[error("camera {device}: its driver gave an answer that cardsight can't read: {reason}")]
    Driver { device: String, reason: String },
}

impl CameraError {
    /// Whether the fault usually passes by itself, so that the camera is opened again
    /// soon. The other faults need a person; the camera is opened again all the same, but
    /// rarely, because the person may have solved the problem.
    ///
    /// Faults that pass: a cable that was pulled or is loose, a device that the kernel
    /// enumerates again, a program that holds the camera for a moment, any error between
    /// two frames. Faults that last: a device that the user may not open, that delivers no
    /// readable frames, or that is not a camera.
    pub fn is_transient(&self) -> bool {
        match self {
            CameraError::Missing(_)
            | CameraError::Busy { .. }
            | CameraError::NoBandwidth { .. }
            | CameraError::Disturbed { .. }
            | CameraError::Timeout { .. }
            | CameraError::Damaged { .. }
            | CameraError::Gone(_)
            | CameraError::NotStarted { .. }
            | CameraError::ProgramEnded { .. }
            | CameraError::NotJpeg { .. }
            | CameraError::Io { .. } => true,
            CameraError::Permission(_)
            | CameraError::RawSensor { .. }
            | CameraError::NoProgram { .. }
            | CameraError::NotACamera(_)
            | CameraError::OtherKind { .. }
            | CameraError::NoFormat { .. }
            | CameraError::Driver { .. } => false,
        }
    }

    fn busy(device: String) -> Self {
        let holders = holders(Path::new(&device));
        let holder = if holders.is_empty() {
            format!("another program; `sudo fuser -v {device}` shows which one")
        } else {
            format!("{}; end it", holders.join(" and "))
        };
        CameraError::Busy { device, holder }
    }

    /// The error of a camera on which a system call has failed.
    pub fn of_io(device: &str, source: io::Error) -> Self {
        let device = device.to_owned();
        match ErrnoKind::of(&source) {
            ErrnoKind::Missing => CameraError::Missing(device),
            ErrnoKind::Gone => CameraError::Gone(device),
            ErrnoKind::PermissionDenied => CameraError::Permission(device),
            ErrnoKind::Busy => CameraError::busy(device),
            ErrnoKind::NoBandwidth => CameraError::NoBandwidth { device, source },
            ErrnoKind::Disturbed => CameraError::Disturbed { device, source },
            ErrnoKind::Other => CameraError::Io { device, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use common::error::chain;

    use super::*;

    #[test]
    fn each_error_number_has_its_own_message() {
        for (number, words) in [
            (2, "plug it in"),
            (13, "group \"video\""),
            (16, "in use"),
            (19, "is gone"),
            (5, "os error 5"),
            (5, "check its cable"),
            (28, "no bandwidth"),
            (32, "check its cable"),
            (71, "check its cable"),
            (110, "check its cable"),
            (22, "os error 22"),
        ] {
            let error = CameraError::of_io("/dev/video0", io::Error::from_raw_os_error(number));
            let text = chain(&error);
            assert!(text.contains(words), "{text}");
            assert!(text.contains("/dev/video0"), "{text}");
        }
    }
}
