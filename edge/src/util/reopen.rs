//! A device that may be missing or fail: it is opened again after a wait.

use std::error::Error;
use std::time::Duration;

use common::error::chain;

use crate::util::log_once::FaultLog;

/// A device behind a function that opens it. A device that fails is closed, and opened
/// again when the retry interval has passed. Using it never fails: a fault is logged
/// once, and [`Reopener::fault`] returns it for as long as it lasts.
pub(crate) struct Reopener<D, O> {
    /// What the device is called in log lines, such as "the screen".
    name: &'static str,
    open: O,
    device: Option<D>,
    retry_interval: Duration,
    opens_at: Duration,
    faults: FaultLog,
}

impl<D, O, E> Reopener<D, O>
where
    O: FnMut() -> Result<D, E>,
    E: Error + 'static,
{
    /// Does not open the device yet: the first [`Reopener::attempt`] does.
    pub(crate) fn new(name: &'static str, retry_interval: Duration, open: O) -> Self {
        let (opens_at, faults) = (Duration::ZERO, FaultLog::default());
        Self { name, open, device: None, retry_interval, opens_at, faults }
    }

    /// Opens the device if it is not open, and does `work` with it. Does nothing while a
    /// device that failed waits for its next attempt. `now` is the time of a clock that
    /// never goes back.
    pub(crate) fn attempt<F: Error + 'static>(
        &mut self,
        now: Duration,
        work: impl FnOnce(&mut D) -> Result<(), F>,
    ) {
        if self.device.is_none() && now < self.opens_at {
            return;
        }
        match self.open_and_work(work) {
            Ok(()) => {
                if self.faults.recover() {
                    log::info!("{} works again", self.name);
                }
            }
            Err(fault) => {
                let seconds = self.retry_interval.as_secs_f64();
                let line = format!("{fault}; trying again every {seconds} s");
                if self.faults.fail(fault) {
                    log::warn!("{line}");
                }
                self.opens_at = now + self.retry_interval;
            }
        }
    }

    fn open_and_work<F: Error + 'static>(
        &mut self,
        work: impl FnOnce(&mut D) -> Result<(), F>,
    ) -> Result<(), String> {
        let mut device = match self.device.take() {
            Some(device) => device,
            None => (self.open)().map_err(|error| chain(&error))?,
        };
        // The device is dropped, and so closed, if the work fails.
        work(&mut device).map_err(|error| chain(&error))?;
        self.device = Some(device);
        Ok(())
    }
}

impl<D, O> Reopener<D, O> {
    /// Why the device does not work at present.
    pub(crate) fn fault(&self) -> Option<&str> {
        self.faults.fault()
    }

    /// The device, if it is open.
    pub(crate) fn device_mut(&mut self) -> Option<&mut D> {
        self.device.as_mut()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io;

    use super::*;

    const RETRY: Duration = Duration::from_secs(2);

    /// Opens after that many failures. Returns how often it was opened, and the fault
    /// after each attempt.
    fn play(failures: u32, times: &[u64]) -> (u32, Vec<Option<String>>) {
        let opened = Cell::new(0);
        let open = || {
            opened.set(opened.get() + 1);
            if opened.get() <= failures { Err(io::Error::other("no device")) } else { Ok(()) }
        };
        let mut device = Reopener::new("the device", RETRY, open);
        let mut faults = Vec::new();
        for second in times {
            device.attempt(Duration::from_secs(*second), |()| Ok::<_, io::Error>(()));
            faults.push(device.fault().map(str::to_owned));
        }
        (opened.get(), faults)
    }

    #[test]
    fn a_device_is_opened_once_while_it_works() {
        assert_eq!(play(0, &[0, 1, 2, 3]), (1, vec![None; 4]));
    }

    #[test]
    fn a_missing_device_is_tried_again_when_the_interval_has_passed() {
        let missing = Some("no device".to_owned());
        let (opened, faults) = play(2, &[0, 1, 2, 3, 4, 5]);
        assert_eq!(opened, 3, "at 0, 2 and 4 s");
        assert_eq!(faults[..4], vec![missing; 4]);
        assert_eq!(faults[4..], [None, None]);
    }

    #[test]
    fn a_device_that_fails_is_closed_and_opened_again() {
        let opened = Cell::new(0);
        let open = || {
            opened.set(opened.get() + 1);
            Ok::<_, io::Error>(())
        };
        let mut device = Reopener::new("the device", RETRY, open);
        device.attempt(Duration::ZERO, |()| Err(io::Error::other("lost")));
        assert!(device.device_mut().is_none());
        assert_eq!(device.fault(), Some("lost"));
        device.attempt(RETRY, |()| Ok::<_, io::Error>(()));
        assert_eq!((opened.get(), device.fault()), (2, None));
        assert!(device.device_mut().is_some());
    }
}
