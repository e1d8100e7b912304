//! A locator for tests that follows a script.

use std::cell::RefCell;
use std::collections::VecDeque;

use common::Quad;
use common::model::ModelError;
use image::RgbImage;

use crate::recognize::locate::Locate;

/// Returns the scripted outlines, frame after frame, and afterwards none.
#[derive(Debug)]
pub(crate) struct ScriptedLocator {
    frames: RefCell<VecDeque<Vec<Quad>>>,
}

impl ScriptedLocator {
    /// Creates a locator that finds one list of outlines in each frame.
    pub(crate) fn new(frames: impl IntoIterator<Item = Vec<Quad>>) -> Self {
        Self { frames: RefCell::new(frames.into_iter().collect()) }
    }
}

impl Locate for ScriptedLocator {
    fn locate(&self, _frame: &RgbImage) -> Result<Vec<Quad>, ModelError> {
        Ok(self.frames.borrow_mut().pop_front().unwrap_or_default())
    }
}
