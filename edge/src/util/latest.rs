//! A slot between two threads that holds the newest value only: a slow reader costs
//! values, never time.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::util::lock::lock;

/// Holds at most one value. One thread puts values, another takes them; both share the
/// slot through an `Arc`.
#[derive(Debug)]
pub(crate) struct LatestSlot<T> {
    content: Mutex<Content<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct Content<T> {
    newest: Option<T>,
    is_closed: bool,
}

impl<T> Default for LatestSlot<T> {
    fn default() -> Self {
        let content = Content { newest: None, is_closed: false };
        Self { content: Mutex::new(content), changed: Condvar::new() }
    }
}

impl<T> LatestSlot<T> {
    /// Puts a value. Returns the value before it, if nobody has taken that one.
    pub(crate) fn put(&self, value: T) -> Option<T> {
        let replaced = lock(&self.content).newest.replace(value);
        self.changed.notify_one();
        replaced
    }

    /// Takes the value, and waits for one until the slot is closed. A slot that is closed
    /// gives nothing, even if a value is left in it.
    pub(crate) fn take(&self) -> Option<T> {
        let is_idle = |content: &mut Content<T>| content.newest.is_none() && !content.is_closed;
        let waited = self.changed.wait_while(lock(&self.content), is_idle);
        let mut content = waited.unwrap_or_else(PoisonError::into_inner);
        if content.is_closed { None } else { content.newest.take() }
    }

    /// Takes the value, and waits for one at most for that time.
    pub(crate) fn take_within(&self, time: Duration) -> Option<T> {
        let is_empty = |content: &mut Content<T>| content.newest.is_none();
        let waited = self.changed.wait_timeout_while(lock(&self.content), time, is_empty);
        waited.unwrap_or_else(PoisonError::into_inner).0.newest.take()
    }

    /// Informs the other thread that nobody puts, or takes, values any more.
    pub(crate) fn close(&self) {
        lock(&self.content).is_closed = true;
        self.changed.notify_all();
    }

    /// Whether one of the two threads has closed the slot.
    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.content).is_closed
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn a_newer_value_replaces_an_older_one() {
        let slot = LatestSlot::default();
        assert_eq!(slot.put("old"), None);
        assert_eq!(slot.put("new"), Some("old"));
        assert_eq!(slot.take_within(Duration::ZERO), Some("new"));
        assert_eq!(slot.take_within(Duration::ZERO), None, "a value is taken once");
    }

    #[test]
    fn a_closed_slot_gives_nothing() {
        let slot = LatestSlot::default();
        slot.put("left");
        assert!(!slot.is_closed());
        slot.close();
        assert!(slot.is_closed());
        assert_eq!(slot.take(), None);
    }

    #[test]
    fn closing_wakes_the_thread_that_waits() {
        let slot = Arc::new(LatestSlot::<u8>::default());
        let reader = thread::spawn({
            let slot = Arc::clone(&slot);
            move || slot.take()
        });
        slot.close();
        assert_eq!(reader.join().unwrap(), None);
    }
}
