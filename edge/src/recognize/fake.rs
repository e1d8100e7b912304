//! A locator that finds what a test tells it.

use std::cell::RefCell;
use std::collections::VecDeque;

use common::Corners;
use common::model::ModelError;
use image::RgbImage;

use crate::recognize::locate::Locate;

/// Plays back what it finds, frame after frame; then it finds nothing.
#[derive(Debug)]
pub struct ScriptedLocator {
    frames: RefCell<VecDeque<Vec<Corners>>>,
}

impl ScriptedLocator {
    /// Will find these outlines in each frame in turn.
    pub fn new(frames: impl IntoIterator<Item = Vec<Corners>>) -> Self {
        Self { frames: RefCell::new(frames.into_iter().collect()) }
    }
}

impl Locate for ScriptedLocator {
    fn locate(&self, _frame: &RgbImage) -> Result<Vec<Corners>, ModelError> {
        Ok(self.frames.borrow_mut().pop_front().unwrap_or_default())
    }
}
