//! An optional screen that shows each frame with the recognised cards. It is drawn on its
//! own thread, so that the pipeline never waits for it. A screen that is missing or lost
//! is opened again.
//!
//! - [`mod@compose`]: a view as an image
//! - [`settings`]: which screen is meant, and how it is turned
//! - [`choose`]: which of a system's screens the settings mean
//! - [`system`]: the screens of this machine
//! - [`card`]: connectors of graphics cards (DRM/KMS)
//! - [`framebuffer`]: Linux framebuffers, for systems without a graphics card of this kind
//! - [`layout`]: how the pixels of a screen lie in memory
//! - [`rotate`]: screens that are mounted at an angle
//! - [`report`]: what `cardsight doctor` reports
//! - `fake`: a screen without hardware, for tests

pub(crate) mod card;
mod choose;
pub(crate) mod compose;
#[cfg(any(test, feature = "testing"))]
pub mod fake;
pub(crate) mod framebuffer;
pub(crate) mod layout;
pub(crate) mod report;
pub(crate) mod rotate;
pub(crate) mod settings;
pub(crate) mod system;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use common::geometry::Size;
use image::{Rgb, RgbImage};

use crate::clock::Clock;
use crate::util::errno::ErrnoKind;
use crate::util::holders::holders;
use crate::util::latest::LatestSlot;
use crate::util::lock::lock;
use crate::util::reopen::Reopener;
pub(crate) use compose::View;
use compose::compose;

/// Between two attempts to open a screen.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// A device that images are drawn on.
pub trait Display {
    /// The size of the images that it shows.
    fn size(&self) -> Size;

    /// Shows an image, which must have the size of the display.
    ///
    /// # Errors
    /// The display can't be written.
    fn put(&mut self, image: &RgbImage) -> Result<(), ScreenError>;
}

/// Why a screen can't be drawn on, and what the user can do about it.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    #[error("there is no screen {path:?}; plug it in, or remove `screen` from the configuration")]
    Missing { path: PathBuf },
    #[error("screen {path:?}: permission denied; add the user to the group \"video\"")]
    Permission { path: PathBuf },
    #[error("screen {path:?} has disappeared; plug it in again")]
    Gone { path: PathBuf },
    #[error("{path:?} is not a framebuffer; choose one that `cardsight doctor` lists")]
    NotAFramebuffer { path: PathBuf },
    #[error("{path:?} has no connectors for screens; choose one that `cardsight doctor` lists")]
    NoConnectors { path: PathBuf },
    #[error("there is no connector {name}; the system has {present}")]
    NoConnector { name: String, present: String },
    #[error("no screen is plugged into {connectors}; plug one in and switch it on")]
    Unplugged {
        /// The connectors that were looked at, such as "HDMI-A-1 or HDMI-A-2".
        connectors: String,
    },
    #[error(
        "there is neither a graphics card (/dev/dri/card0) nor a framebuffer (/dev/fb0); load the \
         driver of the screen, or remove `screen` from the configuration"
    )]
    NoScreen,
    #[error(
        "{path:?} shows the images of {holder}; end it, as `sudo systemctl stop display-manager` \
         ends a desktop"
    )]
    Held { path: PathBuf, holder: String },
    #[error("screen {path:?} has a layout that cardsight can't draw on")]
    Layout { path: PathBuf, source: layout::LayoutError },
    #[error("screen {path:?} has failed")]
    Io { path: PathBuf, source: io::Error },
}

impl ScreenError {
    /// The error of a graphics card on which another program shows images.
    fn held(path: &Path) -> Self {
        let holders = holders(path);
        let holder = match holders.as_slice() {
            [] => "another program".to_owned(),
            holders => holders.join(" or "),
        };
        ScreenError::Held { path: path.to_owned(), holder }
    }

    /// The error of a screen on which a system call has failed.
    fn of_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match ErrnoKind::of(&source) {
            ErrnoKind::Missing => ScreenError::Missing { path },
            ErrnoKind::PermissionDenied => ScreenError::Permission { path },
            ErrnoKind::Gone => ScreenError::Gone { path },
            _ => ScreenError::Io { path, source },
        }
    }
}

/// A screen with its thread. While one view is drawn, at most one other waits; a newer
/// view replaces it.
#[derive(Debug)]
pub struct Screen {
    views: Arc<LatestSlot<View>>,
    /// Why the screen shows no image at present; the thread writes it.
    fault: Arc<Mutex<Option<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Screen {
    /// Starts the thread, which calls `open` as often as needed. The clock decides when.
    pub fn start<D: Display>(
        open: impl FnMut() -> Result<D, ScreenError> + Send + 'static,
        clock: impl Clock + Send + 'static,
    ) -> Self {
        let (views, fault) = (Arc::new(LatestSlot::default()), Arc::new(Mutex::new(None)));
        let (taken, written) = (Arc::clone(&views), Arc::clone(&fault));
        let thread = thread::spawn(move || {
            let mut painter = Painter::new(open);
            while let Some(view) = taken.take() {
                painter.paint(&view, clock.now());
                *lock(&written) = painter.fault().map(str::to_owned);
            }
        });
        Self { views, fault, thread: Some(thread) }
    }

    /// Shows a view as soon as the screen is free. Never waits.
    pub(crate) fn show(&self, view: View) {
        self.views.put(view);
    }

    /// Why the screen shows no image at present.
    pub(crate) fn fault(&self) -> Option<String> {
        lock(&self.fault).clone()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.views.close();
        if let Some(thread) = self.thread.take() {
            // The panic of a thread is already on stderr.
            let _ = thread.join();
        }
    }
}

/// Draws views on a display that may be missing or lost. When the painter is dropped, the
/// display becomes black.
struct Painter<D: Display, O> {
    display: Reopener<D, O>,
}

impl<D: Display, O: FnMut() -> Result<D, ScreenError>> Painter<D, O> {
    /// Does not open the display yet: the first view does.
    fn new(open: O) -> Self {
        Self { display: Reopener::new("the screen", RETRY_INTERVAL, open) }
    }

    /// Why there is no image at present.
    fn fault(&self) -> Option<&str> {
        self.display.fault()
    }

    fn paint(&mut self, view: &View, now: Duration) {
        self.display.attempt(now, |display| {
            let size = display.size();
            display.put(&compose(view, size))
        });
    }
}

impl<D: Display, O> Drop for Painter<D, O> {
    fn drop(&mut self) {
        if let Some(display) = self.display.device_mut() {
            let Size { width, height } = display.size();
            // A screen that has disappeared shows nothing anyway.
            let _ = display.put(&RgbImage::from_pixel(width, height, Rgb([0; 3])));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
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
    fn a_lost_screen_is_opened_again_when_it_returns() {
        let display = FakeDisplay::default();
        let opened = display.clone();
        let mut painter = Painter::new(move || opened.open());
        painter.paint(&view("one"), Duration::ZERO);
        assert_eq!((display.images().len(), painter.fault()), (1, None));
        display.set_lost(true);
        painter.paint(&view("two"), Duration::from_secs(1));
        assert!(painter.fault().is_some());
        display.set_lost(false);
        painter.paint(&view("three"), Duration::from_secs(2));
        assert_eq!(display.images().len(), 1, "too early");
        painter.paint(&view("four"), Duration::from_secs(6));
        assert_eq!((display.images().len(), painter.fault()), (2, None));
        drop(painter);
        assert!(display.images()[2].iter().all(|level| *level == 0), "black at the end");
    }

    #[test]
    fn a_waiting_view_is_replaced_by_a_newer_one() {
        let views = LatestSlot::default();
        views.put(view("old"));
        views.put(view("new"));
        assert_eq!(views.take().unwrap().text, "new");
        views.close();
        assert!(views.take().is_none());
    }

    #[test]
    fn dropping_a_screen_ends_its_thread() {
        let display = FakeDisplay::default();
        let opened = display.clone();
        let screen = Screen::start(move || opened.open(), SystemClock::start());
        screen.show(view("one"));
        drop(screen);
    }
}
