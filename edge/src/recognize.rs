//! One frame to one answer, each step timed.

use std::borrow::Cow;
use std::path::Path;
use std::time::{Duration, Instant};

use common::model::file::read_bytes;
use common::model::{Classifier, ModelError, self_test};
use common::prepare::{PrepareError, prepare};
use common::{Card, Corners, card::UnknownCard};
use image::RgbImage;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::decide::Observation;
use crate::locate::full_frame;

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
    id: ModelId,
}

/// A model file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelId {
    /// Its path, or that it is compiled in.
    pub name: String,
    /// Of its bytes, in hexadecimal.
    pub sha256: String,
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
        let (bytes, name) = match path {
            Some(path) => (Cow::from(read_bytes(path)?), path.display().to_string()),
            None => (Cow::from(DEFAULT_MODEL), DEFAULT_MODEL_NAME.to_owned()),
        };
        let classifier = Classifier::from_bytes(&bytes, &name)?;
        let names = classifier.info().classes.names().iter();
        let cards = names
            .map(|class| class.parse())
            .collect::<Result<_, _>>()
            .map_err(|source| RecognizeError::NoCard { path: name.clone(), source })?;
        let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { classifier, cards, id: ModelId { name, sha256 } })
    }

    /// As [`Recognizer::load`], and lets the network name the picture of the self-test.
    ///
    /// # Errors
    /// As [`Recognizer::load`], or the network fails, or answers otherwise than where it
    /// was exported.
    pub fn load_and_test(path: Option<&Path>) -> Result<Self, RecognizeError> {
        let recognizer = Self::load(path)?;
        let name = &recognizer.id.name;
        let found = self_test::answer(&recognizer.classifier, name)?;
        if let Some(wanted) = &recognizer.classifier.info().self_test {
            wanted.check(&found, name)?;
        }
        Ok(recognizer)
    }

    /// Which model it is.
    pub fn id(&self) -> &ModelId {
        &self.id
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_model_passes_its_self_test() {
        let recognizer = Recognizer::load_and_test(None).unwrap();
        let wanted = recognizer.classifier().info().self_test.as_ref().unwrap();
        assert_eq!(wanted.class, "ace of spades");
    }

    #[test]
    fn a_model_that_answers_otherwise_than_where_it_was_exported_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.onnx");
        let wanted = b"0.992 ace of spades";
        let at = DEFAULT_MODEL.windows(wanted.len()).position(|bytes| bytes == wanted).unwrap();
        let mut bytes = DEFAULT_MODEL.to_vec();
        bytes[at..at + wanted.len()].copy_from_slice(b"0.992 two of spades");
        std::fs::write(&path, bytes).unwrap();
        assert!(Recognizer::load(Some(&path)).is_ok());
        let error = Recognizer::load_and_test(Some(&path)).err().unwrap().to_string();
        assert!(error.contains("fails its self-test"), "{error}");
    }
}
