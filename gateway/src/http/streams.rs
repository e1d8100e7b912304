//! Streams without end: pictures as MJPEG, and events for the script (server-sent events).

use std::sync::Arc;
use std::time::Duration;

use feed::Preview;
use hyper::StatusCode;
use hyper::body::Bytes;
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc::{self, Sender};
use tokio::task::spawn_local;
use tokio::time::{Instant, interval};

use crate::http::body::{Answer, AnswerBody, answer, text};
use crate::state::{DeviceState, Picture, State};

/// Pages that are open at the same time: each has two streams.
const MOST_VIEWERS: usize = 16;

/// Between two comments in a stream of events without events, so that a closed page is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Between the parts of the stream of pictures.
const BOUNDARY: &str = "\r\n--picture\r\n";

/// What the script gets of a preview: everything but the image.
#[derive(Serialize)]
struct PictureData<'a> {
    preview: &'a Preview,
}

/// Returns the stream of pictures. A slow browser gets fewer of them.
pub(super) fn pictures(state: &Arc<State>) -> Answer {
    if *state.viewers().borrow() >= MOST_VIEWERS {
        return text(StatusCode::SERVICE_UNAVAILABLE, "Too many pages are open; close one.\n");
    }
    let (parts, body) = mpsc::channel(1);
    let state = Arc::clone(state);
    spawn_local(async move {
        let viewer = state.view();
        send_pictures(&state, &parts).await;
        drop(viewer);
    });
    let content_type = "multipart/x-mixed-replace; boundary=picture";
    answer(StatusCode::OK, content_type, AnswerBody::Stream(body))
}

/// Sends pictures until the browser has gone.
async fn send_pictures(state: &State, parts: &Sender<Bytes>) {
    let mut pictures = state.picture();
    pictures.mark_changed();
    let mut is_open = parts.send(Bytes::from_static(BOUNDARY.as_bytes())).await.is_ok();
    while is_open {
        tokio::select! {
            // The page may be closed while there is no picture.
            () = parts.closed() => return,
            changed = pictures.changed() => {
                if changed.is_err() {
                    return;
                }
            }
        }
        let picture = pictures.borrow_and_update().clone();
        if let Some(picture) = picture {
            is_open = parts.send(part(&picture)).await.is_ok();
        }
    }
}

/// A picture with the boundary after it, by which browsers know at once that it is complete.
fn part(picture: &Picture) -> Bytes {
    let length = picture.jpeg.len();
    let head = format!("Content-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), &picture.jpeg, BOUNDARY.as_bytes()].concat().into()
}

/// Returns the stream of events, which begins with everything that is known.
pub(super) fn events(state: &Arc<State>) -> Answer {
    let (parts, body) = mpsc::channel(4);
    let state = Arc::clone(state);
    spawn_local(async move {
        let _ = send_events(&state, &parts).await;
    });
    answer(StatusCode::OK, "text/event-stream", AnswerBody::Stream(body))
}

/// The browser has gone.
struct Gone;

/// Sends what changes until the browser has gone.
async fn send_events(state: &State, parts: &Sender<Bytes>) -> Result<(), Gone> {
    let (mut device, mut pictures) = (state.device(), state.picture());
    let mut events = state.events();
    send(parts, "device", &device_data(&device.borrow_and_update().clone())).await?;
    for event in state.recent_events() {
        send(parts, "change", &*event).await?;
    }
    let mut heartbeat = interval(HEARTBEAT);
    heartbeat.reset_at(Instant::now() + HEARTBEAT);
    loop {
        tokio::select! {
            () = parts.closed() => return Err(Gone),
            _ = heartbeat.tick() => {
                parts.send(Bytes::from_static(b":\n\n")).await.map_err(|_| Gone)?;
            }
            event = events.recv() => match event {
                Ok(event) => send(parts, "change", &*event).await?,
                // The page shows the newest ones anyway.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Ok(()),
            },
            Ok(()) = device.changed() => {
                let data = device_data(&device.borrow_and_update().clone());
                send(parts, "device", &data).await?;
            }
            Ok(()) = pictures.changed() => {
                let picture = pictures.borrow_and_update().clone();
                if let Some(picture) = picture {
                    send(parts, "picture", &PictureData { preview: &picture.preview }).await?;
                }
            }
        }
    }
}

/// What the script gets of the device.
fn device_data(device: &DeviceState) -> serde_json::Value {
    serde_json::json!({
        "connected": device.is_connected,
        "hello": device.hello.as_deref(),
        "status": device.status.as_ref().map(|message| &message.status),
        "leds": device.status.as_ref().map(|message| &message.leds),
        "resident_bytes": device.status.as_ref().and_then(|message| message.counters.resident_bytes),
    })
}

async fn send(parts: &Sender<Bytes>, name: &str, data: &impl Serialize) -> Result<(), Gone> {
    let data = serde_json::to_string(data).map_err(|_| Gone)?;
    let event = format!("event: {name}\ndata: {data}\n\n");
    parts.send(event.into()).await.map_err(|_| Gone)
}
