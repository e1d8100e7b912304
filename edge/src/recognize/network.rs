//! The network that finds cards.

use common::Corners;
use common::model::{Locator, ModelError};
use image::RgbImage;

use crate::recognize::locate::Locate;

impl Locate for Locator {
    fn locate(&self, frame: &RgbImage) -> Result<Vec<Corners>, ModelError> {
        Locator::locate(self, frame)
    }
}
