//! A camera that does what a test tells it, and keeps the kernel's rules: a buffer
//! belongs either to the program or to the kernel, and a stream that failed is dead.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::driver::{CameraError, Driver, RawFrame, Stream, Wanted};
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
#[derive(Clone, Debug, Default)]
pub struct FakeCamera {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    script: VecDeque<Step>,
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
    pub fn new(script: impl IntoIterator<Item = Step>) -> Self {
        let script = script.into_iter().collect();
        Self { shared: Arc::new(Mutex::new(Shared { script, ..Shared::default() })) }
    }

    /// What was done so far.
    pub fn record(&self) -> Record {
        self.lock().record.clone()
    }

    /// Whether the script is used up.
    pub fn is_done(&self) -> bool {
        self.lock().script.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn error(number: i32) -> CameraError {
    CameraError::of_io(NAME, io::Error::from_raw_os_error(number))
}

impl Driver for FakeCamera {
    type Stream = FakeStream;

    fn open(&mut self, _wanted: &Wanted) -> Result<FakeStream, CameraError> {
        let mut shared = self.lock();
        assert_eq!(shared.record.opened, shared.record.closed, "opened while it was open");
        match shared.script.front() {
            Some(Step::Opens(format)) => {
                let format = *format;
                shared.script.pop_front();
                shared.record.opened += 1;
                drop(shared);
                let camera = self.clone();
                Ok(FakeStream { camera, format, buffer: Vec::new(), has_failed: false })
            }
            Some(Step::OpenFails(number)) => {
                let number = *number;
                shared.script.pop_front();
                Err(error(number))
            }
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
        let step = shared.script.pop_front();
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
