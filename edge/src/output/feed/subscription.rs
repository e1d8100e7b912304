//! When a reader gets its next preview.

use std::time::Duration;

use feed::Request;

/// The widths that a reader may ask for, in pixels.
const WIDTHS: std::ops::RangeInclusive<u32> = 64..=1920;

/// The rates that a reader may ask for.
const RATES: std::ops::RangeInclusive<f64> = 0.01..=30.0;

/// The previews that a reader gets. Readers that ask for the same rate are due at the same moments,
/// so that one image serves all of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Subscription {
    /// The largest width in pixels.
    pub(super) width: u32,
    frames_per_second: f64,
    /// The interval, counted from the clock's start, in which the reader got its last preview.
    last_interval: Option<u64>,
}

/// A request that can't be met.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(super) enum InvalidRequest {
    #[error("frames_per_second is {0}, but must be between 0.01 and 30")]
    Rate(f32),
    #[error("width is {0}, but must be between 64 and 1920")]
    Width(u32),
}

impl Subscription {
    /// Returns what a request asks for: a subscription, or none.
    pub(super) fn of(request: &Request) -> Result<Option<Self>, InvalidRequest> {
        let Request::Subscribe { width, frames_per_second } = *request else { return Ok(None) };
        let rate = f64::from(frames_per_second);
        if !WIDTHS.contains(&width) {
            return Err(InvalidRequest::Width(width));
        }
        // The least rate has no exact value in single precision.
        if !(RATES.start() * 0.999..=*RATES.end()).contains(&rate) {
            return Err(InvalidRequest::Rate(frames_per_second));
        }
        Ok(Some(Self { width, frames_per_second: rate, last_interval: None }))
    }

    /// When the next preview is due.
    pub(super) fn due(&self) -> Duration {
        let interval = self.last_interval.map_or(0, |last| last + 1);
        Duration::from_secs_f64(interval as f64 / self.frames_per_second)
    }

    /// Records that the reader gets a preview now.
    pub(super) fn serve(&mut self, now: Duration) {
        // The small addition makes up for rounding at the beginning of an interval.
        let interval = (now.as_secs_f64() * self.frames_per_second + 1e-6) as u64;
        self.last_interval = Some(interval);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscribe(width: u32, frames_per_second: f32) -> Result<Subscription, InvalidRequest> {
        let subscription = Subscription::of(&Request::Subscribe { width, frames_per_second })?;
        Ok(subscription.unwrap())
    }

    #[test]
    fn readers_of_the_same_rate_are_due_together_whenever_they_came() {
        let at = Duration::from_millis;
        let (mut early, mut late) = (subscribe(640, 5.0).unwrap(), subscribe(640, 5.0).unwrap());
        early.serve(at(1000));
        assert_eq!(early.due(), at(1200));
        late.serve(at(1150));
        assert_eq!(late.due(), at(1200));
        for served in [&mut early, &mut late] {
            served.serve(at(1200));
            assert_eq!(served.due(), at(1400));
        }
    }

    #[test]
    fn rates_and_widths_out_of_range_are_refused() {
        for rate in [0.0, -1.0, f32::NAN, f32::INFINITY, 31.0] {
            assert!(matches!(subscribe(640, rate), Err(InvalidRequest::Rate(_))), "{rate}");
        }
        for width in [0, 63, 1921, u32::MAX] {
            assert_eq!(subscribe(width, 1.0), Err(InvalidRequest::Width(width)));
        }
        assert!(subscribe(64, 0.01).is_ok());
        assert_eq!(Subscription::of(&Request::Unsubscribe), Ok(None));
    }
}
