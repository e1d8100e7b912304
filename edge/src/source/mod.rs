//! Where frames come from.
//!
//! - [`files`]: images on disk, each once, in order
//! - [`camera`]: a camera that may disappear and return
//! - [`child`]: another program that delivers frames: ribbon-cable cameras, streams, video files
//! - [`demo`]: drawn scenes in place of a camera
//! - [`frame_image`]: the image of a frame, decoded as far as needed
//! - [`latest`]: a live source on its own thread, which keeps only the newest frame
//! - `fake`: a scripted source for tests

pub mod camera;
pub(crate) mod child;
#[cfg(feature = "demo")]
pub(crate) mod demo;
#[cfg(any(test, feature = "testing"))]
pub mod fake;
pub(crate) mod files;
pub mod frame_image;
pub mod latest;

use std::time::Duration;

use common::image_file::ImageFileError;

pub(crate) use crate::source::frame_image::{CameraState, SentFrame};
pub use crate::source::frame_image::{FirstLook, FrameImage, least_detector_frame};

/// An image from a source.
#[derive(Debug)]
pub struct Frame {
    pub image: FrameImage,
    /// The path of a file, or a camera's name and the frame's number.
    pub name: String,
    /// The time that reading and decoding took, as far as the source has decoded the image.
    pub decode: Duration,
}

/// Why a source has no frame.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error(transparent)]
    Image(#[from] ImageFileError),
    #[error(transparent)]
    Camera(#[from] camera::driver::CameraError),
    #[error("the video can't be played")]
    Clip(#[source] camera::driver::CameraError),
    /// A failure that was recorded, or a frame of a recording that can't be read.
    #[error("{0}")]
    Recorded(String),
    #[error("the thread that captures frames has ended unexpectedly; start cardsight again")]
    CaptureDied,
}

impl SourceError {
    /// Whether the source will never have a frame again.
    pub fn is_fatal(&self) -> bool {
        matches!(self, SourceError::Clip(_) | SourceError::CaptureDied)
    }
}

/// The longest time that a source waits for a frame. Within this time the caller can stop
/// the source, and let decisions expire.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// What a source has next.
#[expect(clippy::large_enum_variant, reason = "it is moved, and never stored")]
#[derive(Debug)]
pub enum Next {
    Frame(Frame),
    /// No frame arrived within the time that the source waits.
    Nothing,
    /// The source has no more frames.
    End,
}

/// A source of frames, one after the other.
pub trait FrameSource {
    /// The next frame. Waits for it at most [`LONGEST_WAIT`].
    ///
    /// # Errors
    /// This frame is not available; the next call may succeed, unless
    /// [`SourceError::is_fatal`].
    fn next(&mut self) -> Result<Next, SourceError>;

    /// The time of the last frame on the source's own clock, if the source does not run in real time.
    fn time(&self) -> Option<Duration> {
        None
    }

    /// The number of frames that arrived and that nobody took.
    fn dropped(&self) -> u64 {
        0
    }
}
