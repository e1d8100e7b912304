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

/// How many times less likely a card is where the detector sees hardly a sign of one. Chosen on
/// photographs and on pictures without a card.
const DOUBT: f32 = 4.0;

impl Answer {
    /// Returns the answer for a place where the detector sees hardly a sign of a card: the odds of
    /// the name are lower.
    pub(crate) fn in_doubt(self) -> Self {
        let Self { card, confidence } = self;
        Self { card, confidence: confidence / (confidence + DOUBT * (1.0 - confidence)) }
    }
}

/// Names the card in a prepared image. The product uses [`CardClassifier`]; tests use a script.
pub(crate) trait Classify: fmt::Debug + Send + Sync {
    /// Returns width and height of a prepared image.
    fn side(&self) -> u32;

    /// Returns the card of a class.
    fn card(&self, class: usize) -> Card;

    /// Returns the logarithm of the calibrated probability of each class, up to a constant: the
    /// logits, divided by the temperature. Their size also shows how well an image fits at all, so
    /// that the scores of several images may be compared.
    ///
    /// # Errors
    /// The image has another size, or the network fails.
    fn scores(&self, input: &RgbImage) -> Result<Vec<f32>, ModelError>;
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

    fn card(&self, class: usize) -> Card {
        self.cards[class]
    }

    fn scores(&self, input: &RgbImage) -> Result<Vec<f32>, ModelError> {
        let mut scores = self.classifier.logits(input.as_raw())?;
        let temperature = self.classifier.info().temperature;
        scores.iter_mut().for_each(|score| *score /= temperature);
        Ok(scores)
    }
}
