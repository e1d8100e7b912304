//! Who watches over the program: systemd, or nobody.

use std::cell::RefCell;
use std::rc::Rc;

use sd_notify::NotifyState;

/// What the watcher is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Configuration and model are loaded, the flow begins.
    Ready,
    /// A step went through the whole flow: feeds the watchdog.
    Alive,
    /// The configuration is being read again; [`Word::Ready`] ends it.
    Reloading,
    /// The program is about to end.
    Stopping,
}

/// Somebody who restarts the program when it hangs.
pub trait Watcher {
    /// Tells a word. A watcher that can't be reached is none.
    fn tell(&self, word: Word);
}

/// systemd, through the socket that it names in `NOTIFY_SOCKET`; nobody without one.
#[derive(Clone, Copy, Debug)]
pub struct Systemd;

impl Watcher for Systemd {
    fn tell(&self, word: Word) {
        let told = match word {
            Word::Ready => sd_notify::notify(&[NotifyState::Ready]),
            Word::Alive => sd_notify::notify(&[NotifyState::Watchdog]),
            Word::Reloading => NotifyState::monotonic_usec_now()
                .and_then(|now| sd_notify::notify(&[NotifyState::Reloading, now])),
            Word::Stopping => sd_notify::notify(&[NotifyState::Stopping]),
        };
        if let Err(error) = told {
            log::debug!("systemd can't be told {word:?}: {error}");
        }
    }
}

/// A watcher that remembers. Clones share their record.
#[derive(Clone, Debug, Default)]
pub struct RecordingWatcher {
    record: Rc<RefCell<Vec<Word>>>,
}

impl RecordingWatcher {
    /// What was told so far.
    pub fn record(&self) -> Vec<Word> {
        self.record.borrow().clone()
    }
}

impl Watcher for RecordingWatcher {
    fn tell(&self, word: Word) {
        self.record.borrow_mut().push(word);
    }
}
