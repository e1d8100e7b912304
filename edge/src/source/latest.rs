//! A live source on its own thread. Only the newest frame is kept: a slow network costs
//! frames, never delay.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::source::{FrameSource, LONGEST_WAIT, Next, SourceError};
use crate::util::latest::LatestSlot;

/// The longest time that a source may take to close. It is short because a service has to
/// stop within two seconds.
const LONGEST_CLOSING: Duration = Duration::from_millis(1200);

/// The newest frame, or the newest error, of a source that runs on another thread.
#[derive(Debug)]
pub struct LatestFrameSource {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    /// Disconnected when the thread has closed the source and ends, also after a panic.
    thread_end: Receiver<()>,
}

#[derive(Debug, Default)]
struct Shared {
    slot: LatestSlot<Result<Next, SourceError>>,
    /// Frames that were replaced by newer ones.
    dropped_frames: AtomicU64,
}

impl LatestFrameSource {
    /// Runs the source on its own thread until it ends or this value is dropped.
    pub fn start(source: impl FrameSource + Send + 'static) -> Self {
        let shared = Arc::new(Shared::default());
        let filled = Arc::clone(&shared);
        let (end, thread_end) = mpsc::channel();
        let thread = thread::spawn(move || {
            // The source is dropped first: its devices are free when `end` reports it.
            let _end = end;
            capture(source, &filled);
        });
        Self { shared, thread: Some(thread), thread_end }
    }

    fn has_died(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

/// Passes on what the source gives, until the source ends or nobody takes frames.
fn capture(mut source: impl FrameSource, shared: &Shared) {
    while !shared.slot.is_closed() {
        let next = source.next();
        let is_last = match &next {
            Ok(next) => matches!(next, Next::End),
            Err(error) => error.is_fatal(),
        };
        shared.put(next);
        if is_last {
            return;
        }
    }
}

impl Shared {
    /// Replaces what nobody has taken; but [`Next::Nothing`] does not replace a frame.
    fn put(&self, next: Result<Next, SourceError>) {
        if matches!(next, Ok(Next::Nothing)) {
            return;
        }
        if let Some(Ok(Next::Frame(_))) = self.slot.put(next) {
            self.dropped_frames.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl FrameSource for LatestFrameSource {
    fn next(&mut self) -> Result<Next, SourceError> {
        match self.shared.slot.take_within(LONGEST_WAIT) {
            Some(next) => next,
            None if self.has_died() => Err(SourceError::CaptureDied),
            None => Ok(Next::Nothing),
        }
    }

    fn dropped(&self) -> u64 {
        self.shared.dropped_frames.load(Ordering::Relaxed)
    }
}

impl Drop for LatestFrameSource {
    /// Waits until the source is closed, but not for a source that hangs in its driver.
    fn drop(&mut self) {
        self.shared.slot.close();
        let end = self.thread_end.recv_timeout(LONGEST_CLOSING);
        if let (Err(RecvTimeoutError::Disconnected), Some(thread)) = (end, self.thread.take()) {
            // The panic of a thread is already on stderr.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Frame;
    use crate::source::fake::ScriptedSource;
    use image::RgbImage;

    fn frame(name: &str) -> Result<Next, SourceError> {
        let (image, decode) = (RgbImage::new(1, 1).into(), Duration::ZERO);
        Ok(Next::Frame(Frame { image, name: name.into(), decode }))
    }

    fn name(next: Option<Result<Next, SourceError>>) -> String {
        match next {
            Some(Ok(Next::Frame(frame))) => frame.name,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_newer_frame_replaces_an_older_one_that_nobody_took() {
        let shared = Shared::default();
        shared.put(frame("old"));
        shared.put(frame("new"));
        shared.put(Ok(Next::Nothing));
        assert_eq!(name(shared.slot.take_within(Duration::ZERO)), "new");
        assert_eq!(shared.dropped_frames.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_frame_is_taken_once() {
        let shared = Shared::default();
        shared.put(frame("one"));
        assert!(shared.slot.take_within(Duration::ZERO).is_some());
        assert!(shared.slot.take_within(Duration::ZERO).is_none());
    }

    #[test]
    fn the_end_of_a_source_is_passed_on() {
        let mut latest = LatestFrameSource::start(ScriptedSource::new([]));
        assert!(matches!(latest.next(), Ok(Next::End)));
    }

    #[test]
    fn a_capture_thread_that_dies_is_an_error() {
        struct Dies;
        impl FrameSource for Dies {
            fn next(&mut self) -> Result<Next, SourceError> {
                std::panic::resume_unwind(Box::new("scripted"));
            }
        }
        let mut latest = LatestFrameSource::start(Dies);
        let outcome = (0..50).find_map(|_| latest.next().err());
        assert!(matches!(outcome, Some(SourceError::CaptureDied)));
    }
}
