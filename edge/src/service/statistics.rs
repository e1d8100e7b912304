//! The counts and times of a run.

use std::collections::VecDeque;
use std::time::Duration;

use feed::status::{Percentiles, StageTimes};

use crate::recognize::StageDurations;
use crate::util::log_once::FaultLog;
use crate::util::spread::{Spread, spread};

/// Frames whose times are kept for the percentiles and the frame rate.
const RECENT_FRAMES: usize = 256;

/// Frames that are older than this do not count for the frame rate.
const RATE_WINDOW: Duration = Duration::from_secs(5);

/// The counts and times of a run. All times are passed in.
#[derive(Clone, Debug, Default)]
pub struct RunStatistics {
    recent: VecDeque<FrameTimes>,
    /// Frames that went through the complete pipeline.
    pub frames: u64,
    /// Attempts to get a frame that failed.
    pub failures: u64,
    /// How often frames arrived again after an outage.
    pub reconnects: u64,
    faults: FaultLog,
    /// When the first attempt after the last frame failed.
    outage_since: Option<Duration>,
}

#[derive(Clone, Copy, Debug)]
struct FrameTimes {
    at: Duration,
    decode: Duration,
    stages: StageDurations,
}

impl RunStatistics {
    /// Counts a frame that went through the complete pipeline. If it ends an outage, returns
    /// how long the outage lasted.
    pub(crate) fn add_frame(
        &mut self,
        at: Duration,
        decode: Duration,
        stages: StageDurations,
    ) -> Option<Duration> {
        if self.recent.len() == RECENT_FRAMES {
            self.recent.pop_front();
        }
        self.recent.push_back(FrameTimes { at, decode, stages });
        self.frames += 1;
        if !self.faults.recover() {
            return None;
        }
        self.reconnects += u64::from(self.frames > 1);
        self.outage_since.take().map(|since| at.saturating_sub(since))
    }

    /// Counts an attempt to get a frame that failed. Returns whether this fault is new.
    pub(crate) fn add_failure(&mut self, at: Duration, fault: String) -> bool {
        self.failures += 1;
        self.outage_since.get_or_insert(at);
        self.faults.fail(fault)
    }

    /// Returns why the source delivers no frames at present.
    pub(crate) fn fault(&self) -> Option<&str> {
        self.faults.fault()
    }

    /// Returns the frames per second over the last five seconds.
    pub(crate) fn frames_per_second(&self, now: Duration) -> f64 {
        let since = now.saturating_sub(RATE_WINDOW);
        let frames = self.recent.iter().filter(|frame| frame.at >= since);
        let Some(first) = frames.clone().next() else { return 0.0 };
        let span = now.saturating_sub(first.at).as_secs_f64();
        // The first frame begins the span and is not part of it.
        let count = frames.count() - 1;
        if span > 0.0 { count as f64 / span } else { 0.0 }
    }

    /// Returns the time since the last frame.
    pub(crate) fn frame_age(&self, now: Duration) -> Option<Duration> {
        self.recent.back().map(|frame| now.saturating_sub(frame.at))
    }

    /// Returns the times of the last frames, or nothing before the first frame.
    pub(crate) fn stages(&self) -> Option<StageTimes> {
        let of = |time: fn(&FrameTimes) -> Duration| {
            let times = spread(self.recent.iter().map(time).collect());
            times.map(|Spread { p50_millis, p95_millis }| Percentiles { p50_millis, p95_millis })
        };
        Some(StageTimes {
            decode: of(|frame| frame.decode)?,
            locate: of(|frame| frame.stages.locate.wall)?,
            prepare: of(|frame| frame.stages.prepare.wall)?,
            classify: of(|frame| frame.stages.classify.wall)?,
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
            statistics.add_frame(at, Duration::from_millis(frame), StageDurations::default());
        }
        at
    }

    #[test]
    fn the_frame_rate_is_that_of_the_last_seconds() {
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
    fn old_frames_do_not_count_for_the_percentiles() {
        let mut statistics = RunStatistics::default();
        assert!(statistics.stages().is_none());
        frames(&mut statistics, 2000, 1);
        let decode = statistics.stages().unwrap().decode;
        assert!(decode.p50_millis > 1744.0 && decode.p95_millis > decode.p50_millis, "{decode:?}");
    }

    #[test]
    fn an_outage_begins_once_and_ends_once() {
        let mut statistics = RunStatistics::default();
        frames(&mut statistics, 2, 100);
        let at = Duration::from_secs;
        assert!(statistics.add_failure(at(1), "gone".into()));
        assert!(!statistics.add_failure(at(2), "gone".into()));
        assert!(statistics.add_failure(at(3), "busy".into()));
        assert_eq!(statistics.fault(), Some("busy"));
        let mut add_frame =
            |at| statistics.add_frame(at, Duration::ZERO, StageDurations::default());
        assert_eq!(add_frame(at(4)), Some(at(3)));
        assert_eq!(add_frame(at(4)), None);
        assert_eq!((statistics.reconnects, statistics.failures, statistics.fault()), (1, 3, None));
    }
}
