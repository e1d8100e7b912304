//! LEDs that may be missing or fail: they are opened again, and the device goes on.

use std::error::Error;
use std::io;
use std::time::Duration;

use common::error::one_line;

use crate::clock::Clock;
use crate::output::leds::LedOutput;

/// Between two attempts to reach the LEDs.
const RETRY: Duration = Duration::from_secs(2);

/// LEDs behind a function that opens them. A fault is logged once and kept for whoever
/// asks; showing never fails.
pub struct ReopeningLeds<'a, I> {
    open: Box<dyn FnMut() -> Result<I, Box<dyn Error + Send + Sync>> + 'a>,
    leds: Option<I>,
    clock: &'a dyn Clock,
    opens_at: Duration,
    fault: Option<String>,
}

impl<'a, I: LedOutput> ReopeningLeds<'a, I> {
    /// Not opened yet: the first [`LedOutput::show`] does it.
    pub fn new<E: Error + Send + Sync + 'static>(
        mut open: impl FnMut() -> Result<I, E> + 'a,
        clock: &'a dyn Clock,
    ) -> Self {
        let open = Box::new(move || open().map_err(Box::from));
        Self { open, leds: None, clock, opens_at: Duration::ZERO, fault: None }
    }

    fn try_to_show(
        &mut self,
        lit: &[bool],
        caption: &str,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut leds = match self.leds.take() {
            Some(leds) => leds,
            None => (self.open)()?,
        };
        leds.show(lit, caption)?;
        self.leds = Some(leds);
        Ok(())
    }
}

impl<I: LedOutput> LedOutput for ReopeningLeds<'_, I> {
    fn show(&mut self, lit: &[bool], caption: &str) -> io::Result<()> {
        let now = self.clock.now();
        if self.leds.is_none() && now < self.opens_at {
            return Ok(());
        }
        match self.try_to_show(lit, caption) {
            Ok(()) => {
                if self.fault.take().is_some() {
                    log::info!("the LEDs are there again");
                }
            }
            Err(error) => {
                let text = one_line(error.as_ref());
                if self.fault.as_ref() != Some(&text) {
                    log::warn!("{text}; it is tried again every {} s", RETRY.as_secs());
                }
                self.fault = Some(text);
                self.opens_at = now + RETRY;
            }
        }
        Ok(())
    }

    fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FakeClock;
    use crate::output::leds::fake::RecordingLeds;

    #[test]
    fn missing_lamps_are_tried_again_and_light_up_when_they_come() {
        let (clock, leds) = (FakeClock::default(), RecordingLeds::default());
        let mut attempts = 0;
        let mut retried = ReopeningLeds::new(
            || {
                attempts += 1;
                if attempts < 3 { Err(io::Error::other("no chip")) } else { Ok(leds.clone()) }
            },
            &clock,
        );
        for _ in 0..5 {
            retried.show(&[true], "").unwrap();
            assert_eq!(retried.fault(), (clock.now() < 2 * RETRY).then_some("no chip"));
            clock.advance(RETRY);
        }
        drop(retried);
        assert_eq!((attempts, leds.record()), (3, vec![vec![true]]));
    }

    #[test]
    fn leds_are_not_tried_more_often_than_that() {
        let clock = FakeClock::default();
        let mut attempts = 0;
        let mut retried = ReopeningLeds::new(
            || -> io::Result<RecordingLeds> {
                attempts += 1;
                Err(io::Error::other("no chip"))
            },
            &clock,
        );
        for _ in 0..100 {
            retried.show(&[true], "").unwrap();
            clock.advance(RETRY / 50);
        }
        drop(retried);
        assert_eq!(attempts, 2);
    }
}
