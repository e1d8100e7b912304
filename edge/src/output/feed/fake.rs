//! A reader of the feed without a socket, for tests.

use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::rc::Rc;

use feed::{Decoder, Message};

/// One end of a connection that never blocks. Clones are the same end, so that a test can script what
/// the reader sends and takes, and look at what it was sent.
#[derive(Clone, Debug, Default)]
pub(super) struct FakeReader {
    state: Rc<RefCell<FakeState>>,
}

#[derive(Debug, Default)]
struct FakeState {
    /// What the reader has sent and nobody has read.
    requests: Vec<u8>,
    has_closed: bool,
    /// How many bytes the reader still takes.
    room: usize,
    taken: Vec<u8>,
}

impl FakeReader {
    /// A reader that takes this number of bytes and then hangs.
    pub(super) fn with_room(room: usize) -> Self {
        let reader = Self::default();
        reader.state.borrow_mut().room = room;
        reader
    }

    pub(super) fn send(&self, bytes: &[u8]) {
        self.state.borrow_mut().requests.extend_from_slice(bytes);
    }

    pub(super) fn close(&self) {
        self.state.borrow_mut().has_closed = true;
    }

    pub(super) fn set_room(&self, room: usize) {
        self.state.borrow_mut().room = room;
    }

    /// The messages that were sent completely.
    pub(super) fn messages(&self) -> Vec<Message> {
        let mut decoder = Decoder::default();
        decoder.push(&self.state.borrow().taken);
        std::iter::from_fn(|| decoder.take().unwrap()).map(|packet| packet.message).collect()
    }

    /// The text that was sent.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.state.borrow().taken).into_owned()
    }
}

impl Read for FakeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.state.borrow_mut();
        if state.requests.is_empty() {
            return if state.has_closed { Ok(0) } else { Err(io::ErrorKind::WouldBlock.into()) };
        }
        let count = state.requests.len().min(buffer.len());
        buffer[..count].copy_from_slice(&state.requests[..count]);
        state.requests.drain(..count);
        Ok(count)
    }
}

impl Write for FakeReader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.state.borrow_mut();
        let count = state.room.min(bytes.len());
        if count == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        state.room -= count;
        state.taken.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
