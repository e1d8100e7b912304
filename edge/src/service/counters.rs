//! What was counted since the program was started, for metrics.

use std::collections::BTreeMap;
use std::time::Duration;

use feed::Counters;
use feed::status::StageHistogram;

use crate::decide::State;
use crate::recognize::StageDurations;
use crate::service::faults::OutputFaults;
use crate::service::power::Power;
use crate::util::memory::resident_memory_bytes;

/// The upper bounds of the histograms' buckets. A stage takes 1 ms on a workstation and up to
/// seconds on a slow board with a full table.
const BOUNDS_SECONDS: [f64; 11] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];

const STAGES: [&str; 4] = ["decode", "locate", "prepare", "classify"];

/// The devices that may fail.
const DEVICES: [&str; 3] = ["camera", "leds", "screen"];

/// The counts of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunCounters {
    frames_named: u64,
    frames_unsure: u64,
    stages: [Histogram; STAGES.len()],
    devices: [DeviceFaults; DEVICES.len()],
}

#[derive(Clone, Copy, Debug, Default)]
struct Histogram {
    counts: [u64; BOUNDS_SECONDS.len() + 1],
    sum: Duration,
}

/// How often a device failed, and how often it worked again.
#[derive(Clone, Copy, Debug, Default)]
struct DeviceFaults {
    is_failing: bool,
    faults: u64,
    reconnects: u64,
}

impl RunCounters {
    /// Counts a frame that went through the complete pipeline.
    pub(crate) fn add_frame(&mut self, state: &State, decode: Duration, stages: StageDurations) {
        match state {
            State::Seen { .. } => self.frames_named += 1,
            State::Unsure => self.frames_unsure += 1,
            State::Searching | State::Fault => {}
        }
        let times = [decode, stages.locate.wall, stages.prepare.wall, stages.classify.wall];
        for (histogram, time) in self.stages.iter_mut().zip(times) {
            histogram.add(time);
        }
    }

    /// Records which devices fail at present. Called at least once a second; a fault that lasts
    /// less may be missed.
    pub(crate) fn add_faults(&mut self, is_camera_failing: bool, outputs: &OutputFaults) {
        let failing = [is_camera_failing, outputs.leds.is_some(), outputs.screen.is_some()];
        for (device, is_failing) in self.devices.iter_mut().zip(failing) {
            device.faults += u64::from(is_failing && !device.is_failing);
            device.reconnects += u64::from(!is_failing && device.is_failing);
            device.is_failing = is_failing;
        }
    }

    /// Returns the counts with what the system says of the program at this moment.
    pub(crate) fn to_feed(&self) -> Counters {
        let by_device = |count: fn(&DeviceFaults) -> u64| -> BTreeMap<String, u64> {
            let devices = DEVICES.iter().zip(&self.devices);
            devices.map(|(name, device)| ((*name).to_owned(), count(device))).collect()
        };
        let stages = STAGES.iter().zip(&self.stages);
        Counters {
            frames_named: self.frames_named,
            frames_unsure: self.frames_unsure,
            faults: by_device(|device| device.faults),
            reconnects: by_device(|device| device.reconnects),
            bounds_seconds: BOUNDS_SECONDS.to_vec(),
            stages: stages.map(|(name, times)| ((*name).to_owned(), times.to_feed())).collect(),
            resident_bytes: resident_memory_bytes(),
            throttled: Power::of_board().map(|power| power.is_low || power.is_slowed),
        }
    }
}

impl Histogram {
    fn add(&mut self, time: Duration) {
        let seconds = time.as_secs_f64();
        let bucket = BOUNDS_SECONDS.partition_point(|bound| *bound < seconds);
        self.counts[bucket] += 1;
        self.sum += time;
    }

    fn to_feed(self) -> StageHistogram {
        StageHistogram { counts: self.counts.to_vec(), sum_seconds: self.sum.as_secs_f64() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_fall_into_the_bucket_whose_bound_they_do_not_exceed() {
        let mut counters = RunCounters::default();
        for micros in [1000, 1001, 2500, 9_000_000] {
            let decode = Duration::from_micros(micros);
            counters.add_frame(&State::Unsure, decode, StageDurations::default());
        }
        let counted = counters.to_feed();
        let decode = &counted.stages["decode"];
        assert_eq!(decode.counts, [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert!((decode.sum_seconds - 9.004501).abs() < 1e-9);
        assert_eq!(counted.stages["locate"].counts[0], 4);
        assert_eq!((counted.frames_named, counted.frames_unsure), (0, 4));
        assert_eq!(counted.bounds_seconds.len() + 1, decode.counts.len());
    }

    #[test]
    fn a_fault_counts_when_it_begins_and_a_reconnection_when_it_ends() {
        let mut counters = RunCounters::default();
        let broken = OutputFaults { leds: Some("no chip".into()), screen: None };
        for (is_camera_failing, outputs) in [
            (false, OutputFaults::default()),
            (true, broken.clone()),
            (true, broken),
            (false, OutputFaults::default()),
            (true, OutputFaults::default()),
        ] {
            counters.add_faults(is_camera_failing, &outputs);
        }
        let counted = counters.to_feed();
        let of = |device: &str| (counted.faults[device], counted.reconnects[device]);
        assert_eq!((of("camera"), of("leds"), of("screen")), ((2, 1), (1, 1), (0, 0)));
    }
}
