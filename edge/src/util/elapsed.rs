//! Wall-clock time and CPU time of the same work.
//!
//! On a busy machine the wall clock also counts other programs, so speeds are compared in CPU time.

use std::iter::Sum;
use std::ops::{Add, AddAssign};
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

/// How long some work took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Elapsed {
    /// Time on the clock, which passes as well while the work waits or other programs run.
    pub(crate) wall: Duration,
    /// Time that processors spent on the work.
    pub(crate) cpu: Duration,
}

impl Add for Elapsed {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { wall: self.wall + other.wall, cpu: self.cpu + other.cpu }
    }
}

impl AddAssign for Elapsed {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Elapsed {
    fn sum<I: Iterator<Item = Self>>(times: I) -> Self {
        times.fold(Self::default(), Add::add)
    }
}

/// Whose CPU time is counted.
#[derive(Clone, Copy, Debug)]
enum Scope {
    Thread,
    Process,
}

/// A running measurement. It costs about a microsecond.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    scope: Scope,
    wall: Instant,
    cpu: Duration,
}

impl Stopwatch {
    /// Starts to measure the CPU time of all threads of the program.
    pub(crate) fn for_process() -> Self {
        Self::start(Scope::Process)
    }

    /// Starts to measure the CPU time of this thread.
    pub(crate) fn for_thread() -> Self {
        Self::start(Scope::Thread)
    }

    fn start(scope: Scope) -> Self {
        Self { scope, wall: Instant::now(), cpu: cpu_time(scope) }
    }

    /// Returns the time since the start. A stopwatch for a thread must be read on that thread.
    pub(crate) fn elapsed(&self) -> Elapsed {
        let cpu = cpu_time(self.scope).saturating_sub(self.cpu);
        Elapsed { wall: self.wall.elapsed(), cpu }
    }
}

/// Does some work on this thread, and returns its result and the time that it took. CPU time on other
/// threads is not counted, so that work on several threads can be measured apart and added up.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Elapsed) {
    let stopwatch = Stopwatch::for_thread();
    let result = work();
    (result, stopwatch.elapsed())
}

fn cpu_time(scope: Scope) -> Duration {
    let clock = match scope {
        Scope::Thread => ClockId::CLOCK_THREAD_CPUTIME_ID,
        Scope::Process => ClockId::CLOCK_PROCESS_CPUTIME_ID,
    };
    clock_gettime(clock).expect("Linux always has both clocks").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_cpu_time_and_waiting_takes_none() {
        let clock = Instant::now();
        let (count, busy) =
            timed(|| (0..).take_while(|_| clock.elapsed().as_millis() < 20).count());
        assert!(count > 0 && busy.cpu > Duration::ZERO, "{busy:?}");
        assert!(busy.wall >= Duration::from_millis(19), "{busy:?}");
        let (result, waiting) = timed(|| std::thread::spawn(count_to_a_million).join());
        assert!(result.is_ok() && waiting.cpu < waiting.wall, "{waiting:?}");
    }

    #[test]
    fn a_process_counts_all_its_threads() {
        let stopwatch = Stopwatch::for_process();
        let thread = std::thread::spawn(|| timed(count_to_a_million).1);
        let in_thread = thread.join().unwrap();
        assert!(stopwatch.elapsed().cpu >= in_thread.cpu, "{in_thread:?}");
    }

    #[test]
    fn times_add_up() {
        let second = Elapsed { wall: Duration::from_secs(2), cpu: Duration::from_secs(1) };
        let sum: Elapsed = [second, second].into_iter().sum();
        assert_eq!(sum, second + second);
    }

    fn count_to_a_million() -> u64 {
        (0..1_000_000_u64).map(std::hint::black_box).sum()
    }
}
