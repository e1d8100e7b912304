//! What is repeated though it looks the same: each thing in its turn, and a limited number of
//! them in each frame.

use std::time::Duration;

/// The turns of a video. It depends on nothing but the times that are passed in.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    /// The longest time after which something is repeated.
    longest: Duration,
    frame_at: Option<Duration>,
    /// The time between the last two frames: the next frame is expected after it.
    frame_time: Duration,
    /// How many readings are owed. It spreads those of cards that appeared together.
    owed: f64,
}

impl Turns {
    /// Repeats everything after this time at the latest; zero repeats it in every frame.
    pub(crate) fn new(longest: Duration) -> Self {
        Self { longest, frame_at: None, frame_time: Duration::ZERO, owed: 0.0 }
    }

    /// Returns to the beginning.
    pub(crate) fn restart(&mut self) {
        *self = Self::new(self.longest);
    }

    /// Returns whether everything is repeated in every frame.
    pub(crate) fn is_everything_repeated(&self) -> bool {
        self.longest.is_zero()
    }

    /// Begins a frame. `now` never decreases.
    pub(crate) fn begin_frame(&mut self, now: Duration) {
        self.frame_time = self.frame_at.map_or(Duration::ZERO, |before| now.saturating_sub(before));
        self.frame_at = Some(now);
    }

    /// Returns whether something that was done at a time must be repeated, because it would be
    /// too late with the next frame.
    pub(crate) fn is_due(&self, done_at: Duration) -> bool {
        let now = self.frame_at.unwrap_or_default();
        self.longest.is_zero() || now.saturating_sub(done_at) + self.frame_time > self.longest
    }

    /// Returns which of several things are repeated in this frame: the oldest ones, as many as are
    /// needed so that each has its turn in time. The number depends on the time between frames
    /// alone: if everything that is late were repeated at once, a slow machine would be late in
    /// every frame.
    pub(crate) fn choose(&mut self, done_at: &[Duration]) -> Vec<bool> {
        if self.longest.is_zero() {
            return vec![true; done_at.len()];
        }
        let frames = self.frame_time.as_secs_f64() / self.longest.as_secs_f64();
        // Half of them at most while frames arrive often enough: a machine that needs its time
        // for readings then has less to do in the next frame.
        let most = if frames <= 2.0 { done_at.len().div_ceil(2) } else { done_at.len() };
        self.owed = (self.owed + done_at.len() as f64 * frames).min(most as f64);
        let mut chosen = vec![false; done_at.len()];
        let mut oldest_first: Vec<usize> = (0..done_at.len()).collect();
        oldest_first.sort_by_key(|&at| done_at[at]);
        for at in oldest_first {
            // A sum of shares that should be 1 may be a little less.
            if self.owed > 0.999 && Some(done_at[at]) < self.frame_at {
                chosen[at] = true;
                self.owed -= 1.0;
            }
        }
        // What could not be repeated is not owed later.
        self.owed = self.owed.clamp(0.0, 1.0);
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the largest number of readings in a frame and the longest time between two
    /// readings of a thing, in milliseconds, after a start in which all were read at once.
    fn play(things: usize, frame_millis: u64, longest_millis: u64) -> (usize, u128) {
        let mut turns = Turns::new(Duration::from_millis(longest_millis));
        let mut done_at = vec![Duration::ZERO; things];
        let (mut most, mut longest) = (0, Duration::ZERO);
        for frame in 0..400 {
            let now = Duration::from_millis(frame * frame_millis);
            turns.begin_frame(now);
            let chosen = turns.choose(&done_at);
            most = most.max(chosen.iter().filter(|chosen| **chosen).count());
            for (done_at, _) in done_at.iter_mut().zip(chosen).filter(|(_, chosen)| *chosen) {
                longest = longest.max(now - *done_at);
                *done_at = now;
            }
        }
        (most, longest.as_millis())
    }

    #[test]
    fn everything_has_its_turn_in_time_and_few_things_in_one_frame() {
        for (frame_millis, most_in_a_frame) in [(8, 1), (33, 1), (200, 6), (300, 7), (450, 7)] {
            let (most, longest) = play(13, frame_millis, 500);
            let latest = 500 + u128::from(frame_millis);
            assert!(longest <= latest, "{longest} ms at {frame_millis} ms a frame");
            assert!(most <= most_in_a_frame, "{most} at {frame_millis} ms a frame");
        }
    }

    #[test]
    fn with_slow_frames_or_no_time_everything_is_repeated_in_every_frame() {
        for (frame_millis, longest_millis) in [(2000, 500), (1200, 500), (33, 0)] {
            let (most, longest) = play(4, frame_millis, longest_millis);
            assert_eq!((most, longest), (4, u128::from(frame_millis)), "{frame_millis} ms");
        }
    }
}
