//! The interval at which something happens regularly, such as frames of a camera.

use std::time::Duration;

/// The times of the last events. One late event does not change the interval: it is the shorter one
/// of the last two.
#[derive(Clone, Debug, Default, serde::Deserialize, serde::Serialize)]
pub(crate) struct Interval {
    last: Option<Duration>,
    /// The older one first.
    intervals: [Option<Duration>; 2],
}

impl Interval {
    /// Records an event. `now` never decreases.
    pub(crate) fn happened(&mut self, now: Duration) {
        if let Some(last) = self.last.replace(now) {
            self.intervals = [self.intervals[1], Some(now.saturating_sub(last))];
        }
    }

    /// The interval, as soon as three events are known.
    pub(crate) fn get(&self) -> Option<Duration> {
        let [Some(older), Some(newer)] = self.intervals else { return None };
        Some(older.min(newer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_late_event_does_not_change_the_interval() {
        let mut interval = Interval::default();
        let mut at = |millis| {
            interval.happened(Duration::from_millis(millis));
            interval.get().map(|interval| interval.as_millis())
        };
        assert_eq!([at(0), at(2000), at(4000)], [None, None, Some(2000)]);
        assert_eq!([at(4100), at(4200), at(9200)], [Some(100), Some(100), Some(100)]);
        assert_eq!(at(14_200), Some(5000));
    }
}
