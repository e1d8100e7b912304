//! A scripted camera for tests. It keeps the rules of the kernel: a buffer belongs either
//! to the program or to the kernel, and a stream that has failed can't be used again.

use std::fmt;
use std::io;
use std::iter::Peekable;
use std::sync::{Arc, Mutex, MutexGuard};

use super::driver::{CameraError, CaptureRequest, Driver, RawFrame, Stream};
use super::pixels::{CaptureFormat, PixelFormat};
use crate::util::lock::lock;

/// One step of a script.
#[derive(Clone, Debug)]
pub enum FakeStep {
    /// Opening succeeds.
    Opens(CaptureFormat),
    /// Opening fails with this error number.
    OpenFails(i32),
    /// A frame with these bytes.
    Frame(Vec<u8>),
    /// A frame that the driver marks as damaged.
    Damaged(Vec<u8>),
    /// No frame arrives in time.
    TimesOut,
    /// Waiting for a frame fails with this error number.
    FrameFails(i32),
}

/// What was done to a [`FakeCamera`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FakeCameraRecord {
    pub opened: usize,
    pub closed: usize,
    /// The formats that were to be avoided when the camera was opened last.
    pub avoided: Vec<PixelFormat>,
    /// Whether a stream was asked for another frame after it had failed. The kernel would
    /// answer EINVAL.
    pub used_after_failure: bool,
}

/// A camera with a script. Clones share the script and the record.
#[derive(Clone)]
pub struct FakeCamera {
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    script: Peekable<Box<dyn Iterator<Item = FakeStep> + Send>>,
    record: FakeCameraRecord,
    frames: u32,
}

/// The stream of a [`FakeCamera`].
#[derive(Debug)]
pub struct FakeStream {
    camera: FakeCamera,
    format: CaptureFormat,
    /// The one buffer that the program holds.
    buffer: Vec<u8>,
    has_failed: bool,
}

const NAME: &str = "fake";

impl FakeCamera {
    /// A camera that does these steps in order. After the last step there is no camera.
    pub fn new<I: Iterator<Item = FakeStep> + Send + 'static>(
        script: impl IntoIterator<IntoIter = I>,
    ) -> Self {
        let script: Box<dyn Iterator<Item = FakeStep> + Send> = Box::new(script.into_iter());
        let (script, record) = (script.peekable(), FakeCameraRecord::default());
        Self { shared: Arc::new(Mutex::new(Shared { script, record, frames: 0 })) }
    }

    /// What was done to the camera so far.
    pub fn record(&self) -> FakeCameraRecord {
        self.lock().record.clone()
    }

    /// Whether the script is used up.
    pub fn is_done(&self) -> bool {
        self.lock().script.peek().is_none()
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
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

    fn open(
        &mut self,
        _request: &CaptureRequest,
        avoided: &[PixelFormat],
    ) -> Result<FakeStream, CameraError> {
        let mut shared = self.lock();
        shared.record.avoided = avoided.to_vec();
        assert_eq!(
            shared.record.opened, shared.record.closed,
            "the camera was opened while it was open"
        );
        match shared
            .script
            .next_if(|step| matches!(step, FakeStep::Opens(_) | FakeStep::OpenFails(_)))
        {
            Some(FakeStep::Opens(format)) => {
                shared.record.opened += 1;
                drop(shared);
                let camera = self.clone();
                Ok(FakeStream { camera, format, buffer: Vec::new(), has_failed: false })
            }
            Some(FakeStep::OpenFails(number)) => Err(error(number)),
            _ => Err(CameraError::Missing(NAME.into())),
        }
    }
}

impl Stream for FakeStream {
    fn name(&self) -> &str {
        NAME
    }

    fn format(&self) -> CaptureFormat {
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
            Some(FakeStep::Frame(bytes)) => (bytes, false),
            Some(FakeStep::Damaged(bytes)) => (bytes, true),
            other => {
                self.has_failed = true;
                return Err(match other {
                    Some(FakeStep::TimesOut) => {
                        let key = "camera.timeout_millis";
                        CameraError::Timeout { device: NAME.into(), millis: 1000, key }
                    }
                    Some(FakeStep::FrameFails(number)) => error(number),
                    // The script expects that the camera is closed, or it is at its end.
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
