//! The recognizer: classifier, and in auto mode locator, at work on a frame.

use std::borrow::Cow;
use std::path::Path;
use std::time::{Duration, Instant};

use common::model::file::read_bytes;
use common::model::{Classifier, Engine, Locator, ModelError, SelfTestOutcome};
use common::prepare::prepare;
use common::rectify::rectify;
use common::{Card, Quad, Size};
use image::RgbImage;
use sha2::{Digest as _, Sha256};

use crate::decide::{Mode, Observation};
use crate::recognize::locate::{Locate, full_frame};
use crate::recognize::visible::{clamp_to_frame, visible_share};
use crate::recognize::{ModelFiles, ModelId, Recognition, RecognizeError, StageDurations};

/// The classifier that is compiled in.
const DEFAULT_CLASSIFIER: &[u8] = include_bytes!("../../../models/cardsight.onnx");

/// The locator that is compiled in.
const DEFAULT_LOCATOR: &[u8] = include_bytes!("../../../models/locator.onnx");

/// The name of [`DEFAULT_CLASSIFIER`] and [`DEFAULT_LOCATOR`] in messages.
const DEFAULT_NAME: &str = "(compiled in)";

/// The largest number of outlines that are classified in a frame; the most certain ones are
/// kept. Each costs one run of the network, and a table that seems full of cards must not
/// delay the next watchdog notification by seconds.
const MAX_OBSERVATIONS: usize = 16;

/// Recognises cards in frames. The classes of its classifier are cards.
#[derive(Debug)]
pub struct Recognizer {
    classifier: Classifier,
    /// By class index.
    cards: Vec<Card>,
    id: ModelId,
    /// Finds cards anywhere in auto mode. In full-frame mode there is none.
    locator: Option<Box<dyn Locate>>,
    accept_threshold: f32,
    engine: Engine,
}

impl Recognizer {
    /// Loads the networks and compares their answers to the self-tests in their files.
    ///
    /// # Errors
    /// See [`Recognizer::load_and_test`] and [`Recognizer::in_mode`].
    pub(crate) fn open_and_test(files: &ModelFiles) -> Result<Self, RecognizeError> {
        let recognizer = Self::load_for_engine(files.classifier.as_deref(), files.engine)?;
        recognizer.test_classifier()?;
        if files.mode == Mode::Full {
            return Ok(recognizer);
        }
        let locator = load_locator(files.locator.as_deref(), files.engine)?;
        let name = files.locator.as_ref().map(|path| path.display().to_string());
        warn_if_not_stored(locator.self_test()?, name.as_deref().unwrap_or(DEFAULT_NAME));
        Ok(recognizer.with_network(locator))
    }

    /// Loads the networks without their self-tests.
    ///
    /// # Errors
    /// See [`Recognizer::load`] and [`Recognizer::in_mode`].
    pub(crate) fn open(files: &ModelFiles) -> Result<Self, RecognizeError> {
        Self::load_for_engine(files.classifier.as_deref(), files.engine)?
            .in_mode(files.mode, files.locator.as_deref())
    }

    /// Loads a classifier from a file, or the one that is compiled in, in full-frame mode and for
    /// the default engine.
    ///
    /// # Errors
    /// The file cannot be used, or has a class that is not a card.
    pub fn load(path: Option<&Path>) -> Result<Self, RecognizeError> {
        Self::load_for_engine(path, Engine::default())
    }

    fn load_for_engine(path: Option<&Path>, engine: Engine) -> Result<Self, RecognizeError> {
        let (bytes, name) = match path {
            Some(path) => (Cow::from(read_bytes(path)?), path.display().to_string()),
            None => (Cow::from(DEFAULT_CLASSIFIER), DEFAULT_NAME.to_owned()),
        };
        let classifier = Classifier::with_engine(&bytes, &name, engine)?;
        let names = classifier.info().classes.names().iter();
        let cards = names
            .map(|class| class.parse())
            .collect::<Result<_, _>>()
            .map_err(|reason| RecognizeError::NotACard { path: name.clone(), reason })?;
        let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let accept_threshold = classifier.info().accept_threshold;
        let id = ModelId { name, sha256 };
        Ok(Self { classifier, cards, id, locator: None, accept_threshold, engine })
    }

    /// Loads a classifier as [`Recognizer::load`] does and runs its self-test.
    ///
    /// # Errors
    /// As [`Recognizer::load`]; the network fails; or its answer differs from the answer at
    /// the time of the export.
    pub fn load_and_test(path: Option<&Path>) -> Result<Self, RecognizeError> {
        let recognizer = Self::load(path)?;
        recognizer.test_classifier()?;
        Ok(recognizer)
    }

    fn test_classifier(&self) -> Result<(), RecognizeError> {
        warn_if_not_stored(self.classifier.self_test()?, &self.id.name);
        Ok(())
    }

    /// Returns the identity of the classifier.
    pub fn id(&self) -> &ModelId {
        &self.id
    }

    /// Returns the classifier.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// Returns the accept threshold, 0 to 1: the least confidence at which an answer is shown.
    /// In auto mode this is the higher one of the thresholds of both networks.
    pub fn accept_threshold(&self) -> f32 {
        self.accept_threshold
    }

    /// Changes a recognizer in full-frame mode to this mode. Auto mode loads a locator from a
    /// file, or the one that is compiled in.
    ///
    /// # Errors
    /// The file of the locator cannot be used.
    pub fn in_mode(self, mode: Mode, locator: Option<&Path>) -> Result<Self, RecognizeError> {
        if mode == Mode::Full {
            return Ok(self);
        }
        let locator = load_locator(locator, self.engine)?;
        Ok(self.with_network(locator))
    }

    fn with_network(self, locator: Locator) -> Self {
        let accept_threshold = self.accept_threshold.max(locator.info().accept_threshold);
        Self { accept_threshold, ..self.with_locator(Box::new(locator)) }
    }

    /// Changes a recognizer to auto mode with this locator.
    pub(crate) fn with_locator(self, locator: Box<dyn Locate>) -> Self {
        Self { locator: Some(locator), ..self }
    }

    /// Returns how cards are found.
    pub fn mode(&self) -> Mode {
        if self.locator.is_some() { Mode::Auto } else { Mode::Full }
    }

    /// Names the cards in a frame, whatever the confidence. Full-frame mode names the card in
    /// the middle. So does auto mode if it does not find a card that it can name with the
    /// confidence of the accept threshold.
    ///
    /// # Errors
    /// The frame has no pixels, or a network fails.
    pub fn recognize(&self, frame: &RgbImage) -> Result<Recognition, RecognizeError> {
        match &self.locator {
            None => self.recognize_middle(frame),
            Some(locator) => self.recognize_anywhere(frame, locator.as_ref()),
        }
    }

    fn recognize_middle(&self, frame: &RgbImage) -> Result<Recognition, RecognizeError> {
        let (corners_in_frame, locate) = timed(|| full_frame(Size::of_image(frame)));
        let (input, prepare) = timed(|| prepare(frame, self.classifier.info().side));
        let input = input?;
        let (observation, classify) = timed(|| self.classify(&input, corners_in_frame));
        let durations = StageDurations { locate, prepare, classify };
        Ok(Recognition { observations: vec![observation?], durations })
    }

    fn recognize_anywhere(
        &self,
        frame: &RgbImage,
        locator: &dyn Locate,
    ) -> Result<Recognition, RecognizeError> {
        let (located, locate) = timed(|| locator.locate(frame));
        let mut durations = StageDurations { locate, ..StageDurations::default() };
        let mut observations = Vec::new();
        for corners_in_frame in located?.into_iter().take(MAX_OBSERVATIONS) {
            let (observation, stages) = self.read_card(frame, corners_in_frame)?;
            durations = durations + stages;
            observations.push(observation);
        }
        if !observations.iter().any(|observation| self.is_accepted(observation)) {
            // A card may fill the frame, so that none of its edges is visible.
            let middle = self.recognize_middle(frame)?;
            durations = durations + middle.durations;
            let is_better =
                middle.observations.iter().any(|observation| self.is_accepted(observation));
            if observations.is_empty() || is_better {
                observations = middle.observations;
            }
        }
        Ok(Recognition { observations, durations })
    }

    /// Names the card in an outline.
    fn read_card(
        &self,
        frame: &RgbImage,
        corners_in_frame: Quad,
    ) -> Result<(Observation, StageDurations), RecognizeError> {
        let side = self.classifier.info().side;
        let (input, prepare) = timed(|| rectify(frame, corners_in_frame, side));
        let (observation, classify) = timed(|| self.classify(&input, corners_in_frame));
        let observation = observation?;
        // The part of a card outside the frame cannot have been read.
        let confidence =
            observation.confidence * visible_share(Size::of_image(frame), corners_in_frame);
        let corners_in_frame = clamp_to_frame(Size::of_image(frame), corners_in_frame);
        let durations = StageDurations { locate: Duration::ZERO, prepare, classify };
        Ok((Observation { confidence, corners_in_frame, ..observation }, durations))
    }

    fn classify(
        &self,
        input: &RgbImage,
        corners_in_frame: Quad,
    ) -> Result<Observation, ModelError> {
        let answer = self.classifier.classify(input.as_raw())?;
        let card = self.cards[answer.class];
        Ok(Observation { card, confidence: answer.confidence, corners_in_frame })
    }

    fn is_accepted(&self, observation: &Observation) -> bool {
        observation.confidence >= self.accept_threshold
    }
}

/// Loads a locator from a file, or the one that is compiled in.
fn load_locator(path: Option<&Path>, engine: Engine) -> Result<Locator, ModelError> {
    match path {
        Some(path) => Locator::with_engine(&read_bytes(path)?, &path.display().to_string(), engine),
        None => Locator::with_engine(DEFAULT_LOCATOR, DEFAULT_NAME, engine),
    }
}

fn warn_if_not_stored(outcome: SelfTestOutcome, name: &str) {
    if outcome == SelfTestOutcome::NotStored {
        log::warn!(
            "the model file {name} stores no self-test, so its answers can't be checked; export \
             it again"
        );
    }
}

fn timed<T>(stage: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let result = stage();
    (result, started.elapsed())
}

#[cfg(test)]
mod tests;
