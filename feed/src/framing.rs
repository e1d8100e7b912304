//! From bytes to messages and back. A message is one line of JSON; a preview is followed by as many
//! bytes of a JPEG image as its line says.

use std::io;

use crate::message::{Message, Request, VERSION};

/// The longest line that a reader accepts.
pub const LONGEST_LINE_BYTES: usize = 256 * 1024;

/// The largest JPEG image that a reader accepts.
pub const LARGEST_JPEG_BYTES: usize = 8 * 1024 * 1024;

/// The longest request that the device accepts.
pub const LONGEST_REQUEST_BYTES: usize = 1024;

/// Why a feed can't be read.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error("can't open the feed {path:?}; is cardsight running with a feed? ([feed] socket)")]
    Open { path: std::path::PathBuf, source: io::Error },
    #[error("can't read the feed")]
    Io(#[from] io::Error),
    #[error("the feed has ended")]
    Ended,
    #[error("the feed sends a line of more than {0} bytes")]
    LongLine(usize),
    #[error("the feed announces an image of {0} bytes; at most {LARGEST_JPEG_BYTES} are accepted")]
    LargeImage(usize),
    #[error("the feed sends what is not a message")]
    NotAMessage(#[source] serde_json::Error),
    #[error(
        "the feed has version {0}, and this program reads version {VERSION}; install the same \
         version of both"
    )]
    Version(u32),
    #[error("the device refuses this reader: {0}")]
    Refused(String),
}

/// A message, and the image of a preview.
#[derive(Clone, Debug, PartialEq)]
pub struct Packet {
    pub message: Message,
    /// Empty for every message but a preview.
    pub jpeg: Vec<u8>,
}

/// Returns the bytes of a message or a request; of a preview, those before its image.
pub fn encode_line(message: &impl serde::Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(message).expect("messages have only keys that are texts");
    line.push(b'\n');
    line
}

/// Collects the bytes of a feed and returns its messages.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: ByteQueue,
    /// A preview whose image is not complete yet, and the size of that image.
    unfinished: Option<(Message, usize)>,
}

impl Decoder {
    /// Adds bytes that have arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.push(bytes);
    }

    /// Returns the next message that is complete.
    ///
    /// # Errors
    /// The bytes are not a feed of this version, or the device refuses the reader. The feed can't be
    /// read any further.
    pub fn take(&mut self) -> Result<Option<Packet>, FeedError> {
        if self.unfinished.is_none() {
            let Some(line) = self.buffer.take_line(LONGEST_LINE_BYTES)? else { return Ok(None) };
            let message = serde_json::from_slice(&line).map_err(FeedError::NotAMessage)?;
            match message {
                Message::Refused { reason } => return Err(FeedError::Refused(reason)),
                Message::Hello(hello) if hello.version != VERSION => {
                    return Err(FeedError::Version(hello.version));
                }
                Message::Preview(preview) if preview.jpeg_bytes > LARGEST_JPEG_BYTES => {
                    return Err(FeedError::LargeImage(preview.jpeg_bytes));
                }
                Message::Preview(preview) => {
                    let bytes = preview.jpeg_bytes;
                    self.unfinished = Some((Message::Preview(preview), bytes));
                }
                message => return Ok(Some(Packet { message, jpeg: Vec::new() })),
            }
        }
        let Some((_, bytes)) = &self.unfinished else { return Ok(None) };
        let Some(jpeg) = self.buffer.take(*bytes) else { return Ok(None) };
        Ok(self.unfinished.take().map(|(message, _)| Packet { message, jpeg }))
    }
}

/// Collects the bytes of a reader and returns its requests.
#[derive(Debug, Default)]
pub struct RequestDecoder {
    buffer: ByteQueue,
}

impl RequestDecoder {
    /// Adds bytes that have arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.push(bytes);
    }

    /// Returns the next request that is complete.
    ///
    /// # Errors
    /// The bytes are not a request.
    pub fn take(&mut self) -> Result<Option<Request>, FeedError> {
        let Some(line) = self.buffer.take_line(LONGEST_REQUEST_BYTES)? else { return Ok(None) };
        serde_json::from_slice(&line).map(Some).map_err(FeedError::NotAMessage)
    }
}

/// Bytes that have arrived and were not taken yet.
#[derive(Debug, Default)]
struct ByteQueue {
    bytes: Vec<u8>,
    /// Those before this one were taken.
    start: usize,
    /// Those before this one are not the end of a line.
    searched: usize,
}

impl ByteQueue {
    fn push(&mut self, bytes: &[u8]) {
        // What was taken makes room first, so that the queue stays as small as its content.
        self.bytes.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes a line without its end, once it is complete.
    fn take_line(&mut self, longest: usize) -> Result<Option<Vec<u8>>, FeedError> {
        let from = self.searched.max(self.start);
        let end = self.bytes[from..].iter().position(|byte| *byte == b'\n');
        let end = end.map_or(self.bytes.len(), |offset| from + offset);
        if end - self.start > longest {
            return Err(FeedError::LongLine(longest));
        }
        self.searched = end;
        if end == self.bytes.len() {
            return Ok(None);
        }
        let line = self.bytes[self.start..end].to_vec();
        (self.start, self.searched) = (end + 1, end + 1);
        Ok(Some(line))
    }

    /// Takes this number of bytes, once they are there.
    fn take(&mut self, count: usize) -> Option<Vec<u8>> {
        let taken = self.bytes.get(self.start..self.start + count)?.to_vec();
        self.start += count;
        self.searched = self.start;
        Some(taken)
    }
}

#[cfg(test)]
mod tests;
