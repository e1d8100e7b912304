//! A live source on its own thread. Only the newest frame is kept: a slow network
//! costs frames, never lag.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::source::{FrameSource, LONGEST_WAIT, Next, SourceError};

/// Longest time that a source may take to close: a service stops within two seconds.
const LONGEST_GOODBYE: Duration = Duration::from_millis(1200);

/// The newest step of a source that runs on another thread.
#[derive(Debug)]
pub struct LatestFrameSource {
    slot: Arc<Slot>,
    capture: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Slot {
    content: Mutex<Content>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Content {
    newest: Option<Result<Next, SourceError>>,
    dropped: u64,
    /// Nobody takes frames any more.
    closed: bool,
    /// The source is closed.
    ended: bool,
}

/// Tells that the thread is at its end, after a panic too.
struct EndOnDrop(Arc<Slot>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.changed.notify_all();
    }
}

impl LatestFrameSource {
    /// Runs the source on a thread of its own until it ends or this is dropped.
    pub fn start(source: impl FrameSource + Send + 'static) -> Self {
        let slot = Arc::new(Slot::default());
        let filled = Arc::clone(&slot);
        let capture = thread::spawn(move || {
            let _ending = EndOnDrop(filled.clone());
            // Dropped before the end is told: what it holds is free then.
            let mut source = source;
            loop {
                let next = source.next();
                let ends = matches!(next, Ok(Next::End));
                if !filled.put(next) || ends {
                    return;
                }
            }
        });
        Self { slot, capture: Some(capture) }
    }

    fn has_died(&self) -> bool {
        self.capture.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Slot {
    /// A thread that panicked with the lock left whole content behind.
    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether anybody still takes frames. "Nothing" replaces nothing.
    fn put(&self, next: Result<Next, SourceError>) -> bool {
        let mut content = self.lock();
        if !matches!(next, Ok(Next::Nothing)) {
            let untaken = content.newest.replace(next);
            content.dropped += u64::from(matches!(untaken, Some(Ok(Next::Frame(_)))));
            self.changed.notify_one();
        }
        !content.closed
    }

    fn wait_until_ended(&self, wait: Duration) -> bool {
        let runs = |content: &mut Content| !content.ended;
        let waited = self.changed.wait_timeout_while(self.lock(), wait, runs);
        waited.unwrap_or_else(PoisonError::into_inner).0.ended
    }

    fn take(&self, wait: Duration) -> Option<Result<Next, SourceError>> {
        let content = self.lock();
        let is_empty = |content: &mut Content| content.newest.is_none();
        let waited = self.changed.wait_timeout_while(content, wait, is_empty);
        waited.unwrap_or_else(PoisonError::into_inner).0.newest.take()
    }
}

impl FrameSource for LatestFrameSource {
    fn next(&mut self) -> Result<Next, SourceError> {
        match self.slot.take(LONGEST_WAIT) {
            Some(next) => next,
            None if self.has_died() => Err(SourceError::CaptureDied),
            None => Ok(Next::Nothing),
        }
    }

    fn dropped(&self) -> u64 {
        self.slot.lock().dropped
    }
}

impl Drop for LatestFrameSource {
    /// Waits for the source to be closed, but not for one that hangs in its driver.
    fn drop(&mut self) {
        self.slot.lock().closed = true;
        let ended = self.slot.wait_until_ended(LONGEST_GOODBYE);
        if let Some(capture) = self.capture.take().filter(|_| ended) {
            // A capture thread that panicked has said so on stderr.
            let _ = capture.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Frame;
    use crate::source::fake::Script;
    use image::RgbImage;

    fn frame(name: &str) -> Result<Next, SourceError> {
        let (image, decode) = (RgbImage::new(1, 1), Duration::ZERO);
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
        let slot = Slot::default();
        slot.put(frame("old"));
        slot.put(frame("new"));
        slot.put(Ok(Next::Nothing));
        assert_eq!(name(slot.take(Duration::ZERO)), "new");
        assert_eq!(slot.lock().dropped, 1);
    }

    #[test]
    fn a_frame_is_taken_once() {
        let slot = Slot::default();
        slot.put(frame("one"));
        assert!(slot.take(Duration::ZERO).is_some());
        assert!(slot.take(Duration::ZERO).is_none());
    }

    #[test]
    fn a_source_that_ends_is_heard_to_end() {
        let mut latest = LatestFrameSource::start(Script::new([]));
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
