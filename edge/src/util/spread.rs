//! Median and 95th percentile of durations.

use std::time::Duration;

use serde::Serialize;

/// The usual and the slow case of many durations, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub p50_millis: f64,
    pub p95_millis: f64,
}

/// The spread of durations, which may be in any order. An empty list has no spread.
pub(crate) fn spread(mut durations: Vec<Duration>) -> Option<Spread> {
    durations.sort_unstable();
    let last = durations.len().checked_sub(1)?;
    let percentile_millis = |share: f64| {
        let index = ((durations.len() as f64 * share) as usize).min(last);
        durations[index].as_secs_f64() * 1000.0
    };
    Some(Spread { p50_millis: percentile_millis(0.5), p95_millis: percentile_millis(0.95) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_the_median_and_the_95th_percentile() {
        let durations = (1..=100).rev().map(Duration::from_millis).collect();
        let Spread { p50_millis, p95_millis } = spread(durations).unwrap();
        assert_eq!((p50_millis, p95_millis), (51.0, 96.0));
        assert_eq!(spread(vec![]), None);
    }
}
