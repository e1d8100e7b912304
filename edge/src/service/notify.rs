//! Notifications for the supervisor of the program: systemd, if it runs as a service.

#[cfg(any(test, feature = "testing"))]
use std::cell::RefCell;
#[cfg(any(test, feature = "testing"))]
use std::rc::Rc;

use sd_notify::NotifyState;

/// A notification for the supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notification {
    /// Configuration and model are loaded, and the pipeline starts.
    Ready,
    /// A step of the pipeline is complete. This resets the watchdog.
    Alive,
    /// The configuration is being read again. [`Notification::Ready`] follows.
    Reloading,
    /// The program is about to end.
    Stopping,
}

/// Restarts the program when it hangs.
pub trait Supervisor {
    /// Sends a notification. A supervisor that cannot be reached is ignored.
    fn notify(&self, notification: Notification);
}

/// systemd, through the socket that it names in `NOTIFY_SOCKET`. Without this variable nobody
/// is notified.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Systemd;

impl Supervisor for Systemd {
    fn notify(&self, notification: Notification) {
        let outcome = match notification {
            Notification::Ready => sd_notify::notify(&[NotifyState::Ready]),
            Notification::Alive => sd_notify::notify(&[NotifyState::Watchdog]),
            Notification::Reloading => NotifyState::monotonic_usec_now()
                .and_then(|now| sd_notify::notify(&[NotifyState::Reloading, now])),
            Notification::Stopping => sd_notify::notify(&[NotifyState::Stopping]),
        };
        if let Err(error) = outcome {
            log::debug!("can't notify systemd of {notification:?}: {error}");
        }
    }
}

/// A supervisor for tests that records all notifications. Clones share the record.
#[cfg(any(test, feature = "testing"))]
#[derive(Clone, Debug, Default)]
pub struct RecordingSupervisor {
    record: Rc<RefCell<Vec<Notification>>>,
}

#[cfg(any(test, feature = "testing"))]
impl RecordingSupervisor {
    /// Returns all notifications, the oldest one first.
    pub fn record(&self) -> Vec<Notification> {
        self.record.borrow().clone()
    }
}

#[cfg(any(test, feature = "testing"))]
impl Supervisor for RecordingSupervisor {
    fn notify(&self, notification: Notification) {
        self.record.borrow_mut().push(notification);
    }
}
