//! The recognizer: classifier, and in auto mode locator, loaded from their files.

use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use common::catch::catch_quietly;
use common::model::file::{ModelFile, read_bytes};
use common::model::{
    Classifier, Engine, Locator, ModelError, ModelErrorKind, ModelInfo, SelfTestOutcome,
};
use sha2::{Digest as _, Sha256};

use crate::decide::{KnownCards, Mode};
use crate::recognize::classify::CardClassifier;
use crate::recognize::locate::Locate;
use crate::recognize::pixels::FramePixels;
use crate::recognize::reader::FrameReader;
use crate::recognize::{FrameMemory, ModelFiles, ModelId, Recognition, RecognizeError};
use crate::source::{FirstLook, FrameImage};
use crate::util::parallel::Workers;

/// The classifier that is compiled in.
const DEFAULT_CLASSIFIER: &[u8] = include_bytes!("../../../models/cardsight.onnx");

/// The locator that is compiled in.
const DEFAULT_LOCATOR: &[u8] = include_bytes!("../../../models/locator.onnx");

/// The name of [`DEFAULT_CLASSIFIER`] and [`DEFAULT_LOCATOR`] in messages.
const DEFAULT_NAME: &str = "(compiled in)";

/// Recognises cards in frames. The classes of its classifier are cards.
#[derive(Debug)]
pub struct Recognizer {
    classifier: CardClassifier,
    id: ModelId,
    /// Finds cards anywhere in auto mode. In full-frame mode there is none.
    locator: Option<Box<dyn Locate>>,
    accept_threshold: f32,
    engine: Engine,
    workers: Workers,
}

impl Recognizer {
    /// Loads the networks and compares their answers to the self-tests in their files.
    ///
    /// # Errors
    /// See [`Recognizer::load_and_test`] and [`Recognizer::in_mode`].
    pub(crate) fn open_and_test(files: &ModelFiles) -> Result<Self, RecognizeError> {
        let recognizer = Self::load_classifier(files)?;
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
        Self::load_classifier(files)?.in_mode(files.mode, files.locator.as_deref())
    }

    /// Loads the classifier, and notices if the locator was named in its place.
    fn load_classifier(files: &ModelFiles) -> Result<Self, RecognizeError> {
        Self::load_for_engine(files.classifier.as_deref(), files.engine).map_err(|error| {
            match (&files.classifier, &files.locator) {
                (Some(classifier), Some(locator))
                    if is_other_purpose(&error) && is_classifier(locator) =>
                {
                    let (classifier, locator) = (classifier.clone(), locator.clone());
                    RecognizeError::Swapped { classifier, locator }
                }
                _ => error,
            }
        })
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
        let accept_threshold = classifier.info().accept_threshold;
        let classifier = CardClassifier::new(classifier)
            .map_err(|reason| RecognizeError::NotACard { path: name.clone(), reason })?;
        let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let id = ModelId { name, sha256 };
        let workers = Workers::default();
        Ok(Self { classifier, id, locator: None, accept_threshold, engine, workers })
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
        warn_if_not_stored(self.classifier().self_test()?, &self.id.name);
        Ok(())
    }

    /// Returns the identity of the classifier.
    pub fn id(&self) -> &ModelId {
        &self.id
    }

    /// Returns the classifier.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier.classifier
    }

    /// Returns the accept threshold, 0 to 1: the least confidence at which an answer is shown.
    /// In auto mode this is the threshold of the locator, which was chosen together with the
    /// classifier that is compiled in. Another classifier keeps its own one if that is higher.
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
        let of_locator = locator.info().accept_threshold;
        let is_compiled_in = self.id.name == DEFAULT_NAME;
        let accept_threshold =
            if is_compiled_in { of_locator } else { of_locator.max(self.accept_threshold) };
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

    /// Reads the cards of a frame on this number of threads. This does not change any answer.
    ///
    /// # Errors
    /// The system refuses to start a thread.
    pub(crate) fn with_threads(self, threads: NonZeroUsize) -> Result<Self, RecognizeError> {
        Ok(Self { workers: Workers::start(threads)?, ..self })
    }

    /// Returns what of every frame is looked at. A source that decodes this much, and leaves the
    /// rest until it is needed, does the least work.
    pub fn first_look(&self) -> FirstLook {
        match &self.locator {
            None => FirstLook::Square { least_side: self.classifier().info().side },
            Some(locator) => locator.first_look(),
        }
    }

    /// Names the cards in a frame, whatever the confidence. Full-frame mode names the card in
    /// the middle. So does auto mode if it does not find a card that it can name with the
    /// confidence of the accept threshold.
    ///
    /// # Errors
    /// The frame has no pixels, a network fails, or something panics over this frame.
    pub fn recognize(&self, frame: &FrameImage) -> Result<Recognition, RecognizeError> {
        let recognize = || self.reader().recognize(FramePixels::of_image(frame));
        catch_quietly(recognize).unwrap_or_else(panicked)
    }

    /// As [`Recognizer::recognize`], for the next frame of a video: what looks as it did when
    /// it was read is not read again. `known` is what the decider holds to be there after the
    /// frame before, and `now` never decreases.
    ///
    /// # Errors
    /// As [`Recognizer::recognize`]. After a panic, the memory has to forget what it knows.
    pub(crate) fn recognize_next(
        &self,
        frame: &FrameImage,
        memory: &mut FrameMemory,
        known: &KnownCards,
        now: Duration,
    ) -> Result<Recognition, RecognizeError> {
        let reader = self.reader();
        let frame = FramePixels::of_image(frame);
        catch_quietly(|| memory.recognize(&reader, frame, known, now)).unwrap_or_else(panicked)
    }

    fn reader(&self) -> FrameReader<'_> {
        FrameReader {
            classifier: &self.classifier,
            locator: self.locator.as_deref(),
            accept_threshold: self.accept_threshold,
            workers: &self.workers,
        }
    }
}

/// Loads a locator from a file, or the one that is compiled in.
fn load_locator(path: Option<&Path>, engine: Engine) -> Result<Locator, ModelError> {
    match path {
        Some(path) => Locator::with_engine(&read_bytes(path)?, &path.display().to_string(), engine),
        None => Locator::with_engine(DEFAULT_LOCATOR, DEFAULT_NAME, engine),
    }
}

fn panicked(reason: String) -> Result<Recognition, RecognizeError> {
    Err(RecognizeError::Panic { reason })
}

fn is_other_purpose(error: &RecognizeError) -> bool {
    let RecognizeError::Model(ModelError { kind, .. }) = error else { return false };
    matches!(kind, ModelErrorKind::Purpose { .. })
}

/// Whether a file is a classifier by its metadata.
fn is_classifier(path: &Path) -> bool {
    read_bytes(path).is_ok_and(|bytes| ModelFile::<ModelInfo>::decode(&bytes).is_ok())
}

fn warn_if_not_stored(outcome: SelfTestOutcome, name: &str) {
    if outcome == SelfTestOutcome::NotStored {
        log::warn!(
            "the model file {name} stores no self-test, so its answers can't be checked; export \
             it again"
        );
    }
}

#[cfg(test)]
mod tests;
