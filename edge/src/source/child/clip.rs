//! A video file: its frames in order, until its end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::command::{ChildSource, Pace};
use super::driver::{ChildStream, Delivery};
use crate::source::camera::driver::{CameraError, CaptureRequest, Stream as _};
use crate::source::{
    CameraState, FirstLook, Frame, FrameImage, FrameSource, LONGEST_WAIT, Next, SentFrame,
    SourceError,
};

/// Plays a video file once.
#[derive(Debug)]
pub(crate) struct ClipSource {
    stream: ChildStream,
    look: FirstLook,
    pace: Pace,
    /// The time from frame to frame.
    interval: Duration,
    frames: u32,
    has_ended: bool,
    /// What is stated of the clip where frames keep what came.
    state: Option<Arc<CameraState>>,
}

impl ClipSource {
    /// Starts to play a file.
    ///
    /// # Errors
    /// The program that reads it is not installed, or can't be started.
    pub(crate) fn open(
        source: &ChildSource,
        request: &CaptureRequest,
        look: FirstLook,
    ) -> Result<Self, CameraError> {
        let pace = match source {
            ChildSource::Clip { pace, .. } => *pace,
            ChildSource::Rpicam(_) | ChildSource::Stream(_) => Pace::Clip,
        };
        // A file does not hang as a camera does: a slow medium or processor may take its time.
        let request = CaptureRequest { timeout: request.first_frame_timeout, ..*request };
        let stream = ChildStream::start(source.to_string(), &source.command(&request)?, &request)?;
        let interval = Duration::from_secs(1) / request.frames_per_second;
        Ok(Self { stream, look, pace, interval, frames: 0, has_ended: false, state: None })
    }

    /// Keeps in each frame what came, for a recording.
    pub(crate) fn keeping_sent(self, keeps_sent: bool) -> Self {
        let name = self.stream.name().to_owned();
        let state = CameraState { name, ..CameraState::default() };
        Self { state: keeps_sent.then(|| Arc::new(state)), ..self }
    }

    fn frame(&mut self) -> Result<Next, SourceError> {
        let started = Instant::now();
        self.frames += 1;
        let (raw, format) = (self.stream.frame(), self.stream.format());
        let image = FrameImage::of_camera(format, raw.bytes, self.look);
        let name = format!("{}-{}", self.stream.name(), self.frames);
        let mut image = image.map_err(|error| {
            let (device, frames) = (self.stream.name().to_owned(), 1);
            let reason = format!("frame {}: {}", self.frames, common::error::chain(&error));
            SourceError::Clip(CameraError::Damaged { device, frames, reason })
        })?;
        if let Some(camera) = &self.state {
            let (bytes, camera) = (raw.bytes.to_vec(), Arc::clone(camera));
            image = image.keeping(SentFrame { format, bytes, camera });
        }
        Ok(Next::Frame(Frame { image, name, decode: started.elapsed() }))
    }
}

impl FrameSource for ClipSource {
    fn next(&mut self) -> Result<Next, SourceError> {
        if self.has_ended {
            return Ok(Next::End);
        }
        let delivery = self.stream.wait(LONGEST_WAIT);
        let next = match delivery {
            Ok(Delivery::Image) => return self.frame(),
            Ok(Delivery::Nothing) => return Ok(Next::Nothing),
            Ok(Delivery::End) => self.stream.end().map(|()| Next::End),
            Err(error) => Err(error),
        };
        self.has_ended = true;
        next.map_err(SourceError::Clip)
    }

    /// The time in the clip, where it is not played in real time.
    fn time(&self) -> Option<Duration> {
        match self.pace {
            Pace::Clip => None,
            Pace::Fast => Some(self.interval * self.frames.saturating_sub(1)),
        }
    }
}
