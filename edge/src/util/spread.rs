//! The middle and the slow end of many measurements.

use std::time::Duration;

use serde::Serialize;

/// In milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    pub p50_millis: f64,
    pub p95_millis: f64,
}

/// None of no measurement.
pub fn spread(mut times: Vec<Duration>) -> Option<Spread> {
    times.sort_unstable();
    let last = times.len().checked_sub(1)?;
    let at = |share: f64| {
        let index = ((times.len() as f64 * share) as usize).min(last);
        times[index].as_secs_f64() * 1000.0
    };
    Some(Spread { p50_millis: at(0.5), p95_millis: at(0.95) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_the_middle_and_the_slow_end() {
        let times = (1..=100).rev().map(Duration::from_millis).collect();
        let Spread { p50_millis, p95_millis } = spread(times).unwrap();
        assert_eq!((p50_millis, p95_millis), (51.0, 96.0));
        assert_eq!(spread(vec![]), None);
    }
}
