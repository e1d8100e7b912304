//! LEDs that may be missing or fail: they are opened again, and the device goes on.

use std::error::Error;
use std::io;
use std::time::Duration;

use crate::clock::Clock;
use crate::output::leds::LedOutput;
use crate::util::reopen::Reopener;

/// Between two attempts to open the LEDs.
const RETRY_INTERVAL: Duration = Duration::from_secs(2);

/// LEDs behind a function that opens them. Showing never fails: [`LedOutput::fault`]
/// returns why the LEDs can't be reached.
pub struct ReopeningLeds<'a, L, O> {
    leds: Reopener<L, O>,
    clock: &'a dyn Clock,
}

impl<'a, L, O, E> ReopeningLeds<'a, L, O>
where
    L: LedOutput,
    O: FnMut() -> Result<L, E>,
    E: Error + 'static,
{
    /// Does not open the LEDs yet: the first [`LedOutput::show`] does.
    pub fn new(open: O, clock: &'a dyn Clock) -> Self {
        Self { leds: Reopener::new("the LED output", RETRY_INTERVAL, open), clock }
    }
}

impl<L, O, E> LedOutput for ReopeningLeds<'_, L, O>
where
    L: LedOutput,
    O: FnMut() -> Result<L, E>,
    E: Error + 'static,
{
    fn show(&mut self, lit: &[bool], caption: &str) -> io::Result<()> {
        self.leds.attempt(self.clock.now(), |leds| leds.show(lit, caption));
        Ok(())
    }

    fn fault(&self) -> Option<&str> {
        self.leds.fault()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FakeClock;
    use crate::output::leds::fake::RecordingLeds;

    #[test]
    fn missing_leds_are_opened_again_and_lit_when_they_appear() {
        let (clock, leds) = (FakeClock::default(), RecordingLeds::default());
        let mut attempts = 0;
        let mut reopening = ReopeningLeds::new(
            || {
                attempts += 1;
                if attempts < 3 { Err(io::Error::other("no chip")) } else { Ok(leds.clone()) }
            },
            &clock,
        );
        for _ in 0..5 {
            reopening.show(&[true], "").unwrap();
            let fault = (clock.now() < 2 * RETRY_INTERVAL).then_some("no chip");
            assert_eq!(reopening.fault(), fault);
            clock.advance(RETRY_INTERVAL);
        }
        drop(reopening);
        assert_eq!((attempts, leds.record()), (3, vec![vec![true]]));
    }

    #[test]
    fn leds_are_not_opened_more_often_than_the_interval_allows() {
        let clock = FakeClock::default();
        let mut attempts = 0;
        let mut reopening = ReopeningLeds::new(
            || -> io::Result<RecordingLeds> {
                attempts += 1;
                Err(io::Error::other("no chip"))
            },
            &clock,
        );
        for _ in 0..100 {
            reopening.show(&[true], "").unwrap();
            clock.advance(RETRY_INTERVAL / 50);
        }
        drop(reopening);
        assert_eq!(attempts, 2);
    }
}
