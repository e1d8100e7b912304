//! One frame to one answer, each step timed.

use std::path::Path;
use std::time::{Duration, Instant};

use common::model::{Classifier, ModelError};
use common::prepare::{PrepareError, prepare};
use common::{Card, card::UnknownCard};
use image::RgbImage;

use crate::decide::Observation;
use crate::locate::{Corners, full_frame};

/// The model that comes with the program.
const DEFAULT_MODEL: &[u8] = include_bytes!("../../models/cardsight.onnx");

/// How [`DEFAULT_MODEL`] is called in messages.
const DEFAULT_MODEL_NAME: &str = "(compiled in)";

/// A frame that can't be recognised, or a model that can't do it.
#[derive(Debug, thiserror::Error)]
pub enum RecognizeError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    #[error("the model {path} has a class that is no card: {source}; edge names cards only")]
    NoCard { path: String, source: UnknownCard },
}

/// A model whose classes are cards.
#[derive(Debug)]
pub struct Recognizer {
    classifier: Classifier,
    /// By class index.
    cards: Vec<Card>,
}

/// What a frame shows, where, and what it cost to find out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recognition {
    pub observation: Observation,
    pub corners_in_frame: Corners,
    pub times: Times,
}

/// Time spent in each step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    pub locate: Duration,
    pub prepare: Duration,
    pub classify: Duration,
}

impl Times {
    /// All steps together.
    pub fn total(&self) -> Duration {
        self.locate + self.prepare + self.classify
    }
}

impl Recognizer {
    /// Loads a model file, or the model compiled in.
    ///
    /// # Errors
    /// The file can't be used, or has classes that are no cards.
    pub fn load(path: Option<&Path>) -> Result<Self, RecognizeError> {
        let (classifier, name) = match path {
            Some(path) => (Classifier::from_file(path)?, path.display().to_string()),
            None => (
                Classifier::from_bytes(DEFAULT_MODEL, DEFAULT_MODEL_NAME)?,
                DEFAULT_MODEL_NAME.to_owned(),
            ),
        };
        let names = classifier.info().classes.names().iter();
        let cards = names
            .map(|class| class.parse())
            .collect::<Result<_, _>>()
            .map_err(|source| RecognizeError::NoCard { path: name, source })?;
        Ok(Self { classifier, cards })
    }

    /// The model.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// Names the card in a frame, however doubtful: the confidence tells.
    ///
    /// # Errors
    /// The frame has no pixels, or the network fails.
    pub fn recognize(&self, frame: &RgbImage) -> Result<Recognition, RecognizeError> {
        let (corners_in_frame, locate) = timed(|| full_frame(frame.width(), frame.height()));
        let (input, prepare) = timed(|| prepare(frame, self.classifier.info().side));
        let input = input?;
        let (answer, classify) = timed(|| self.classifier.classify(input.as_raw()));
        let answer = answer?;
        let card = self.cards[answer.class];
        Ok(Recognition {
            observation: Observation { card, confidence: answer.confidence },
            corners_in_frame,
            times: Times { locate, prepare, classify },
        })
    }
}

fn timed<T>(step: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let result = step();
    (result, started.elapsed())
}
