//! One reader: what waits for it, and what it asks for. Nothing here waits for the reader.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use feed::framing::encode_line;
use feed::{FeedError, Message, RequestDecoder};

use crate::output::feed::subscription::{InvalidRequest, Subscription};

/// Messages that may wait for a reader. A reader with more of them is ended, because it would miss
/// an event without noticing; it may connect again.
const MOST_WAITING: usize = 256;

/// A reader that takes nothing for this long is ended.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of requests that are read at once.
const CHUNK_BYTES: usize = 1024;

/// Chunks of requests that are read in one turn, so that a reader that floods the device with
/// requests does not delay the others.
const CHUNKS_PER_TURN: usize = 4;

/// What happens to a message that can't be sent at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It waits.
    Lasting,
    /// It waits, in the place of a status that waits already.
    Status,
    /// It waits if no other preview does; see [`Connection::preview_due`].
    Preview,
}

/// Why a connection ends.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectionEnd {
    #[error("the reader has closed it")]
    Closed,
    #[error("it has failed: {0}")]
    Failed(#[from] io::Error),
    #[error("{MOST_WAITING} messages wait for the reader; read faster")]
    Full,
    #[error("the reader has taken nothing for {} s", PATIENCE.as_secs())]
    Hung,
    #[error("the reader sends what is not a request: {0}")]
    NotARequest(#[from] FeedError),
    #[error("{0}")]
    InvalidRequest(#[from] InvalidRequest),
}

/// A connection to a reader. `S` never blocks.
#[derive(Debug)]
pub(super) struct Connection<S> {
    stream: S,
    waiting: VecDeque<(Kind, Arc<[u8]>)>,
    /// The bytes of the first waiting message that were sent already.
    sent: usize,
    requests: RequestDecoder,
    subscription: Option<Subscription>,
    /// When the reader last took something, or had nothing to take.
    last_progress: Duration,
}

impl<S: Read + Write> Connection<S> {
    pub(super) fn new(stream: S, now: Duration) -> Self {
        Self {
            stream,
            waiting: VecDeque::new(),
            sent: 0,
            requests: RequestDecoder::default(),
            subscription: None,
            last_progress: now,
        }
    }

    pub(super) fn stream(&self) -> &S {
        &self.stream
    }

    /// Whether bytes wait for the reader.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Adds a message. [`Connection::exchange`] sends it.
    pub(super) fn add(&mut self, kind: Kind, bytes: &Arc<[u8]>) {
        if kind == Kind::Status {
            // The first message may have been sent in part.
            let from = usize::from(self.sent > 0);
            let waiting = self.waiting.iter_mut().skip(from).find(|(other, _)| *other == kind);
            if let Some((_, status)) = waiting {
                *status = Arc::clone(bytes);
                return;
            }
        }
        self.waiting.push_back((kind, Arc::clone(bytes)));
    }

    /// When the reader is due to get a preview: never while it has not taken the one before.
    pub(super) fn preview_due(&self) -> Option<Duration> {
        let subscription = self.subscription.as_ref()?;
        let is_busy = self.waiting.iter().any(|(kind, _)| *kind == Kind::Preview);
        (!is_busy).then(|| subscription.due())
    }

    /// The width of the preview that the reader is due to get now.
    pub(super) fn due_width(&self, now: Duration) -> Option<u32> {
        let is_due = self.preview_due().is_some_and(|due| due <= now);
        self.subscription.as_ref().filter(|_| is_due).map(|subscription| subscription.width)
    }

    pub(super) fn add_preview(&mut self, bytes: &Arc<[u8]>, now: Duration) {
        if let Some(subscription) = &mut self.subscription {
            subscription.serve(now);
            self.add(Kind::Preview, bytes);
        }
    }

    /// Reads requests, and sends what waits, as far as this is possible without waiting.
    ///
    /// # Errors
    /// The connection has to end.
    pub(super) fn exchange(&mut self, now: Duration) -> Result<(), ConnectionEnd> {
        let outcome = self.read_requests();
        if let Err(end @ (ConnectionEnd::NotARequest(_) | ConnectionEnd::InvalidRequest(_))) =
            outcome
        {
            self.refuse(&end.to_string());
            return Err(end);
        }
        outcome?;
        self.send(now)?;
        if self.waiting.len() > MOST_WAITING {
            return Err(ConnectionEnd::Full);
        }
        if now.saturating_sub(self.last_progress) > PATIENCE {
            return Err(ConnectionEnd::Hung);
        }
        Ok(())
    }

    /// Sends the reason for the end of a connection, if the reader takes it at once and no other
    /// message was sent in part.
    pub(super) fn refuse(&mut self, reason: &str) {
        if self.sent == 0 {
            let refused = Message::Refused { reason: reason.to_owned() };
            let _ = self.stream.write(&encode_line(&refused));
        }
    }

    fn read_requests(&mut self) -> Result<(), ConnectionEnd> {
        let mut chunk = [0; CHUNK_BYTES];
        for _ in 0..CHUNKS_PER_TURN {
            let count = match self.stream.read(&mut chunk) {
                Ok(0) => return Err(ConnectionEnd::Closed),
                Ok(count) => count,
                Err(error) if is_not_ready(&error) => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            self.requests.push(&chunk[..count]);
            while let Some(request) = self.requests.take()? {
                self.subscription = Subscription::of(&request)?;
            }
        }
        Ok(())
    }

    fn send(&mut self, now: Duration) -> Result<(), ConnectionEnd> {
        while let Some((_, bytes)) = self.waiting.front() {
            match self.stream.write(&bytes[self.sent..]) {
                Ok(0) => return Err(ConnectionEnd::Closed),
                Ok(count) => self.sent += count,
                Err(error) if is_not_ready(&error) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
            self.last_progress = now;
            if self.sent == bytes.len() {
                self.waiting.pop_front();
                self.sent = 0;
            }
        }
        self.last_progress = now;
        Ok(())
    }
}

/// Whether a stream that never blocks has nothing to read, or no room, at present.
fn is_not_ready(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests;
