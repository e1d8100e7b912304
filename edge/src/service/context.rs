//! What stays while configurations, models and cameras come and go.

use std::time::Duration;

use common::Card;

use crate::clock::Clock;
use crate::decide::Decision;
use crate::decide::State;
use crate::service::notify::{Notification, Supervisor};
use crate::service::statistics::RunStatistics;
use crate::service::status::{StatusFile, StatusInputs};
use crate::service::temperature;

/// The program's life, from start to end.
pub struct ServiceContext<'a> {
    pub clock: &'a dyn Clock,
    pub watcher: &'a dyn Supervisor,
    pub statistics: RunStatistics,
    /// The state that was told last.
    pub said: Option<State>,
    /// Cards that were told to have appeared, and not yet to be gone.
    pub announced: Vec<Card>,
    pub status: Option<StatusFile>,
}

/// What does not work at present, beside the source of frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputFaults {
    pub leds: Option<String>,
    pub screen: Option<String>,
}

impl<'a> ServiceContext<'a> {
    /// A life that begins.
    pub fn new(
        clock: &'a dyn Clock,
        watcher: &'a dyn Supervisor,
        status: Option<StatusFile>,
    ) -> Self {
        let (statistics, announced) = (RunStatistics::default(), Vec::new());
        Self { clock, watcher, statistics, said: None, announced, status }
    }

    /// Time since the clock began.
    pub fn now(&self) -> Duration {
        self.clock.now()
    }

    /// Tells the watcher that a step went through the whole flow.
    pub fn prove_alive(&self) {
        self.watcher.tell(Notification::Alive);
    }

    /// Writes the status file, when a second has passed since the last time.
    pub fn report(
        &mut self,
        decision: &Decision,
        dropped_frames: u64,
        faults: impl FnOnce() -> OutputFaults,
    ) {
        let at = self.clock.now();
        let Some(status) = self.status.as_mut().filter(|status| status.is_due(at)) else { return };
        let OutputFaults { leds, screen } = faults();
        let now = StatusInputs {
            state: decision.state,
            cards: &decision.cards,
            at,
            timestamp: format!("{:.3}", self.clock.timestamp()),
            dropped_frames,
            temperature_celsius: temperature::celsius(),
            leds_fault: leds.as_deref(),
            screen_fault: screen.as_deref(),
        };
        status.write(&self.statistics, &now);
    }
}
