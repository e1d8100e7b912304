//! The name of the card in a prepared image.

use std::fmt;

use common::Card;
use common::card::UnknownCard;
use common::model::{Classifier, ModelError};
use image::RgbImage;

/// The answer to a prepared image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) card: Card,
    /// Calibrated probability, 0 to 1.
    pub(crate) confidence: f32,
}

/// Names the card in a prepared image. The product uses [`CardClassifier`]; tests use a script.
pub(crate) trait Classify: fmt::Debug + Send + Sync {
    /// Returns width and height of a prepared image.
    fn side(&self) -> u32;

    /// Returns the most likely card.
    ///
    /// # Errors
    /// The image has another size, or the network fails.
    fn answer(&self, input: &RgbImage) -> Result<Answer, ModelError>;
}

/// A classifier whose classes are cards.
#[derive(Debug)]
pub(crate) struct CardClassifier {
    pub(crate) classifier: Classifier,
    /// By class index.
    cards: Vec<Card>,
}

impl CardClassifier {
    /// Takes a classifier.
    ///
    /// # Errors
    /// A class is not a card.
    pub(crate) fn new(classifier: Classifier) -> Result<Self, UnknownCard> {
        let names = classifier.info().classes.names().iter();
        let cards = names.map(|class| class.parse()).collect::<Result<_, _>>()?;
        Ok(Self { classifier, cards })
    }
}

impl Classify for CardClassifier {
    fn side(&self) -> u32 {
        self.classifier.info().side
    }

    fn answer(&self, input: &RgbImage) -> Result<Answer, ModelError> {
        let answer = self.classifier.classify(input.as_raw())?;
        Ok(Answer { card: self.cards[answer.class], confidence: answer.confidence })
    }
}
