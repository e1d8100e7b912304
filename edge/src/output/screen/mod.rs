//! An optional screen: the frame with what was recognised. Drawn on a thread of its own:
//! the flow never waits for it, and a screen that is missing or lost is tried again.
//!
//! - [`mod@compose`]: a view as an image
//! - [`framebuffer`]: Linux framebuffers
//! - [`layout`]: how their pixels lie in memory
//! - [`fake`]: a screen that remembers
//!
//! The kernel's text console draws on the same screen; `vt.global_cursor_default=0` on
//! the kernel's command line keeps its cursor away.

pub mod compose;
pub mod fake;
pub mod framebuffer;
pub mod layout;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use common::error::one_line;
use image::{Rgb, RgbImage};

use crate::clock::{Clock, SystemClock};
use crate::output::draw::Mark;
use compose::compose;

/// Between two attempts to open a screen.
const RETRY: Duration = Duration::from_secs(5);

/// What to show.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Where there is one.
    pub frame: Option<RgbImage>,
    /// What to draw on it.
    pub marks: Vec<Mark>,
    /// The card's name, or the state.
    pub text: String,
    /// 0..1.
    pub confidence: Option<f32>,
    pub frames_per_second: f64,
    /// A card is named.
    pub is_named: bool,
    pub is_fault: bool,
}

/// Something to draw on.
pub trait Display {
    /// Width and height in pixels.
    fn size(&self) -> [u32; 2];

    /// Shows an image of that size.
    ///
    /// # Errors
    /// The screen is lost.
    fn put(&mut self, image: &RgbImage) -> Result<(), ScreenError>;
}

/// A screen that can't be drawn on, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    #[error("there is no screen {path:?}; plug it in, or leave `screen` out")]
    Missing { path: PathBuf },
    #[error("screen {path:?}: permission denied; add the user to the group \"video\"")]
    Permission { path: PathBuf },
    #[error("{path:?} is no framebuffer; `cardsight doctor` lists them")]
    NoScreen { path: PathBuf },
    #[error("screen {path:?} can't be drawn on: {source}")]
    Layout { path: PathBuf, source: layout::LayoutError },
    #[error("screen {path:?}: {source}")]
    Io { path: PathBuf, source: io::Error },
}

impl ScreenError {
    fn of_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => ScreenError::Missing { path },
            io::ErrorKind::PermissionDenied => ScreenError::Permission { path },
            _ => ScreenError::Io { path, source },
        }
    }
}

/// A screen with its thread. While one view is drawn, at most one waits; a newer one
/// takes its place.
#[derive(Debug)]
pub struct Screen {
    slot: Arc<Slot>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Slot {
    content: Mutex<Content>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Content {
    view: Option<View>,
    closed: bool,
    fault: Option<String>,
}

impl Screen {
    /// Starts the thread; `open` is called there, as often as needed.
    pub fn start<D: Display>(
        open: impl FnMut() -> Result<D, ScreenError> + Send + 'static,
    ) -> Self {
        let slot = Arc::new(Slot::default());
        let taken = Arc::clone(&slot);
        let thread = thread::spawn(move || {
            let clock = SystemClock::start();
            let mut painter = Painter::new(open);
            while let Some(view) = taken.take() {
                painter.paint(&view, clock.now());
                taken.lock().fault = painter.fault().map(str::to_owned);
            }
        });
        Self { slot, thread: Some(thread) }
    }

    /// Shows a view soon. Never waits.
    pub fn show(&self, view: View) {
        self.slot.lock().view = Some(view);
        self.slot.changed.notify_one();
    }

    /// Why there is no image at present.
    pub fn fault(&self) -> Option<String> {
        self.slot.lock().fault.clone()
    }
}

impl Slot {
    /// A thread that panicked with the lock left whole content behind.
    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a view; none when the screen is closed.
    fn take(&self) -> Option<View> {
        let idle = |content: &mut Content| content.view.is_none() && !content.closed;
        let waited = self.changed.wait_while(self.lock(), idle);
        let mut content = waited.unwrap_or_else(PoisonError::into_inner);
        if content.closed { None } else { content.view.take() }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.slot.lock().closed = true;
        self.slot.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so on stderr.
            let _ = thread.join();
        }
    }
}

/// Draws views on a display that may come and go. When it is dropped, the display is
/// black.
pub struct Painter<D: Display, O> {
    open: O,
    display: Option<D>,
    opens_at: Duration,
    fault: Option<String>,
}

impl<D: Display, O: FnMut() -> Result<D, ScreenError>> Painter<D, O> {
    /// Not opened yet.
    pub fn new(open: O) -> Self {
        Self { open, display: None, opens_at: Duration::ZERO, fault: None }
    }

    /// Why there is no image at present.
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Draws a view; fault is logged when it begins, changes or ends.
    pub fn paint(&mut self, view: &View, now: Duration) {
        if self.display.is_none() && now < self.opens_at {
            return;
        }
        match self.try_to_paint(view) {
            Ok(()) => {
                if self.fault.take().is_some() {
                    log::info!("the screen is there again");
                }
            }
            Err(error) => {
                let text = one_line(&error);
                if self.fault.as_ref() != Some(&text) {
                    log::warn!("{text}; it is tried again every {} s", RETRY.as_secs());
                }
                self.fault = Some(text);
                self.opens_at = now + RETRY;
            }
        }
    }

    fn try_to_paint(&mut self, view: &View) -> Result<(), ScreenError> {
        let mut display = match self.display.take() {
            Some(display) => display,
            None => (self.open)()?,
        };
        let [width, height] = display.size();
        display.put(&compose(view, width, height))?;
        self.display = Some(display);
        Ok(())
    }
}

impl<D: Display, O> Drop for Painter<D, O> {
    fn drop(&mut self) {
        if let Some(display) = &mut self.display {
            let [width, height] = display.size();
            // A screen that is gone shows nothing.
            let _ = display.put(&RgbImage::from_pixel(width, height, Rgb([0; 3])));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fake::FakeDisplay;

    fn view(text: &str) -> View {
        View {
            frame: None,
            marks: Vec::new(),
            text: text.into(),
            confidence: None,
            frames_per_second: 0.0,
            is_named: false,
            is_fault: false,
        }
    }

    #[test]
    fn a_lost_screen_is_tried_again_and_comes_back() {
        let display = FakeDisplay::default();
        let opened = display.clone();
        let mut painter = Painter::new(move || opened.open());
        painter.paint(&view("one"), Duration::ZERO);
        assert_eq!((display.images().len(), painter.fault()), (1, None));
        display.lose(true);
        painter.paint(&view("two"), Duration::from_secs(1));
        assert!(painter.fault().is_some());
        display.lose(false);
        painter.paint(&view("three"), Duration::from_secs(2));
        assert_eq!(display.images().len(), 1, "too early");
        painter.paint(&view("four"), Duration::from_secs(6));
        assert_eq!((display.images().len(), painter.fault()), (2, None));
        drop(painter);
        assert!(display.images()[2].iter().all(|level| *level == 0), "black at the end");
    }

    #[test]
    fn a_view_that_waits_is_replaced_by_a_newer_one() {
        let slot = Slot::default();
        slot.lock().view = Some(view("old"));
        slot.lock().view = Some(view("new"));
        assert_eq!(slot.take().unwrap().text, "new");
        slot.lock().closed = true;
        assert_eq!(slot.take(), None);
    }

    #[test]
    fn a_screen_ends_with_its_thread() {
        let display = FakeDisplay::default();
        let opened = display.clone();
        let screen = Screen::start(move || opened.open());
        screen.show(view("one"));
        drop(screen);
    }
}
