//! Stop and reload, as signals ask for them.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// What was asked for since it was looked at last.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    stop: Arc<AtomicBool>,
    reload: Arc<AtomicBool>,
}

impl Signals {
    /// SIGINT and SIGTERM stop; SIGHUP reloads.
    ///
    /// # Errors
    /// The signals can't be handled.
    pub fn register() -> io::Result<Self> {
        let signals = Self::default();
        for stop in [SIGINT, SIGTERM] {
            signal_hook::flag::register(stop, Arc::clone(&signals.stop))?;
        }
        signal_hook::flag::register(SIGHUP, Arc::clone(&signals.reload))?;
        Ok(signals)
    }

    /// Whether the program shall end. It stays so.
    pub fn stops(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Whether the configuration shall be read again.
    pub fn reloads(&self) -> bool {
        self.reload.load(Ordering::Relaxed)
    }

    /// Marks the wish to reload as heard.
    pub fn take_reload(&self) -> bool {
        self.reload.swap(false, Ordering::Relaxed)
    }
}
