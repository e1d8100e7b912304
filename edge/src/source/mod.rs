//! Where frames come from.
//!
//! - [`files`]: images on disk, each once, in order
//! - [`camera`]: a camera that may come and go
//! - [`demo`]: drawn scenes, as from a camera
//! - [`latest`]: a live source on its own thread, of which only the newest frame counts
//! - [`fake`]: a script for tests

pub mod camera;
pub mod demo;
pub mod fake;
pub mod files;
pub mod latest;

use std::time::Duration;

use common::image_file::ImageFileError;
use image::RgbImage;

/// One image to look at.
#[derive(Clone, Debug)]
pub struct Frame {
    pub image: RgbImage,
    /// Where it is from: a file's path, or a camera's name and the frame's number.
    pub name: String,
    /// Time that reading and decoding took.
    pub decode: Duration,
}

/// A frame that did not come.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error(transparent)]
    Image(#[from] ImageFileError),
    #[error(transparent)]
    Camera(#[from] camera::driver::CameraError),
    #[error("the thread that captures frames has died")]
    CaptureDied,
}

impl SourceError {
    /// Whether there will be no more frames, whatever is done.
    pub fn is_fatal(&self) -> bool {
        matches!(self, SourceError::CaptureDied)
    }
}

/// Longest time that a source waits for a frame: whoever wants to stop it, or to let
/// results expire, waits no longer.
pub const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// What a source has next.
#[derive(Debug)]
pub enum Next {
    Frame(Frame),
    /// No frame within the time that the source waits.
    Nothing,
    /// There will be no more.
    End,
}

/// Frames, one after the other.
pub trait FrameSource {
    /// The next frame, waited for at most [`LONGEST_WAIT`].
    ///
    /// # Errors
    /// This frame can't be had; the next call may succeed.
    fn next(&mut self) -> Result<Next, SourceError>;

    /// Frames that came and were never looked at.
    fn dropped(&self) -> u64 {
        0
    }
}
