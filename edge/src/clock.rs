//! Time as a parameter, so that logic over time is tested without waiting.

use std::cell::Cell;
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Where the time comes from.
pub trait Clock {
    /// Time since some fixed moment; never goes back.
    fn now(&self) -> Duration;

    /// The time of day.
    fn timestamp(&self) -> Timestamp;

    /// Lets that much time pass.
    fn sleep(&self, time: Duration);
}

impl<C: Clock> Clock for &C {
    fn now(&self) -> Duration {
        (*self).now()
    }

    fn timestamp(&self) -> Timestamp {
        (*self).timestamp()
    }

    fn sleep(&self, time: Duration) {
        (*self).sleep(time);
    }
}

/// The machine's clock.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock that starts at zero.
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

/// A clock that stands still until it is moved.
#[derive(Debug, Default)]
pub struct FakeClock {
    now: Cell<Duration>,
}

impl FakeClock {
    /// Lets that much time pass.
    pub fn advance(&self, by: Duration) {
        self.now.set(self.now.get() + by);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Duration {
        self.now.get()
    }

    /// That long after 1970 began.
    fn timestamp(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now.get().as_millis() as i64).unwrap_or_default()
    }

    fn sleep(&self, time: Duration) {
        self.advance(time);
    }
}
