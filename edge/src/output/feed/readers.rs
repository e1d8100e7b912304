//! All readers of the feed, and who gets what.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use feed::framing::encode_line;
use feed::{Hello, Message};

use crate::output::feed::connection::{Connection, Kind};
use crate::output::feed::figures::Figures;
use crate::output::feed::inbox::InboxContent;
use crate::output::feed::preview::{FeedView, encode};

/// Readers that are served at the same time.
pub(super) const MOST_READERS: usize = 8;

/// The readers, and what a new one gets first.
#[derive(Debug)]
pub(super) struct Readers<S> {
    connections: Vec<Connection<S>>,
    hello: Arc<[u8]>,
    status: Option<Arc<[u8]>>,
}

impl<S: Read + Write> Readers<S> {
    pub(super) fn new(hello: Hello) -> Self {
        Self { connections: Vec::new(), hello: bytes_of(&Message::Hello(hello)), status: None }
    }

    pub(super) fn connections(&self) -> &[Connection<S>] {
        &self.connections
    }

    /// Adds a reader, or refuses it if there are enough.
    pub(super) fn add(&mut self, stream: S, now: Duration) {
        let mut connection = Connection::new(stream, now);
        if self.connections.len() == MOST_READERS {
            log::debug!("the feed refuses a reader: it serves {MOST_READERS} already");
            connection.refuse(&format!("{MOST_READERS} readers are connected already; end one"));
            return;
        }
        connection.add(Kind::Lasting, &self.hello);
        if let Some(status) = &self.status {
            connection.add(Kind::Status, status);
        }
        self.connections.push(connection);
        log::debug!("the feed has {} readers", self.connections.len());
    }

    /// Adds to each reader's queue what it shall get.
    pub(super) fn distribute(&mut self, content: InboxContent, now: Duration) {
        if let Some(hello) = content.hello {
            self.hello = bytes_of(&Message::Hello(hello));
            self.add_to_all(Kind::Lasting, &Arc::clone(&self.hello));
        }
        for event in content.events {
            self.add_to_all(Kind::Lasting, &bytes_of(&Message::Event(event)));
        }
        if let Some(status) = content.status {
            let status = bytes_of(&Message::Status(status));
            self.add_to_all(Kind::Status, &status);
            self.status = Some(status);
        }
        if let Some(view) = content.view {
            self.distribute_view(&view, now);
        }
    }

    /// Exchanges bytes with each reader. Forgets those whose connection has ended.
    pub(super) fn exchange(&mut self, now: Duration) {
        self.connections.retain_mut(|connection| match connection.exchange(now) {
            Ok(()) => true,
            Err(end) => {
                log::debug!("the connection to a reader of the feed ends: {end}");
                false
            }
        });
    }

    /// When the first of all readers is due to get a preview.
    pub(super) fn preview_due(&self) -> Option<Duration> {
        self.connections.iter().filter_map(Connection::preview_due).min()
    }

    fn add_to_all(&mut self, kind: Kind, bytes: &Arc<[u8]>) {
        for connection in &mut self.connections {
            connection.add(kind, bytes);
        }
    }

    /// Encodes a frame once for each width that somebody is due to get.
    fn distribute_view(&mut self, view: &FeedView, now: Duration) {
        let figures = Figures::of_frame(&view.frame);
        let mut encoded: BTreeMap<u32, Option<Arc<[u8]>>> = BTreeMap::new();
        for connection in &mut self.connections {
            let Some(width) = connection.due_width(now) else { continue };
            let preview = encoded.entry(width).or_insert_with(|| encode(view, &figures, width));
            if let Some(preview) = preview {
                connection.add_preview(preview, now);
            }
        }
    }
}

fn bytes_of(message: &Message) -> Arc<[u8]> {
    encode_line(message).into()
}

#[cfg(test)]
mod tests;
