//! The feed: the messages that a running `cardsight` sends to other programs of its device through
//! a Unix socket. `docs/feed.md` describes them for people who read them without this crate.
//!
//! The modules form layers. A module imports from those below it only:
//!
//! 1. [`reader`]: a blocking client
//! 2. [`framing`]: from bytes to messages and back, without a socket
//! 3. [`message`]: what the device sends, and what a reader may ask for
//! 4. [`preview`]: a frame with what was recognised in it
//! 5. [`event`] and [`status`], which do not import each other: what has changed, and what holds

pub mod event;
pub mod framing;
pub mod message;
pub mod preview;
pub mod reader;
pub mod status;

pub use event::{CardEvent, Event, StateEvent};
pub use framing::{Decoder, FeedError, Packet, RequestDecoder};
pub use message::{Hello, Message, Request, StatusMessage, VERSION};
pub use preview::{Exposure, Preview, PreviewOutline};
pub use reader::FeedReader;
pub use status::{Counters, Led, ModelIdentity, Status};

/// The socket of the service `cardsight`.
pub const DEFAULT_SOCKET: &str = "/run/cardsight/feed.sock";
