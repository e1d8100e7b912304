//! What stays while configurations, models and cameras come and go.

use std::time::Duration;

use common::Card;

use crate::clock::Clock;
use crate::decide::State;
use crate::judge::Verdict;
use crate::service::notify::{Watcher, Word};
use crate::service::status::{Now, StatusFile};
use crate::service::temperature;
use crate::service::vitals::Vitals;

/// The program's life, from start to end.
pub struct Life<'a> {
    pub clock: &'a dyn Clock,
    pub watcher: &'a dyn Watcher,
    pub vitals: Vitals,
    /// The state that was told last.
    pub said: Option<State>,
    /// Cards that were told to have appeared, and not yet to be gone.
    pub announced: Vec<Card>,
    pub status: Option<StatusFile>,
}

/// What does not work at present, beside the source of frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Troubles {
    pub leds: Option<String>,
    pub screen: Option<String>,
}

impl<'a> Life<'a> {
    /// A life that begins.
    pub fn new(clock: &'a dyn Clock, watcher: &'a dyn Watcher, status: Option<StatusFile>) -> Self {
        let (vitals, announced) = (Vitals::default(), Vec::new());
        Self { clock, watcher, vitals, said: None, announced, status }
    }

    /// Time since the clock began.
    pub fn now(&self) -> Duration {
        self.clock.now()
    }

    /// Tells the watcher that a step went through the whole flow.
    pub fn prove_alive(&self) {
        self.watcher.tell(Word::Alive);
    }

    /// Writes the status file, when a second has passed since the last time.
    pub fn report(
        &mut self,
        verdict: &Verdict,
        dropped_frames: u64,
        troubles: impl FnOnce() -> Troubles,
    ) {
        let at = self.clock.now();
        let Some(status) = self.status.as_mut().filter(|status| status.is_due(at)) else { return };
        let Troubles { leds, screen } = troubles();
        let now = Now {
            state: verdict.state,
            cards: &verdict.cards,
            at,
            timestamp: format!("{:.3}", self.clock.timestamp()),
            dropped_frames,
            temperature_celsius: temperature::celsius(),
            leds_trouble: leds.as_deref(),
            screen_trouble: screen.as_deref(),
        };
        status.write(&self.vitals, &now);
    }
}
