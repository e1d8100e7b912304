//! The thread that serves the readers of the feed.

use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use feed::Hello;
use nix::poll::{PollFd, PollFlags, poll};

use crate::clock::Clock;
use crate::output::feed::inbox::Inbox;
use crate::output::feed::readers::Readers;
use crate::output::feed::socket::FeedSocket;

/// How often a reader is looked at for which something waits.
const CHECK_MILLIS: i32 = 1000;

/// Serves all readers, on one thread.
#[derive(Debug)]
pub(super) struct Server {
    socket: FeedSocket,
    /// Has bytes when something is in the inbox.
    waked: UnixStream,
    inbox: Arc<Inbox>,
    readers: Readers<UnixStream>,
}

impl Server {
    pub(super) fn new(
        socket: FeedSocket,
        waked: UnixStream,
        inbox: Arc<Inbox>,
        hello: Hello,
    ) -> Self {
        Self { socket, waked, inbox, readers: Readers::new(hello) }
    }

    /// Serves until the inbox is closed.
    pub(super) fn serve(&mut self, clock: &impl Clock) {
        loop {
            if !self.wait() {
                return;
            }
            self.clear_waker();
            let now = clock.now();
            while let Some(stream) = self.socket.accept() {
                self.readers.add(stream, now);
            }
            let content = self.inbox.take();
            if content.is_closed {
                return;
            }
            self.readers.distribute(content, now);
            self.readers.exchange(now);
            self.inbox.set_frame_due(self.readers.preview_due());
        }
    }

    /// Waits until there is something to do. Returns false if this is impossible.
    fn wait(&self) -> bool {
        let mut descriptors = vec![
            PollFd::new(self.socket.listener(), PollFlags::POLLIN),
            PollFd::new(&self.waked, PollFlags::POLLIN),
        ];
        let mut timeout = -1;
        for connection in self.readers.connections() {
            let mut events = PollFlags::POLLIN;
            if connection.is_waiting() {
                events |= PollFlags::POLLOUT;
                timeout = CHECK_MILLIS;
            }
            descriptors.push(PollFd::new(connection.stream(), events));
        }
        match poll(&mut descriptors, timeout) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => true,
            Err(error) => {
                log::error!("the feed ends, because its sockets can't be watched: {error}");
                false
            }
        }
    }

    fn clear_waker(&mut self) {
        let mut bytes = [0; 256];
        while self.waked.read(&mut bytes).is_ok_and(|count| count == bytes.len()) {}
    }
}
