//! A screen without hardware, for tests.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use common::geometry::Size;
use image::RgbImage;
use rustix::io::Errno;

use crate::output::screen::{Display, ScreenError};
use crate::util::lock::lock;

/// A screen without hardware, which records the images. Clones stand for the same screen.
#[derive(Clone, Debug, Default)]
pub struct FakeDisplay {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    images: Vec<RgbImage>,
    is_lost: bool,
}

impl FakeDisplay {
    /// Opens the screen, as a driver does.
    ///
    /// # Errors
    /// The screen is lost.
    pub fn open(&self) -> Result<Self, ScreenError> {
        self.check().map(|()| self.clone())
    }

    /// From now on, the screen is lost or works again.
    pub fn set_lost(&self, is_lost: bool) {
        self.lock().is_lost = is_lost;
    }

    /// The images that were shown, oldest first.
    pub fn images(&self) -> Vec<RgbImage> {
        self.lock().images.clone()
    }

    fn check(&self) -> Result<(), ScreenError> {
        if self.lock().is_lost {
            return Err(ScreenError::of_io(Path::new("fake"), Errno::NODEV.into()));
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
    }
}

impl Display for FakeDisplay {
    fn size(&self) -> Size {
        Size::new(64, 48)
    }

    fn put(&mut self, image: &RgbImage) -> Result<(), ScreenError> {
        self.check()?;
        self.lock().images.push(image.clone());
        Ok(())
    }
}
