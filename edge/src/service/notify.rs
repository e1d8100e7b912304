//! Who watches over the program: systemd, or nobody.

use std::cell::RefCell;
use std::rc::Rc;

use sd_notify::NotifyState;

/// What the watcher is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notification {
    /// Configuration and model are loaded, the flow begins.
    Ready,
    /// A step went through the whole flow: feeds the watchdog.
    Alive,
    /// The configuration is being read again; [`Notification::Ready`] ends it.
    Reloading,
    /// The program is about to end.
    Stopping,
}

/// Somebody who restarts the program when it hangs.
pub trait Supervisor {
    /// Tells a word. A watcher that can't be reached is none.
    fn tell(&self, word: Notification);
}

/// systemd, through the socket that it names in `NOTIFY_SOCKET`; nobody without one.
#[derive(Clone, Copy, Debug)]
pub struct Systemd;

impl Supervisor for Systemd {
    fn tell(&self, word: Notification) {
        let told = match word {
            Notification::Ready => sd_notify::notify(&[NotifyState::Ready]),
            Notification::Alive => sd_notify::notify(&[NotifyState::Watchdog]),
            Notification::Reloading => NotifyState::monotonic_usec_now()
                .and_then(|now| sd_notify::notify(&[NotifyState::Reloading, now])),
            Notification::Stopping => sd_notify::notify(&[NotifyState::Stopping]),
        };
        if let Err(error) = told {
            log::debug!("systemd can't be told {word:?}: {error}");
        }
    }
}

/// A watcher that remembers. Clones share their record.
#[derive(Clone, Debug, Default)]
pub struct RecordingSupervisor {
    record: Rc<RefCell<Vec<Notification>>>,
}

impl RecordingSupervisor {
    /// What was told so far.
    pub fn record(&self) -> Vec<Notification> {
        self.record.borrow().clone()
    }
}

impl Supervisor for RecordingSupervisor {
    fn tell(&self, word: Notification) {
        self.record.borrow_mut().push(word);
    }
}
