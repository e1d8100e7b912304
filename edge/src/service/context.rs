//! What stays while configurations, models and devices are replaced.

use std::time::Duration;

use feed::Status;

use crate::clock::Clock;
use crate::decide::Decision;
use crate::service::counters::RunCounters;
use crate::service::faults::OutputFaults;
use crate::service::notify::{Notification, Supervisor};
use crate::service::statistics::RunStatistics;
use crate::service::status::{StatusInputs, StatusReporter};
use crate::service::temperature;

/// The part of the program that lives from its start to its end.
pub struct ServiceContext<'a> {
    pub(crate) clock: &'a dyn Clock,
    pub(crate) supervisor: &'a dyn Supervisor,
    pub statistics: RunStatistics,
    pub(crate) counters: RunCounters,
    pub(crate) status: Option<StatusReporter>,
}

impl<'a> ServiceContext<'a> {
    /// Creates the context of a program that starts now. Without `status`, no status is
    /// reported.
    pub fn new(
        clock: &'a dyn Clock,
        supervisor: &'a dyn Supervisor,
        status: Option<StatusReporter>,
    ) -> Self {
        let (statistics, counters) = (RunStatistics::default(), RunCounters::default());
        Self { clock, supervisor, statistics, counters, status }
    }

    /// Returns the time of the clock.
    pub(crate) fn now(&self) -> Duration {
        self.clock.now()
    }

    /// Notifies the supervisor that a step of the pipeline is complete.
    pub(crate) fn notify_alive(&self) {
        self.supervisor.notify(Notification::Alive);
    }

    /// Reports the status, if it is due, and returns it. `faults` is called only then.
    pub(crate) fn report_status(
        &mut self,
        decision: &Decision,
        dropped_frames: u64,
        faults: impl FnOnce() -> OutputFaults,
    ) -> Option<Status> {
        let at = self.clock.now();
        let status = self.status.as_mut().filter(|status| status.is_due(at))?;
        let faults = faults();
        self.counters.add_faults(self.statistics.fault().is_some(), &faults);
        let inputs = StatusInputs {
            state: decision.state,
            cards: &decision.cards,
            at,
            timestamp: format!("{:.3}", self.clock.timestamp()),
            dropped_frames,
            temperature_celsius: temperature::celsius(),
            faults: &faults,
        };
        Some(status.report(&self.statistics, &inputs))
    }
}
