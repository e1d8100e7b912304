//! The feed: events, status and previews for other programs of the device, through a Unix socket. The
//! crate `feed` has the messages.
//!
//! A thread of its own serves the readers, so that the pipeline never waits for one of them: it leaves
//! what is new in an inbox, and a frame only when somebody is due to get one.
//!
//! - [`server`]: the thread
//! - [`readers`]: all readers, and who gets what
//! - [`connection`]: one reader with its queue
//! - [`subscription`]: when a reader gets its next preview
//! - [`inbox`]: what the pipeline has left for the thread
//! - [`preview`]: a frame as a message
//! - [`figures`]: how sharp and how bright a frame is
//! - [`socket`]: where readers connect
//! - `fake`: a reader without a socket, for tests

mod connection;
#[cfg(test)]
mod fake;
mod figures;
mod inbox;
mod preview;
mod readers;
mod server;
mod socket;
mod subscription;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use feed::{Event, Hello, Led, StatusMessage};

use crate::clock::Clock;
use crate::output::leds::rule_table::LedColor;
use crate::output::leds::rules::Rule;
use inbox::Inbox;
pub(crate) use preview::FeedView;
use server::Server;
use socket::{FeedSocket, SocketError};

/// Why there is no feed.
#[derive(Debug, thiserror::Error)]
pub enum FeedServerError {
    #[error(transparent)]
    Socket(#[from] SocketError),
    #[error("can't start the thread that serves the feed")]
    Thread(#[source] io::Error),
}

/// Where the pipeline leaves what readers of the feed get. Clones leave it in the same place.
#[derive(Clone, Debug)]
pub struct Feed {
    inbox: Arc<Inbox>,
}

impl Feed {
    /// Sends a change to all readers.
    pub(crate) fn send_event(&self, event: Event) {
        self.inbox.put_event(event);
    }

    /// Sends a status to all readers, and to those that connect before the next one.
    pub(crate) fn send_status(&self, status: StatusMessage) {
        self.inbox.put(|content| content.status = Some(Box::new(status)));
    }

    /// Whether a reader is due to get a frame. `now` is the time of the clock that the feed was started
    /// with.
    pub(crate) fn wants_frame(&self, now: Duration) -> bool {
        self.inbox.wants_frame(now)
    }

    /// Gives a frame to the readers that are due to get one. A newer frame replaces one that still
    /// waits.
    pub(crate) fn offer(&self, view: FeedView) {
        self.inbox.put(|content| content.view = Some(view));
    }
}

/// The feed with its thread, which ends, with all connections, when this is dropped.
#[derive(Debug)]
pub struct FeedServer {
    feed: Feed,
    thread: Option<JoinHandle<()>>,
}

impl FeedServer {
    /// Listens at a path, and greets each reader with `hello`.
    ///
    /// # Errors
    /// Nobody can listen at this path, or the system refuses to start a thread.
    pub fn start(
        path: &Path,
        hello: Hello,
        clock: impl Clock + Send + 'static,
    ) -> Result<Self, FeedServerError> {
        let socket = FeedSocket::bind(path)?;
        let (inbox, waked) = Inbox::new().map_err(FeedServerError::Thread)?;
        let inbox = Arc::new(inbox);
        let mut server = Server::new(socket, waked, Arc::clone(&inbox), hello);
        let thread = thread::Builder::new()
            .name("feed".into())
            .spawn(move || server.serve(&clock))
            .map_err(FeedServerError::Thread)?;
        Ok(Self { feed: Feed { inbox }, thread: Some(thread) })
    }

    /// Where the pipeline leaves what readers get.
    pub fn feed(&self) -> Feed {
        self.feed.clone()
    }

    /// Greets all readers again, because the model or the name has changed.
    pub(crate) fn set_hello(&self, hello: Hello) {
        self.feed.inbox.put(|content| content.hello = Some(hello));
    }
}

impl Drop for FeedServer {
    fn drop(&mut self) {
        self.feed.inbox.put(|content| content.is_closed = true);
        if let Some(thread) = self.thread.take() {
            // The panic of a thread is already on stderr.
            let _ = thread.join();
        }
    }
}

/// Returns the state of an LED for a message.
pub(crate) fn led(rule: &Rule, is_lit: bool) -> Led {
    let color = match rule.color() {
        LedColor::Green => "green",
        LedColor::Red | LedColor::BoldRed => "red",
    };
    Led { rule: rule.to_string(), label: rule.short(), color: color.to_owned(), is_lit }
}
