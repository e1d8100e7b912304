//! How long to wait for a frame of a camera.

use std::time::Duration;

use super::driver::CaptureRequest;
use crate::util::interval::Interval;

/// A camera that sent frames may let this many of its intervals pass until the next one.
const MOST_INTERVALS: u32 = 3;

/// The time limit of an open camera. It is long until the camera's interval is known: exposure and
/// white balance settle at the start. Later it is never shorter than some intervals, so that a camera
/// that is slow in low light stays open.
#[derive(Clone, Debug)]
pub(crate) struct FrameTimeLimit {
    first_frame: Duration,
    running: Duration,
    interval: Interval,
}

impl FrameTimeLimit {
    /// The limit of a camera that was opened just now.
    pub(crate) fn new(request: &CaptureRequest) -> Self {
        let CaptureRequest { first_frame_timeout, timeout, .. } = *request;
        let first_frame = first_frame_timeout.max(timeout);
        Self { first_frame, running: timeout, interval: Interval::default() }
    }

    /// Records that a frame has arrived. `now` never decreases.
    pub(crate) fn frame_arrived(&mut self, now: Duration) {
        self.interval.happened(now);
    }

    /// The longest time until the next frame, and the key of the configuration that sets it.
    pub(crate) fn current(&self) -> (Duration, &'static str) {
        match self.interval.get() {
            None => (self.first_frame, "camera.first_frame_timeout_millis"),
            Some(interval) => {
                (self.running.max(MOST_INTERVALS * interval), "camera.timeout_millis")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_long_at_the_start_and_never_shorter_than_three_intervals() {
        let limits = |interval: u64| {
            let mut limit = FrameTimeLimit::new(&CaptureRequest {
                width: 640,
                height: 480,
                frames_per_second: 30,
                first_frame_timeout: Duration::from_secs(10),
                timeout: Duration::from_secs(1),
            });
            let mut limits = vec![limit.current()];
            for frame in 0..3 {
                limit.frame_arrived(Duration::from_millis(interval * frame));
                limits.push(limit.current());
            }
            limits.into_iter().map(|(limit, key)| (limit.as_millis(), key)).collect::<Vec<_>>()
        };
        let first = (10_000, "camera.first_frame_timeout_millis");
        let running = |millis| (millis, "camera.timeout_millis");
        assert_eq!(limits(33), [first, first, first, running(1000)]);
        assert_eq!(limits(2000), [first, first, first, running(6000)]);
    }
}
