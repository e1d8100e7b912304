//! How well the program runs: counts and times, told to it by the flow.

use std::collections::VecDeque;
use std::time::Duration;

use crate::recognize::Times;
use crate::report::spread::{Spread, spread};

/// Frames whose times are kept, for percentiles and rate.
const RECENT_FRAMES: usize = 256;

/// Frames older than that don't count for the rate.
const RATE_WINDOW: Duration = Duration::from_secs(5);

/// Frames, faults and times of a run. Pure: the time is passed in.
#[derive(Clone, Debug, Default)]
pub struct Vitals {
    recent: VecDeque<Seen>,
    pub frames: u64,
    /// Frames that could not be had.
    pub failures: u64,
    /// How often frames came again after an outage.
    pub reconnects: u64,
    /// Why there are no frames at present.
    trouble: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    at: Duration,
    decode: Duration,
    times: Times,
}

/// Median and slow end of each step, over the last frames.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Stages {
    pub decode: Spread,
    pub locate: Spread,
    pub prepare: Spread,
    pub classify: Spread,
}

impl Vitals {
    /// A frame went through the whole flow. Returns whether it ends an outage.
    pub fn frame(&mut self, at: Duration, decode: Duration, times: Times) -> bool {
        if self.recent.len() == RECENT_FRAMES {
            self.recent.pop_front();
        }
        self.recent.push_back(Seen { at, decode, times });
        self.frames += 1;
        let was_away = self.trouble.take().is_some();
        self.reconnects += u64::from(was_away && self.frames > 1);
        was_away
    }

    /// A frame could not be had. Returns whether this trouble is new.
    pub fn failure(&mut self, trouble: String) -> bool {
        self.failures += 1;
        let is_new = self.trouble.as_ref() != Some(&trouble);
        self.trouble = Some(trouble);
        is_new
    }

    /// Why there are no frames at present.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Frames a second, over the last five seconds.
    pub fn frames_per_second(&self, now: Duration) -> f64 {
        let since = now.saturating_sub(RATE_WINDOW);
        let frames = self.recent.iter().filter(|seen| seen.at >= since);
        let Some(first) = frames.clone().next() else { return 0.0 };
        let span = now.saturating_sub(first.at).as_secs_f64();
        // The first frame opens the span; it is not in it.
        let count = frames.count() - 1;
        if span > 0.0 { count as f64 / span } else { 0.0 }
    }

    /// Time since the last frame.
    pub fn frame_age(&self, now: Duration) -> Option<Duration> {
        self.recent.back().map(|seen| now.saturating_sub(seen.at))
    }

    /// Times of the last frames; none before the first one.
    pub fn stages(&self) -> Option<Stages> {
        let of = |step: fn(&Seen) -> Duration| spread(self.recent.iter().map(step).collect());
        Some(Stages {
            decode: of(|seen| seen.decode)?,
            locate: of(|seen| seen.times.locate)?,
            prepare: of(|seen| seen.times.prepare)?,
            classify: of(|seen| seen.times.classify)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(vitals: &mut Vitals, count: u64, every_millis: u64) -> Duration {
        let mut at = Duration::ZERO;
        for frame in 0..count {
            at = Duration::from_millis(frame * every_millis);
            vitals.frame(at, Duration::from_millis(frame), Times::default());
        }
        at
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let mut vitals = Vitals::default();
        assert_eq!(vitals.frames_per_second(Duration::ZERO), 0.0);
        let last = frames(&mut vitals, 100, 100);
        assert!((vitals.frames_per_second(last) - 10.0).abs() < 0.2);
        assert_eq!(vitals.frame_age(last + Duration::from_secs(9)), Some(Duration::from_secs(9)));
        assert_eq!(vitals.frames_per_second(last + Duration::from_secs(9)), 0.0);
    }

    #[test]
    fn percentiles_forget_old_frames() {
        let mut vitals = Vitals::default();
        assert!(vitals.stages().is_none());
        frames(&mut vitals, 2000, 1);
        let decode = vitals.stages().unwrap().decode;
        assert!(decode.p50_millis > 1744.0 && decode.p95_millis > decode.p50_millis, "{decode:?}");
    }

    #[test]
    fn an_outage_is_new_once_and_ends_once() {
        let mut vitals = Vitals::default();
        frames(&mut vitals, 2, 100);
        assert!(vitals.failure("gone".into()));
        assert!(!vitals.failure("gone".into()));
        assert!(vitals.failure("busy".into()));
        assert_eq!(vitals.trouble(), Some("busy"));
        let at = Duration::from_secs(1);
        assert!(vitals.frame(at, Duration::ZERO, Times::default()));
        assert!(!vitals.frame(at, Duration::ZERO, Times::default()));
        assert_eq!((vitals.reconnects, vitals.failures, vitals.trouble()), (1, 3, None));
    }
}
