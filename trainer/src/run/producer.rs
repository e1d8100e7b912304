//! The thread that makes batches ahead of the training.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::Scope;
use std::time::{Duration, Instant};

/// Batches made ahead of the one in training.
const BATCHES_AHEAD: usize = 3;

/// The batches of a run, in order. Dropping it ends its thread.
pub struct BatchProducer<B> {
    batches: Receiver<B>,
    waited: Duration,
}

impl<B: Send> BatchProducer<B> {
    /// Makes the batches of an iterator, which `batches` starts on the new thread. The scope
    /// passes on a panic of that thread.
    pub fn start<'scope, I>(
        scope: &'scope Scope<'scope, '_>,
        batches: impl FnOnce() -> I + Send + 'scope,
    ) -> Self
    where
        B: 'scope,
        I: Iterator<Item = B>,
    {
        let (sender, receiver) = sync_channel(BATCHES_AHEAD);
        scope.spawn(move || {
            for batch in batches() {
                if sender.send(batch).is_err() {
                    return; // The training has ended early.
                }
            }
        });
        Self { batches: receiver, waited: Duration::ZERO }
    }

    /// How long the training has waited for batches since the last call.
    pub fn take_waited(&mut self) -> Duration {
        std::mem::take(&mut self.waited)
    }
}

impl<B> Iterator for BatchProducer<B> {
    type Item = B;

    fn next(&mut self) -> Option<B> {
        let asked = Instant::now();
        let batch = self.batches.recv().ok();
        self.waited += asked.elapsed();
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_arrive_in_order_and_an_early_end_stops_the_thread() {
        std::thread::scope(|scope| {
            let producer = BatchProducer::start(scope, || 0..);
            let first: Vec<i32> = producer.take(5).collect();
            assert_eq!(first, [0, 1, 2, 3, 4]);
        });
    }
}
