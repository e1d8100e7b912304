//! A camera that may disappear and return: whatever happens, it is opened again.
//!
//! - [`driver`]: what a camera driver does, and how it fails
//! - [`v4l`]: the driver for Linux
//! - [`controls`]: exposure, gain and the like
//! - [`devices`]: the video devices of the system
//! - [`negotiate`]: which of a camera's formats is requested
//! - [`pixels`]: the pixel formats and their conversion to RGB
//! - [`report`]: what `cardsight doctor` lists of cameras
//! - [`time_limit`]: how long to wait for a frame
//! - `fake`: a scripted driver for tests

pub(crate) mod controls;
pub(crate) mod devices;
pub mod driver;
#[cfg(any(test, feature = "testing"))]
pub mod fake;
pub(crate) mod negotiate;
pub mod pixels;
pub(crate) mod report;
#[cfg(test)]
mod tests;
pub(crate) mod time_limit;
pub(crate) mod v4l;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::error::chain;
use rand::RngExt;
use rand_pcg::Pcg64;

use crate::clock::Clock;
use crate::source::{
    CameraState, FirstLook, Frame, FrameImage, FrameSource, LONGEST_WAIT, Next, SentFrame,
    SourceError,
};
use driver::{CameraError, CaptureRequest, Driver, RawFrame, Stream};
use pixels::{CaptureFormat, PixelFormat};

/// The wait before a camera is opened again for the first time.
const FIRST_REOPEN_WAIT: Duration = Duration::from_millis(200);
/// The longest wait before a camera is opened again.
const LONGEST_REOPEN_WAIT: Duration = Duration::from_secs(5);

/// The share of a wait that is left after the largest random reduction.
const LEAST_WAIT_SHARE: f64 = 0.75;

/// After this many damaged frames in a row, the stream counts as failed.
const MOST_DAMAGED_FRAMES: u32 = 30;

/// The frames of a camera. Each failed attempt to get a frame is an error; between two
/// attempts the source gives [`Next::Nothing`].
#[derive(Debug)]
pub struct CameraSource<D: Driver, C> {
    driver: D,
    request: CaptureRequest,
    clock: C,
    rng: Pcg64,
    /// What is decoded of each frame.
    look: FirstLook,
    /// Whether frames keep what the camera sent.
    keeps_sent: bool,
    /// The camera that is open, for what is kept.
    state: Arc<CameraState>,
    connection: Connection<D::Stream>,
    /// The format that was negotiated last.
    format: Option<CaptureFormat>,
    damaged_in_a_row: u32,
    /// Formats in which the camera sent frames that could not be used.
    avoided: Vec<PixelFormat>,
    /// The last wait before the camera was opened, without its random reduction. Zero
    /// since the last good frame.
    reopen_wait: Duration,
}

#[derive(Debug)]
enum Connection<S> {
    Open(S),
    /// There is no stream; the camera is opened at this time of the clock.
    Closed {
        opens_at: Duration,
    },
}

impl<D: Driver, C: Clock> CameraSource<D, C> {
    /// A camera that is not open yet. `rng` spreads the attempts to open it in time, so
    /// that many devices that lost their cameras together do not return in step.
    pub fn new(driver: D, request: CaptureRequest, clock: C, rng: Pcg64) -> Self {
        Self {
            driver,
            request,
            clock,
            rng,
            look: FirstLook::default(),
            keeps_sent: false,
            state: Arc::default(),
            connection: Connection::Closed { opens_at: Duration::ZERO },
            format: None,
            damaged_in_a_row: 0,
            avoided: Vec::new(),
            reopen_wait: Duration::ZERO,
        }
    }

    /// Decodes only this much of each frame; what else is needed is decoded when it is.
    pub fn looking_at(self, look: FirstLook) -> Self {
        Self { look, ..self }
    }

    /// Keeps in each frame what the camera sent, for a recording.
    pub(crate) fn keeping_sent(self, keeps_sent: bool) -> Self {
        Self { keeps_sent, ..self }
    }

    fn open(&mut self) -> Result<Next, SourceError> {
        let stream = match self.driver.open(&self.request, &self.avoided) {
            Ok(stream) => stream,
            Err(error) => return self.close(error),
        };
        let format = stream.format();
        if self.avoided.contains(&format.pixels) {
            // It has no other format; all of them are tried again.
            self.avoided.clear();
        }
        if self.format.replace(format) != Some(format) {
            let CaptureFormat { pixels, width, height, .. } = format;
            log::info!("camera {}: {width}×{height} {pixels}", stream.name());
        }
        if self.keeps_sent {
            let (name, controls) = (stream.name().to_owned(), stream.control_values());
            self.state = Arc::new(CameraState { name, controls });
        }
        self.connection = Connection::Open(stream);
        Ok(Next::Nothing)
    }

    /// Closes the camera until the next attempt. The wait doubles with each attempt; a
    /// fault that does not pass by itself has the longest wait at once.
    fn close(&mut self, error: CameraError) -> Result<Next, SourceError> {
        self.reopen_wait = if error.is_transient() {
            (2 * self.reopen_wait).clamp(FIRST_REOPEN_WAIT, LONGEST_REOPEN_WAIT)
        } else {
            LONGEST_REOPEN_WAIT
        };
        let wait = self.reopen_wait.mul_f64(self.rng.random_range(LEAST_WAIT_SHARE..=1.0));
        // The assignment drops the stream, so that the device is free when it is opened.
        self.connection = Connection::Closed { opens_at: self.clock.now() + wait };
        self.damaged_in_a_row = 0;
        Err(SourceError::Camera(error))
    }

    fn next_frame(&mut self) -> Result<Next, SourceError> {
        let Connection::Open(stream) = &mut self.connection else { return Ok(Next::Nothing) };
        let (format, device) = (stream.format(), stream.name().to_owned());
        let raw = match stream.next() {
            Ok(raw) => raw,
            Err(error) => {
                if matches!(error, CameraError::NoBandwidth { .. }) {
                    // Another format may need less.
                    self.avoided.push(format.pixels);
                }
                return self.close(error);
            }
        };
        let number = raw.number;
        let started = Instant::now();
        match decode(&format, &raw, self.look) {
            Ok(mut image) => {
                if self.keeps_sent {
                    let (bytes, camera) = (raw.bytes.to_vec(), Arc::clone(&self.state));
                    image = image.keeping(SentFrame { format, bytes, camera });
                }
                self.damaged_in_a_row = 0;
                self.reopen_wait = Duration::ZERO;
                let name = format!("{device}-{number}");
                Ok(Next::Frame(Frame { image, name, decode: started.elapsed() }))
            }
            Err(reason) => {
                log::debug!("camera {device}: frame {number}: {reason}");
                let reason = format!("frame {number}: {reason}");
                self.skip_damaged(device, format.pixels, reason)
            }
        }
    }

    /// Skips a damaged frame, or closes the camera when there were too many in a row. It is opened
    /// again with the next of its formats.
    fn skip_damaged(
        &mut self,
        device: String,
        pixels: PixelFormat,
        reason: String,
    ) -> Result<Next, SourceError> {
        self.damaged_in_a_row += 1;
        if self.damaged_in_a_row < MOST_DAMAGED_FRAMES {
            return Ok(Next::Nothing);
        }
        self.avoided.push(pixels);
        self.close(CameraError::Damaged { device, frames: MOST_DAMAGED_FRAMES, reason })
    }
}

/// The image of a frame, or the reason why it has none.
fn decode(
    format: &CaptureFormat,
    raw: &RawFrame<'_>,
    look: FirstLook,
) -> Result<FrameImage, String> {
    let image = FrameImage::of_camera(*format, raw.bytes, look).map_err(|error| chain(&error))?;
    if raw.is_damaged { Err("the driver marked it as damaged".into()) } else { Ok(image) }
}

impl<D: Driver, C: Clock> FrameSource for CameraSource<D, C> {
    /// Waits for as long as the request lets a camera take for a frame, which may be more
    /// than [`LONGEST_WAIT`]. For this reason a camera runs behind a
    /// [`LatestFrameSource`](crate::source::latest::LatestFrameSource).
    fn next(&mut self) -> Result<Next, SourceError> {
        match self.connection {
            Connection::Open(_) => self.next_frame(),
            Connection::Closed { opens_at } => {
                let wait = opens_at.saturating_sub(self.clock.now());
                if wait.is_zero() {
                    return self.open();
                }
                self.clock.sleep(wait.min(LONGEST_WAIT));
                Ok(Next::Nothing)
            }
        }
    }
}
