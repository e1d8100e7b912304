//! Networks for tests: a locator that follows a script, and a locator and a classifier for cards
//! that are drawn as plain rectangles.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use common::locate::DetectedCard;
use common::model::ModelError;
use common::prepare::ImagePart;
use common::{Card, Quad, Size};
use image::RgbImage;

use crate::recognize::classify::Classify;
use crate::recognize::locate::Locate;
use crate::util::lock::lock;

/// Returns the scripted outlines, detection after detection, and afterwards none. It has nothing
/// to refine.
#[derive(Debug)]
pub(crate) struct ScriptedLocator {
    frames: Mutex<VecDeque<Vec<Quad>>>,
}

impl ScriptedLocator {
    /// Creates a locator that finds one list of outlines in each frame.
    pub(crate) fn new(frames: impl IntoIterator<Item = Vec<Quad>>) -> Self {
        Self { frames: Mutex::new(frames.into_iter().collect()) }
    }
}

impl Locate for ScriptedLocator {
    fn input_size(&self, frame: Size) -> Size {
        frame
    }

    fn detect(&self, _input: &RgbImage, _frame: Size) -> Result<Vec<DetectedCard>, ModelError> {
        Ok(certain(lock(&self.frames).pop_front().unwrap_or_default()))
    }

    fn detect_in_part(
        &self,
        _frame: &RgbImage,
        _part: ImagePart,
    ) -> Result<Vec<DetectedCard>, ModelError> {
        Ok(Vec::new())
    }

    fn refine(&self, _frame: &RgbImage, outline_in_frame: Quad) -> Result<Quad, ModelError> {
        Ok(outline_in_frame)
    }
}

/// Returns detections that leave no doubt.
fn certain(outlines: Vec<Quad>) -> Vec<DetectedCard> {
    let detected = |corners_in_frame: Quad| DetectedCard {
        corners_in_frame,
        visible_middle_in_frame: corners_in_frame.centre(),
        score: 1.0,
    };
    outlines.into_iter().map(detected).collect()
}

/// Finds the outlines that a test puts into it.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlacedOutlines {
    outlines: Arc<Mutex<Vec<Quad>>>,
}

impl PlacedOutlines {
    /// Finds these outlines from now on.
    pub(crate) fn place(&self, outlines: Vec<Quad>) {
        *lock(&self.outlines) = outlines;
    }
}

impl Locate for PlacedOutlines {
    fn input_size(&self, frame: Size) -> Size {
        frame
    }

    fn detect(&self, _input: &RgbImage, _frame: Size) -> Result<Vec<DetectedCard>, ModelError> {
        Ok(certain(lock(&self.outlines).clone()))
    }

    fn detect_in_part(
        &self,
        _frame: &RgbImage,
        _part: ImagePart,
    ) -> Result<Vec<DetectedCard>, ModelError> {
        Ok(certain(lock(&self.outlines).clone()))
    }

    fn refine(&self, _frame: &RgbImage, outline_in_frame: Quad) -> Result<Quad, ModelError> {
        Ok(outline_in_frame)
    }
}

/// Reads the card from the red level and the confidence from the green level in the middle of
/// its input; see [`level_of`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct LevelClassifier;

/// Returns the level that [`LevelClassifier`] reads as a card. The levels of neighbours in the
/// deck differ by so little that they look the same.
pub(crate) fn level_of(card: Card) -> u8 {
    let number = Card::all().position(|other| other == card).unwrap_or_default();
    100 + 2 * number as u8
}

impl Classify for LevelClassifier {
    fn side(&self) -> u32 {
        32
    }

    fn card(&self, class: usize) -> Card {
        Card::all().nth(class).unwrap_or(Card::Joker)
    }

    fn scores(&self, input: &RgbImage) -> Result<Vec<f32>, ModelError> {
        let [red, green, _] = input.get_pixel(16, 16).0;
        let mut scores = vec![0.0; Card::all().count()];
        let class = usize::from(red.saturating_sub(100) / 2).min(scores.len() - 1);
        let confidence = f32::from(green).clamp(5.0, 250.0) / 255.0;
        // The softmax of these scores is `confidence` for the class.
        scores[class] = ((scores.len() - 1) as f32 * confidence / (1.0 - confidence)).ln();
        Ok(scores)
    }
}
