//! A program that delivers frames, as a camera: the camera's own rules apply, and it is started again
//! after every failure.

use std::time::{Duration, Instant};

use super::command::{ChildCommand, ChildSource};
use super::process::{ChildProcess, Ending, Output};
use super::splitter::{JpegSplitter, SplitImage};
use crate::source::camera::driver::{CameraError, CaptureRequest, Driver, RawFrame, Stream};
use crate::source::camera::pixels::{CaptureFormat, ColorMatrix, LevelRange, PixelFormat};
use crate::source::camera::time_limit::FrameTimeLimit;

/// A program that has sent so much without an image sends something else.
const MOST_SKIPPED_BYTES: usize = 1 << 20;

/// The bytes that are read at once; a pipe of Linux holds as many.
const CHUNK_BYTES: usize = 1 << 16;

const JPEG: PixelFormat = PixelFormat::of_fourcc(*b"MJPG").expect("the table contains it");

/// Starts the program of a source.
#[derive(Clone, Debug)]
pub(crate) struct ChildDriver {
    source: ChildSource,
}

/// A running program, and the images from it.
#[derive(Debug)]
pub(crate) struct ChildStream {
    name: String,
    program: String,
    format: CaptureFormat,
    process: ChildProcess,
    splitter: JpegSplitter,
    limit: FrameTimeLimit,
    started: Instant,
    waiting_since: Instant,
    image: SplitImage,
    images: u32,
    chunk: Vec<u8>,
}

/// What a program has delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// An image, which [`ChildStream::frame`] returns.
    Image,
    /// Nothing within the time.
    Nothing,
    /// It has closed its output.
    End,
}

impl ChildDriver {
    /// A driver for this source, whose program need not be installed yet.
    pub(crate) fn new(source: ChildSource) -> Self {
        Self { source }
    }
}

impl Driver for ChildDriver {
    type Stream = ChildStream;

    /// The programs send JPEG images, so there is no other format.
    fn open(
        &mut self,
        request: &CaptureRequest,
        _avoided: &[PixelFormat],
    ) -> Result<ChildStream, CameraError> {
        let command = self.source.command(request)?;
        ChildStream::start(self.source.to_string(), &command, request)
    }
}

impl ChildStream {
    /// Starts a program. `name` is the name of the source in messages.
    pub(super) fn start(
        name: String,
        command: &ChildCommand,
        request: &CaptureRequest,
    ) -> Result<Self, CameraError> {
        let program = command.program.file_name().unwrap_or_default().display().to_string();
        let process = match ChildProcess::start(&command.program, &command.arguments) {
            Ok(process) => process,
            Err(source) => return Err(CameraError::NotStarted { device: name, program, source }),
        };
        let started = Instant::now();
        Ok(Self {
            name,
            program,
            format: jpeg_format(request),
            process,
            splitter: JpegSplitter::default(),
            limit: FrameTimeLimit::new(request),
            started,
            waiting_since: started,
            image: SplitImage::default(),
            images: 0,
            chunk: vec![0; CHUNK_BYTES],
        })
    }

    /// Waits for an image for that time, and for as long as the source may take for it at most.
    ///
    /// # Errors
    /// No image came in time, or something else than images.
    pub(super) fn wait(&mut self, within: Duration) -> Result<Delivery, CameraError> {
        let called = Instant::now();
        loop {
            if let Some(image) = self.splitter.next_image() {
                self.image = image;
                self.images = self.images.wrapping_add(1);
                self.waiting_since = Instant::now();
                self.limit.frame_arrived(self.started.elapsed());
                return Ok(Delivery::Image);
            }
            if self.splitter.skipped_bytes() > MOST_SKIPPED_BYTES {
                let (device, program) = (self.name.clone(), self.program.clone());
                return Err(CameraError::NotJpeg { device, program });
            }
            let (limit, key) = self.limit.current();
            let left = limit.saturating_sub(self.waiting_since.elapsed());
            let left_of_call = within.saturating_sub(called.elapsed());
            match self.process.read(&mut self.chunk, left.min(left_of_call)) {
                Ok(Output::Bytes(count)) => self.splitter.push(&self.chunk[..count]),
                Ok(Output::End) => return Ok(Delivery::End),
                Ok(Output::Nothing) if left.is_zero() => {
                    let (device, millis) = (self.name.clone(), limit.as_millis());
                    return Err(CameraError::Timeout { device, millis, key });
                }
                Ok(Output::Nothing) if left_of_call.is_zero() => return Ok(Delivery::Nothing),
                Ok(Output::Nothing) => {}
                Err(source) => return Err(CameraError::of_io(&self.name, source)),
            }
        }
    }

    /// The last image.
    pub(super) fn frame(&self) -> RawFrame<'_> {
        let SplitImage { bytes, is_cut } = &self.image;
        RawFrame { bytes, is_damaged: *is_cut, number: self.images }
    }

    /// Ends a program that has closed its output. An error says why it has failed.
    pub(super) fn end(&mut self) -> Result<(), CameraError> {
        let Ending { is_success, description } = self.process.end();
        if is_success && self.images > 0 { Ok(()) } else { Err(self.ended(description)) }
    }

    fn ended(&self, ending: String) -> CameraError {
        let (device, program) = (self.name.clone(), self.program.clone());
        CameraError::ProgramEnded { device, program, ending }
    }
}

impl Stream for ChildStream {
    fn name(&self) -> &str {
        &self.name
    }

    fn format(&self) -> CaptureFormat {
        self.format
    }

    /// A camera has no end: a program that ends has failed.
    fn next(&mut self) -> Result<RawFrame<'_>, CameraError> {
        match self.wait(Duration::MAX)? {
            Delivery::Image => Ok(self.frame()),
            Delivery::Nothing | Delivery::End => {
                let ending = self.process.end().description;
                Err(self.ended(ending))
            }
        }
    }
}

/// The format of JPEG images. Their real size is in each image.
fn jpeg_format(request: &CaptureRequest) -> CaptureFormat {
    CaptureFormat {
        pixels: JPEG,
        width: request.width,
        height: request.height,
        bytes_per_line: 0,
        range: LevelRange::Full,
        matrix: ColorMatrix::Bt601,
    }
}
