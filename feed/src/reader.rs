//! A blocking client of the feed.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::framing::{Decoder, FeedError, Packet, encode_line};
use crate::message::Request;

/// Bytes that are read at once: about a preview.
const CHUNK_BYTES: usize = 64 * 1024;

/// Reads a feed, and waits for each message.
#[derive(Debug)]
pub struct FeedReader<S = UnixStream> {
    stream: S,
    decoder: Decoder,
    chunk: Vec<u8>,
}

impl FeedReader {
    /// Opens the socket of a device.
    ///
    /// # Errors
    /// Nobody listens at this path, or this user may not open it.
    pub fn connect(path: &Path) -> Result<Self, FeedError> {
        let stream = UnixStream::connect(path)
            .map_err(|source| FeedError::Open { path: path.to_owned(), source })?;
        Ok(Self::new(stream))
    }
}

impl<S: Read + Write> FeedReader<S> {
    /// Reads a feed from a connection that is open.
    pub fn new(stream: S) -> Self {
        Self { stream, decoder: Decoder::default(), chunk: vec![0; CHUNK_BYTES] }
    }

    /// Sends a request to the device.
    ///
    /// # Errors
    /// The connection is closed.
    pub fn request(&mut self, request: &Request) -> Result<(), FeedError> {
        Ok(self.stream.write_all(&encode_line(request))?)
    }

    /// Waits for the next message.
    ///
    /// # Errors
    /// The feed has ended or can't be understood; see [`Decoder::take`].
    pub fn receive(&mut self) -> Result<Packet, FeedError> {
        loop {
            if let Some(packet) = self.decoder.take()? {
                return Ok(packet);
            }
            let count = self.stream.read(&mut self.chunk)?;
            if count == 0 {
                return Err(FeedError::Ended);
            }
            self.decoder.push(&self.chunk[..count]);
        }
    }
}
