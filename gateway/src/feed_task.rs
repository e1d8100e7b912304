//! Keeps the state up to date: reads the feed, and connects again whenever it has ended.

use std::sync::Arc;
use std::time::Duration;

use feed::framing::encode_line;
use feed::{Decoder, FeedError, Message, Packet, Request};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::time::sleep;

use crate::config::FeedConfig;
use crate::state::{Picture, State};

/// Between two attempts to connect.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// Reads the feed for ever. A fault is logged when it begins, when it changes and when it ends.
pub async fn run(config: FeedConfig, state: Arc<State>) {
    let mut last_fault = None;
    loop {
        let error = match connect(&config).await {
            Ok(stream) => {
                if last_fault.take().is_some() {
                    log::info!("the feed is open again");
                }
                state.change_device(|device| device.is_connected = true);
                let error = read(stream, &config, &state).await;
                state.change_device(|device| {
                    device.is_connected = false;
                    device.status = None;
                });
                state.set_picture(None);
                error
            }
            Err(error) => error,
        };
        let fault = format!("{:#}", anyhow::Error::from(error));
        if last_fault.as_ref() != Some(&fault) {
            log::warn!("{fault}; trying again every {} s", RETRY_INTERVAL.as_secs());
            last_fault = Some(fault);
        }
        sleep(RETRY_INTERVAL).await;
    }
}

async fn connect(config: &FeedConfig) -> Result<UnixStream, FeedError> {
    UnixStream::connect(&config.socket)
        .await
        .map_err(|source| FeedError::Open { path: config.socket.clone(), source })
}

/// Reads a feed until it ends, and returns why.
async fn read(stream: UnixStream, config: &FeedConfig, state: &State) -> FeedError {
    match try_read(stream, config, state).await {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

async fn try_read(
    stream: UnixStream,
    config: &FeedConfig,
    state: &State,
) -> Result<std::convert::Infallible, FeedError> {
    let (mut from_device, mut to_device) = stream.into_split();
    let mut decoder = Decoder::default();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut viewers = state.viewers();
    // Whoever looks already is a change for a new connection.
    viewers.mark_changed();
    let mut is_subscribed = false;
    loop {
        tokio::select! {
            count = from_device.read(&mut chunk) => {
                let count = count?;
                if count == 0 {
                    return Err(FeedError::Ended);
                }
                decoder.push(&chunk[..count]);
                while let Some(packet) = decoder.take()? {
                    apply(packet, state);
                }
            }
            _ = viewers.changed() => {
                let is_wanted = *viewers.borrow_and_update() > 0;
                if is_wanted != is_subscribed {
                    is_subscribed = is_wanted;
                    to_device.write_all(&encode_line(&request(config, is_wanted))).await?;
                }
                if !is_wanted {
                    state.set_picture(None);
                }
            }
        }
    }
}

fn request(config: &FeedConfig, is_wanted: bool) -> Request {
    if is_wanted {
        Request::Subscribe {
            width: config.preview_width,
            frames_per_second: config.preview_frames_per_second,
        }
    } else {
        Request::Unsubscribe
    }
}

/// Changes the state by a message.
fn apply(packet: Packet, state: &State) {
    match packet.message {
        Message::Hello(hello) => {
            log::info!("the feed is that of {} ({})", hello.device_name, hello.device_id);
            state.change_device(|device| device.hello = Some(Arc::new(hello)));
        }
        Message::Event(event) => state.add_event(event),
        Message::Status(status) => {
            state.change_device(|device| device.status = Some(Arc::from(status)));
        }
        Message::Preview(preview) => {
            // A late preview would keep its picture in memory for nobody.
            if *state.viewers().borrow() > 0 {
                state.set_picture(Some(Picture { preview: *preview, jpeg: packet.jpeg }));
            }
        }
        Message::Refused { .. } | Message::Unknown => {}
    }
}
