//! The last groups of steps in bounded memory.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Step, StepEvent};

/// A group begins after this time. The shorter it is, the more often everything is read anew; the
/// longer it is, the more is dropped at once.
const GROUP_TIME: Duration = Duration::from_secs(2);

/// A group has at most this part of the memory, so that there are always several.
const GROUPS_IN_MEMORY: usize = 4;

/// What a step occupies beside its frame and its decision, about.
const STEP_BYTES: usize = 256;

/// Steps from one group's beginning to that of the next.
#[derive(Clone, Debug)]
struct Group {
    begins_at: Duration,
    /// The state of the decider, as JSON.
    decider: String,
    steps: Vec<Step>,
    bytes: usize,
}

/// Holds groups for a time and in so much memory at most.
#[derive(Debug)]
pub(super) struct Ring {
    groups: VecDeque<Group>,
    longest: Duration,
    most_bytes: usize,
}

impl Ring {
    /// An empty ring.
    pub(super) fn new(longest: Duration, most_bytes: usize) -> Self {
        Self { groups: VecDeque::new(), longest, most_bytes }
    }

    /// Whether the next frame should begin a group.
    pub(super) fn wants_group(&self, now: Duration) -> bool {
        self.groups.back().is_none_or(|group| {
            now.saturating_sub(group.begins_at) >= GROUP_TIME
                || group.bytes >= self.most_bytes / GROUPS_IN_MEMORY
        })
    }

    /// Begins a group with this state of the decider.
    pub(super) fn begin_group(&mut self, decider: String, now: Duration) {
        let bytes = decider.len();
        self.groups.push_back(Group { begins_at: now, decider, steps: Vec::new(), bytes });
    }

    /// Adds a step to the last group, and drops what is too old or does not fit. Without a group
    /// the step is left out.
    pub(super) fn add(&mut self, mut step: Step) {
        let Some(group) = self.groups.back_mut() else { return };
        step.begins_group = group.steps.is_empty();
        group.bytes += bytes_of(&step);
        let now = step.at;
        group.steps.push(step);
        let is_past = |next: &Group| next.begins_at + self.longest <= now;
        while self.groups.get(1).is_some_and(is_past) {
            self.groups.pop_front();
        }
        while self.bytes() > self.most_bytes {
            self.groups.pop_front();
        }
    }

    /// The state of the decider before the first step, and all steps. Nothing if there is none.
    pub(super) fn steps(&self) -> Option<(String, Vec<Step>)> {
        let first = self.groups.front()?;
        let steps: Vec<Step> = self.groups.iter().flat_map(|group| &group.steps).cloned().collect();
        (!steps.is_empty()).then(|| (first.decider.clone(), steps))
    }

    /// The memory in use.
    fn bytes(&self) -> usize {
        self.groups.iter().map(|group| group.bytes).sum()
    }
}

fn bytes_of(step: &Step) -> usize {
    let event = match &step.event {
        StepEvent::Frame(frame) => frame.bytes.len(),
        StepEvent::Nothing => 0,
        StepEvent::Failure(text) => text.len(),
    };
    event + step.decision.len() + STEP_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds a step of about this size for each tenth of a second. Returns the largest memory in use,
    /// and the times of the steps that are left.
    fn fill(ring: &mut Ring, tenths: u64, bytes: usize) -> (usize, Vec<Duration>) {
        let mut most = 0;
        for tenth in 0..tenths {
            let at = Duration::from_millis(100 * tenth);
            if ring.wants_group(at) {
                ring.begin_group("state".into(), at);
            }
            let event = StepEvent::Failure("x".repeat(bytes));
            ring.add(Step { at, event, begins_group: false, decision: String::new() });
            most = most.max(ring.bytes());
        }
        let steps = ring.steps().map(|(_, steps)| steps).unwrap_or_default();
        assert!(steps.first().is_none_or(|step| step.begins_group));
        (most, steps.iter().map(|step| step.at).collect())
    }

    #[test]
    fn the_last_seconds_are_kept() {
        let mut ring = Ring::new(Duration::from_secs(5), 1 << 20);
        let (_, times) = fill(&mut ring, 300, 100);
        let span = *times.last().unwrap() - times[0];
        assert!((5.0..7.1).contains(&span.as_secs_f64()), "{span:?}");
        assert_eq!(times.len() as u128, span.as_millis() / 100 + 1, "none is missing between");
    }

    #[test]
    fn memory_is_bounded_even_for_frames_that_do_not_fit() {
        let mut ring = Ring::new(Duration::from_secs(60), 100_000);
        let (most, times) = fill(&mut ring, 300, 5000);
        assert!(most <= 100_000 && most > 60_000, "{most}");
        assert_eq!(times.last(), Some(&Duration::from_millis(29_900)));
        assert_eq!(fill(&mut ring, 10, 200_000).0, 0);
    }
}
