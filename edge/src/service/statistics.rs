//! How well the program runs: counts and times, told to it by the flow.

use std::collections::VecDeque;
use std::time::Duration;

use crate::recognize::Times;
use crate::util::spread::{Spread, spread};

/// Frames whose times are kept, for percentiles and rate.
const RECENT_FRAMES: usize = 256;

/// Frames older than that don't count for the rate.
const RATE_WINDOW: Duration = Duration::from_secs(5);

/// Frames, faults and times of a run. Pure: the time is passed in.
#[derive(Clone, Debug, Default)]
pub struct RunStatistics {
    recent: VecDeque<Seen>,
    pub frames: u64,
    /// Frames that could not be had.
    pub failures: u64,
    /// How often frames came again after an outage.
    pub reconnects: u64,
    /// Why there are no frames at present.
    fault: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    at: Duration,
    decode: Duration,
    times: Times,
}

/// Median and slow end of each step, over the last frames.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct StageTimes {
    pub decode: Spread,
    pub locate: Spread,
    pub prepare: Spread,
    pub classify: Spread,
}

impl RunStatistics {
    /// A frame went through the whole flow. Returns whether it ends an outage.
    pub fn frame(&mut self, at: Duration, decode: Duration, times: Times) -> bool {
        if self.recent.len() == RECENT_FRAMES {
            self.recent.pop_front();
        }
        self.recent.push_back(Seen { at, decode, times });
        self.frames += 1;
        let was_away = self.fault.take().is_some();
        self.reconnects += u64::from(was_away && self.frames > 1);
        was_away
    }

    /// A frame could not be had. Returns whether this fault is new.
    pub fn failure(&mut self, fault: String) -> bool {
        self.failures += 1;
        let is_new = self.fault.as_ref() != Some(&fault);
        self.fault = Some(fault);
        is_new
    }

    /// Why there are no frames at present.
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
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
    pub fn stages(&self) -> Option<StageTimes> {
        let of = |step: fn(&Seen) -> Duration| spread(self.recent.iter().map(step).collect());
        Some(StageTimes {
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

    fn frames(statistics: &mut RunStatistics, count: u64, every_millis: u64) -> Duration {
        let mut at = Duration::ZERO;
        for frame in 0..count {
            at = Duration::from_millis(frame * every_millis);
            statistics.frame(at, Duration::from_millis(frame), Times::default());
        }
        at
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let mut statistics = RunStatistics::default();
        assert_eq!(statistics.frames_per_second(Duration::ZERO), 0.0);
        let last = frames(&mut statistics, 100, 100);
        assert!((statistics.frames_per_second(last) - 10.0).abs() < 0.2);
        assert_eq!(
            statistics.frame_age(last + Duration::from_secs(9)),
            Some(Duration::from_secs(9))
        );
        assert_eq!(statistics.frames_per_second(last + Duration::from_secs(9)), 0.0);
    }

    #[test]
    fn percentiles_forget_old_frames() {
        let mut statistics = RunStatistics::default();
        assert!(statistics.stages().is_none());
        frames(&mut statistics, 2000, 1);
        let decode = statistics.stages().unwrap().decode;
        assert!(decode.p50_millis > 1744.0 && decode.p95_millis > decode.p50_millis, "{decode:?}");
    }

    #[test]
    fn an_outage_is_new_once_and_ends_once() {
        let mut statistics = RunStatistics::default();
        frames(&mut statistics, 2, 100);
        assert!(statistics.failure("gone".into()));
        assert!(!statistics.failure("gone".into()));
        assert!(statistics.failure("busy".into()));
        assert_eq!(statistics.fault(), Some("busy"));
        let at = Duration::from_secs(1);
        assert!(statistics.frame(at, Duration::ZERO, Times::default()));
        assert!(!statistics.frame(at, Duration::ZERO, Times::default()));
        assert_eq!((statistics.reconnects, statistics.failures, statistics.fault()), (1, 3, None));
    }
}
