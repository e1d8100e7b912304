//! The signals that stop the program, reload its configuration or save the last frames.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};

/// The signals that have arrived. By default no signal is handled.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    stop: Arc<AtomicBool>,
    reload: Arc<AtomicBool>,
    save: Arc<AtomicBool>,
}

impl Signals {
    /// Handles SIGINT and SIGTERM, which stop the program, SIGHUP, which reloads its
    /// configuration, and SIGUSR1, which saves the last frames.
    ///
    /// # Errors
    /// The signals cannot be handled.
    pub(crate) fn register() -> io::Result<Self> {
        let signals = Self::default();
        for stop in [SIGINT, SIGTERM] {
            signal_hook::flag::register(stop, Arc::clone(&signals.stop))?;
        }
        signal_hook::flag::register(SIGHUP, Arc::clone(&signals.reload))?;
        signal_hook::flag::register(SIGUSR1, Arc::clone(&signals.save))?;
        Ok(signals)
    }

    /// Returns whether the program shall end. Once true, this stays true.
    pub(crate) fn is_stop_requested(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Returns whether the configuration shall be reloaded.
    pub(crate) fn is_reload_requested(&self) -> bool {
        self.reload.load(Ordering::Relaxed)
    }

    /// Returns whether the last frames shall be saved, and marks the request as handled.
    pub(crate) fn take_save_request(&self) -> bool {
        self.save.swap(false, Ordering::Relaxed)
    }

    /// Marks the request to reload as handled.
    pub(crate) fn clear_reload(&self) {
        self.reload.store(false, Ordering::Relaxed);
    }
}
