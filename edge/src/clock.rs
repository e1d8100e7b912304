//! Time as a parameter, so that logic over time can be tested without waiting.

#[cfg(any(test, feature = "testing"))]
use std::cell::Cell;
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// A source of time.
pub trait Clock {
    /// Returns the time since a fixed moment. It never decreases.
    fn now(&self) -> Duration;

    /// Returns the time of day.
    fn timestamp(&self) -> Timestamp;

    /// Waits until this much time has passed.
    fn sleep(&self, time: Duration);
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now(&self) -> Duration {
        (**self).now()
    }

    fn timestamp(&self) -> Timestamp {
        (**self).timestamp()
    }

    fn sleep(&self, time: Duration) {
        (**self).sleep(time);
    }
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Creates a clock whose [`Clock::now`] is zero at this moment.
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// A clock for tests. It stands still until a test advances it.
#[cfg(any(test, feature = "testing"))]
#[derive(Debug, Default)]
pub struct FakeClock {
    now: Cell<Duration>,
}

#[cfg(any(test, feature = "testing"))]
impl FakeClock {
    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.now.set(self.now.get() + by);
    }
}

#[cfg(any(test, feature = "testing"))]
impl Clock for FakeClock {
    fn now(&self) -> Duration {
        self.now.get()
    }

    /// Returns the start of 1970 plus [`FakeClock::now`].
    fn timestamp(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now.get().as_millis() as i64).unwrap_or_default()
    }

    /// Advances the clock instead of waiting.
    fn sleep(&self, time: Duration) {
        self.advance(time);
    }
}
