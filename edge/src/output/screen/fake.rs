//! A screen that remembers what was shown.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use image::RgbImage;

use crate::output::screen::{Display, ScreenError};

/// A screen without hardware. Clones are the same screen.
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
    /// Opens it, as a driver would.
    ///
    /// # Errors
    /// It is lost.
    pub fn open(&self) -> Result<Self, ScreenError> {
        self.check().map(|()| self.clone())
    }

    /// From now on it is lost, or there again.
    pub fn lose(&self, is_lost: bool) {
        self.lock().is_lost = is_lost;
    }

    /// What was shown, oldest first.
    pub fn images(&self) -> Vec<RgbImage> {
        self.lock().images.clone()
    }

    fn check(&self) -> Result<(), ScreenError> {
        match self.lock().is_lost {
            true => Err(ScreenError::of_io(Path::new("fake"), io::Error::from_raw_os_error(19))),
            false => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Display for FakeDisplay {
    fn size(&self) -> [u32; 2] {
        [64, 48]
    }

    fn put(&mut self, image: &RgbImage) -> Result<(), ScreenError> {
        self.check()?;
        self.lock().images.push(image.clone());
        Ok(())
    }
}
