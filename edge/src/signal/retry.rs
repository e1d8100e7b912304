//! Lamps that may be missing or fail: they are opened again, and the device goes on.

use std::error::Error;
use std::io;
use std::time::Duration;

use common::error::one_line;

use crate::clock::Clock;
use crate::signal::Indicator;

/// Between two attempts to reach the lamps.
const RETRY: Duration = Duration::from_secs(2);

/// Lamps behind a function that opens them. Trouble is logged once and kept for whoever
/// asks; showing never fails.
pub struct Retried<'a, I> {
    open: Box<dyn FnMut() -> Result<I, Box<dyn Error + Send + Sync>> + 'a>,
    lamps: Option<I>,
    clock: &'a dyn Clock,
    opens_at: Duration,
    trouble: Option<String>,
}

impl<'a, I: Indicator> Retried<'a, I> {
    /// Not opened yet: the first [`Indicator::show`] does it.
    pub fn new<E: Error + Send + Sync + 'static>(
        mut open: impl FnMut() -> Result<I, E> + 'a,
        clock: &'a dyn Clock,
    ) -> Self {
        let open = Box::new(move || open().map_err(Box::from));
        Self { open, lamps: None, clock, opens_at: Duration::ZERO, trouble: None }
    }

    fn try_to_show(
        &mut self,
        lit: &[bool],
        caption: &str,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut lamps = match self.lamps.take() {
            Some(lamps) => lamps,
            None => (self.open)()?,
        };
        lamps.show(lit, caption)?;
        self.lamps = Some(lamps);
        Ok(())
    }
}

impl<I: Indicator> Indicator for Retried<'_, I> {
    fn show(&mut self, lit: &[bool], caption: &str) -> io::Result<()> {
        let now = self.clock.now();
        if self.lamps.is_none() && now < self.opens_at {
            return Ok(());
        }
        match self.try_to_show(lit, caption) {
            Ok(()) => {
                if self.trouble.take().is_some() {
                    log::info!("the lamps are there again");
                }
            }
            Err(error) => {
                let text = one_line(error.as_ref());
                if self.trouble.as_ref() != Some(&text) {
                    log::warn!("{text}; it is tried again every {} s", RETRY.as_secs());
                }
                self.trouble = Some(text);
                self.opens_at = now + RETRY;
            }
        }
        Ok(())
    }

    fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FakeClock;
    use crate::signal::fake::RecordingIndicator;

    #[test]
    fn missing_lamps_are_tried_again_and_light_up_when_they_come() {
        let (clock, lamps) = (FakeClock::default(), RecordingIndicator::default());
        let mut attempts = 0;
        let mut retried = Retried::new(
            || {
                attempts += 1;
                if attempts < 3 { Err(io::Error::other("no chip")) } else { Ok(lamps.clone()) }
            },
            &clock,
        );
        for _ in 0..5 {
            retried.show(&[true], "").unwrap();
            assert_eq!(retried.trouble(), (clock.now() < 2 * RETRY).then_some("no chip"));
            clock.advance(RETRY);
        }
        drop(retried);
        assert_eq!((attempts, lamps.record()), (3, vec![vec![true]]));
    }

    #[test]
    fn lamps_are_not_tried_more_often_than_that() {
        let clock = FakeClock::default();
        let mut attempts = 0;
        let mut retried = Retried::new(
            || -> io::Result<RecordingIndicator> {
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
