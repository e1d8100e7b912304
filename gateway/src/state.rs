//! What is known of the device at present, and who waits for changes of it.
//!
//! The feed task changes the state, and the outputs subscribe to it. A slow output costs itself values,
//! and never time of anybody else: watch channels hold the newest value only, and an output that is
//! late for [`EVENT_BACKLOG`] events is informed that it has missed some.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use feed::{Event, Hello, Preview, StatusMessage};
use tokio::sync::{broadcast, watch};

/// Events that an output may be late.
pub const EVENT_BACKLOG: usize = 1024;

/// Events that a page shows when it is opened.
pub const RECENT_EVENTS: usize = 50;

/// The newest of everything, and the channels of its changes.
#[derive(Debug)]
pub struct State {
    device: watch::Sender<DeviceState>,
    events: broadcast::Sender<Arc<Event>>,
    recent: Mutex<VecDeque<Arc<Event>>>,
    picture: watch::Sender<Option<Arc<Picture>>>,
    viewers: watch::Sender<usize>,
    mqtt: watch::Sender<Option<bool>>,
}

/// What the device has said of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceState {
    /// Whether the feed is open.
    pub is_connected: bool,
    /// The latest greeting. It stays when the connection ends.
    pub hello: Option<Arc<Hello>>,
    /// The latest status of this connection.
    pub status: Option<Arc<StatusMessage>>,
}

/// A preview with its JPEG image.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub preview: Preview,
    pub jpeg: Vec<u8>,
}

/// Somebody who looks at pictures. While there is one, the feed is asked for them.
#[derive(Debug)]
pub struct Viewer<'a> {
    viewers: &'a watch::Sender<usize>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            device: watch::Sender::default(),
            events: broadcast::Sender::new(EVENT_BACKLOG),
            recent: Mutex::default(),
            picture: watch::Sender::default(),
            viewers: watch::Sender::default(),
            mqtt: watch::Sender::default(),
        }
    }
}

impl State {
    /// The state of the device, and its changes.
    pub fn device(&self) -> watch::Receiver<DeviceState> {
        self.device.subscribe()
    }

    /// The events from now on.
    pub fn events(&self) -> broadcast::Receiver<Arc<Event>> {
        self.events.subscribe()
    }

    /// The last [`RECENT_EVENTS`] events, the oldest one first.
    pub fn recent_events(&self) -> Vec<Arc<Event>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// The newest picture, and its changes. Only a [`Viewer`] makes the device send any.
    pub fn picture(&self) -> watch::Receiver<Option<Arc<Picture>>> {
        self.picture.subscribe()
    }

    /// Registers somebody who looks at pictures, until the viewer is dropped.
    pub fn view(&self) -> Viewer<'_> {
        self.viewers.send_modify(|count| *count += 1);
        Viewer { viewers: &self.viewers }
    }

    /// The number of viewers, and its changes.
    pub fn viewers(&self) -> watch::Receiver<usize> {
        self.viewers.subscribe()
    }

    /// Whether MQTT is connected; nothing if it is not configured.
    pub fn mqtt(&self) -> Option<bool> {
        *self.mqtt.borrow()
    }

    /// Records whether MQTT is connected.
    pub fn set_mqtt(&self, is_connected: bool) {
        self.mqtt.send_replace(Some(is_connected));
    }

    /// Records what the device has said of itself.
    pub fn change_device(&self, change: impl FnOnce(&mut DeviceState)) {
        self.device.send_modify(change);
    }

    /// Passes an event on.
    pub fn add_event(&self, event: Event) {
        let event = Arc::new(event);
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() == RECENT_EVENTS {
            recent.pop_front();
        }
        recent.push_back(Arc::clone(&event));
        drop(recent);
        // Nobody may be listening.
        let _ = self.events.send(event);
    }

    /// Passes a picture on, or records that there is none at present.
    pub fn set_picture(&self, picture: Option<Picture>) {
        self.picture.send_replace(picture.map(Arc::new));
    }
}

impl Drop for Viewer<'_> {
    fn drop(&mut self) {
        self.viewers.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use feed::StateEvent;

    use super::*;

    fn event(number: usize) -> Event {
        let (time, state) = (number.to_string(), "searching".into());
        Event::State(StateEvent { time, state, card: None, confidence: None })
    }

    #[test]
    fn the_last_events_are_kept_and_a_late_output_is_informed() {
        let state = State::default();
        let mut late = state.events();
        for number in 0..EVENT_BACKLOG + 2 {
            state.add_event(event(number));
        }
        let recent = state.recent_events();
        assert_eq!(recent.len(), RECENT_EVENTS);
        assert_eq!(*recent[RECENT_EVENTS - 1], event(EVENT_BACKLOG + 1));
        assert_eq!(late.try_recv(), Err(broadcast::error::TryRecvError::Lagged(2)));
        assert_eq!(*late.try_recv().unwrap(), event(2));
    }

    #[test]
    fn viewers_are_counted_until_they_are_gone() {
        let state = State::default();
        let viewers = state.viewers();
        let (first, second) = (state.view(), state.view());
        assert_eq!(*viewers.borrow(), 2);
        drop((first, second));
        assert_eq!(*viewers.borrow(), 0);
    }
}
