//! A camera that does what a test tells it, and keeps the kernel's rules: a buffer
//! belongs either to the program or to the kernel, and a stream that failed is dead.

use std::fmt;
use std::io;
use std::iter::Peekable;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::driver::{CameraError, CaptureRequest, Driver, RawFrame, Stream};
use super::pixels::Format;

/// What happens next.
#[derive(Clone, Debug)]
pub enum Step {
    /// Opening succeeds.
    Opens(Format),
    /// Opening fails with this error number.
    OpenFails(i32),
    /// A frame with these bytes.
    Frame(Vec<u8>),
    /// A frame that the driver marks as damaged.
    Damaged(Vec<u8>),
    /// No frame comes in time.
    TimesOut,
    /// Waiting for a frame fails with this error number.
    FrameFails(i32),
}

/// What was done to the camera.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    pub opened: usize,
    pub closed: usize,
    /// A stream was asked for another frame after it had failed: EINVAL in the kernel.
    pub used_after_failure: bool,
}

/// A camera with a script. Clones share script and record.
#[derive(Clone)]
pub struct FakeCamera {
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    script: Peekable<Box<dyn Iterator<Item = Step> + Send>>,
    record: Record,
    frames: u32,
}

/// The fake camera at work.
#[derive(Debug)]
pub struct FakeStream {
    camera: FakeCamera,
    format: Format,
    /// The one buffer that the program holds.
    buffer: Vec<u8>,
    has_failed: bool,
}

const NAME: &str = "fake";

impl FakeCamera {
    /// Will do these steps in order; after the last one there is no camera.
    pub fn new<I: Iterator<Item = Step> + Send + 'static>(
        script: impl IntoIterator<IntoIter = I>,
    ) -> Self {
        let script: Box<dyn Iterator<Item = Step> + Send> = Box::new(script.into_iter());
        let (script, record) = (script.peekable(), Record::default());
        Self { shared: Arc::new(Mutex::new(Shared { script, record, frames: 0 })) }
    }

    /// What was done so far.
    pub fn record(&self) -> Record {
        self.lock().record.clone()
    }

    /// Whether the script is used up.
    pub fn is_done(&self) -> bool {
        self.lock().script.peek().is_none()
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for FakeCamera {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeCamera").field("record", &self.record()).finish_non_exhaustive()
    }
}

fn error(number: i32) -> CameraError {
    CameraError::of_io(NAME, io::Error::from_raw_os_error(number))
}

impl Driver for FakeCamera {
    type Stream = FakeStream;

    fn open(&mut self, _wanted: &CaptureRequest) -> Result<FakeStream, CameraError> {
        let mut shared = self.lock();
        assert_eq!(shared.record.opened, shared.record.closed, "opened while it was open");
        match shared.script.next_if(|step| matches!(step, Step::Opens(_) | Step::OpenFails(_))) {
            Some(Step::Opens(format)) => {
                shared.record.opened += 1;
                drop(shared);
                let camera = self.clone();
                Ok(FakeStream { camera, format, buffer: Vec::new(), has_failed: false })
            }
            Some(Step::OpenFails(number)) => Err(error(number)),
            _ => Err(CameraError::Missing(NAME.into())),
        }
    }
}

impl Stream for FakeStream {
    fn name(&self) -> &str {
        NAME
    }

    fn format(&self) -> Format {
        self.format
    }

    fn next(&mut self) -> Result<RawFrame<'_>, CameraError> {
        let camera = self.camera.clone();
        let mut shared = camera.lock();
        if self.has_failed {
            shared.record.used_after_failure = true;
            return Err(error(22));
        }
        let step = shared.script.next();
        let (bytes, is_damaged) = match step {
            Some(Step::Frame(bytes)) => (bytes, false),
            Some(Step::Damaged(bytes)) => (bytes, true),
            other => {
                self.has_failed = true;
                return Err(match other {
                    Some(Step::TimesOut) => {
                        CameraError::Timeout { device: NAME.into(), millis: 1000 }
                    }
                    Some(Step::FrameFails(number)) => error(number),
                    // The script expects that the camera is open, or is at its end.
                    _ => CameraError::Gone(NAME.into()),
                });
            }
        };
        shared.frames += 1;
        self.buffer = bytes;
        Ok(RawFrame { bytes: &self.buffer, is_damaged, number: shared.frames })
    }
}

impl Drop for FakeStream {
    fn drop(&mut self) {
        self.camera.lock().record.closed += 1;
    }
}
