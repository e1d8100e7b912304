//! What the pipeline has left for the thread that serves the feed.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::mem;
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use feed::{Event, Hello, StatusMessage};

use crate::output::feed::preview::FeedView;
use crate::util::lock::lock;

/// Events that wait for the thread, which takes them within milliseconds.
const MOST_EVENTS: usize = 1024;

/// The time at which a frame is due that nobody wants.
const NEVER: u64 = u64::MAX;

/// The place between the pipeline and the thread.
#[derive(Debug)]
pub(super) struct Inbox {
    content: Mutex<InboxContent>,
    /// A byte that is written here wakes the thread.
    waker: UnixStream,
    /// When somebody wants a frame, in milliseconds.
    frame_due_millis: AtomicU64,
}

/// What has arrived since the thread last looked.
#[derive(Debug, Default)]
pub(super) struct InboxContent {
    pub(super) hello: Option<Hello>,
    pub(super) events: VecDeque<Event>,
    pub(super) status: Option<Box<StatusMessage>>,
    pub(super) view: Option<FeedView>,
    /// The thread shall end.
    pub(super) is_closed: bool,
}

impl Inbox {
    /// Creates an inbox, and the other end of its waker, which never blocks.
    pub(super) fn new() -> io::Result<(Self, UnixStream)> {
        let (waker, waked) = UnixStream::pair()?;
        waker.set_nonblocking(true)?;
        waked.set_nonblocking(true)?;
        let (content, frame_due_millis) = (Mutex::default(), AtomicU64::new(NEVER));
        Ok((Self { content, waker, frame_due_millis }, waked))
    }

    /// Changes the content and wakes the thread.
    pub(super) fn put(&self, change: impl FnOnce(&mut InboxContent)) {
        change(&mut lock(&self.content));
        // A full buffer has bytes that wake the thread already.
        let _ = (&self.waker).write(&[0]);
    }

    pub(super) fn put_event(&self, event: Event) {
        self.put(|content| {
            if content.events.len() == MOST_EVENTS {
                content.events.pop_front();
            }
            content.events.push_back(event);
        });
    }

    pub(super) fn take(&self) -> InboxContent {
        mem::take(&mut *lock(&self.content))
    }

    pub(super) fn wants_frame(&self, now: Duration) -> bool {
        now.as_millis() as u64 >= self.frame_due_millis.load(Ordering::Relaxed)
    }

    /// States when somebody wants the next frame.
    pub(super) fn set_frame_due(&self, due: Option<Duration>) {
        let millis = due.map_or(NEVER, |due| due.as_millis() as u64);
        self.frame_due_millis.store(millis, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use feed::StateEvent;

    use super::*;

    #[test]
    fn a_frame_is_wanted_from_its_time_on() {
        let (inbox, _waked) = Inbox::new().unwrap();
        let at = Duration::from_millis;
        assert!(!inbox.wants_frame(Duration::from_secs(1_000_000)));
        inbox.set_frame_due(Some(at(1500)));
        assert!(!inbox.wants_frame(at(1499)) && inbox.wants_frame(at(1500)));
        inbox.set_frame_due(None);
        assert!(!inbox.wants_frame(at(9000)));
    }

    #[test]
    fn a_thread_that_takes_nothing_costs_the_oldest_events_and_no_time() {
        let (inbox, _waked) = Inbox::new().unwrap();
        for number in 0..10 * MOST_EVENTS {
            let time = number.to_string();
            let state = "searching".to_owned();
            inbox.put_event(Event::State(StateEvent { time, state, card: None, confidence: None }));
        }
        let events = inbox.take().events;
        assert_eq!(events.len(), MOST_EVENTS);
        assert_eq!(events.back().unwrap().time(), (10 * MOST_EVENTS - 1).to_string());
        assert!(inbox.take().events.is_empty());
    }
}
