//! What stays while configurations, models and devices are replaced.

use std::time::Duration;

use crate::clock::Clock;
use crate::decide::Decision;
use crate::service::notify::{Notification, Supervisor};
use crate::service::statistics::RunStatistics;
use crate::service::status::{StatusFile, StatusInputs};
use crate::service::temperature;

/// The part of the program that lives from its start to its end.
pub struct ServiceContext<'a> {
    pub(crate) clock: &'a dyn Clock,
    pub(crate) supervisor: &'a dyn Supervisor,
    pub statistics: RunStatistics,
    pub(crate) status: Option<StatusFile>,
}

/// Faults of the outputs that last at present.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OutputFaults {
    pub(crate) leds: Option<String>,
    pub(crate) screen: Option<String>,
}

impl<'a> ServiceContext<'a> {
    /// Creates the context of a program that starts now. Without `status`, no status file is
    /// written.
    pub fn new(
        clock: &'a dyn Clock,
        supervisor: &'a dyn Supervisor,
        status: Option<StatusFile>,
    ) -> Self {
        Self { clock, supervisor, statistics: RunStatistics::default(), status }
    }

    /// Returns the time of the clock.
    pub(crate) fn now(&self) -> Duration {
        self.clock.now()
    }

    /// Notifies the supervisor that a step of the pipeline is complete.
    pub(crate) fn notify_alive(&self) {
        self.supervisor.notify(Notification::Alive);
    }

    /// Writes the status file, if it is due. `faults` is called only then.
    pub(crate) fn update_status(
        &mut self,
        decision: &Decision,
        dropped_frames: u64,
        faults: impl FnOnce() -> OutputFaults,
    ) {
        let at = self.clock.now();
        let Some(status) = self.status.as_mut().filter(|status| status.is_due(at)) else { return };
        let OutputFaults { leds, screen } = faults();
        let inputs = StatusInputs {
            state: decision.state,
            cards: &decision.cards,
            at,
            timestamp: format!("{:.3}", self.clock.timestamp()),
            dropped_frames,
            temperature_celsius: temperature::celsius(),
            leds_fault: leds.as_deref(),
            screen_fault: screen.as_deref(),
        };
        status.write(&self.statistics, &inputs);
    }
}
