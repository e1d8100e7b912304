//! One frame to the cards in it, each step timed.

pub mod fake;
pub mod locate;
mod network;

use std::borrow::Cow;
use std::ops::Add;
use std::path::Path;
use std::time::{Duration, Instant};

use common::corners::{area, overlap};
use common::model::file::read_bytes;
use common::model::{Classifier, Locator, ModelError, self_test};
use common::prepare::{PrepareError, prepare};
use common::rectify::rectify;
use common::{Card, Corners, card::UnknownCard};
use image::RgbImage;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::config::Mode;
use crate::decide::Observation;
use crate::recognize::locate::{Locate, full_frame};

/// The model that comes with the program.
const DEFAULT_MODEL: &[u8] = include_bytes!("../../../models/cardsight.onnx");

/// The locator that comes with the program.
const DEFAULT_LOCATOR: &[u8] = include_bytes!("../../../models/locator.onnx");

/// How [`DEFAULT_MODEL`] and [`DEFAULT_LOCATOR`] are called in messages.
const DEFAULT_MODEL_NAME: &str = "(compiled in)";

/// Outlines that are classified in a frame at most, surest first: each costs a run of the
/// network, and a table that seems full of cards must not hold the watchdog's next sign
/// of life up for seconds.
const MAX_SIGHTINGS: usize = 16;

/// A frame that can't be recognised, or a model that can't do it.
#[derive(Debug, thiserror::Error)]
pub enum RecognizeError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    #[error("the model {path} has a class that is no card: {source}; cardsight names cards only")]
    NoCard { path: String, source: UnknownCard },
}

/// A model whose classes are cards.
#[derive(Debug)]
pub struct Recognizer {
    classifier: Classifier,
    /// By class index.
    cards: Vec<Card>,
    id: ModelId,
    /// Finds cards anywhere; without one, the card is in the middle.
    locator: Option<Box<dyn Locate>>,
    accept_threshold: f32,
}

/// A model file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelId {
    /// Its path, or that it is compiled in.
    pub name: String,
    /// Of its bytes, in hexadecimal.
    pub sha256: String,
}

/// What a frame shows, and what it cost to find out.
#[derive(Clone, Debug, PartialEq)]
pub struct Recognition {
    /// One for each outline that was looked at, however doubtful.
    pub sightings: Vec<Sighting>,
    pub times: Times,
}

/// The likeliest card in one place of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sighting {
    pub card: Card,
    /// Calibrated probability, 0..1; of a card cut by the frame, times the share that is seen.
    pub confidence: f32,
    /// Clockwise, the card's own top left corner first, in pixels of the frame.
    pub corners_in_frame: Corners,
}

impl Sighting {
    /// What it shows, wherever it is.
    pub fn observation(&self) -> Observation {
        Observation { card: self.card, confidence: self.confidence }
    }
}

/// Time spent in each step, over all cards of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Finding where to look.
    pub locate: Duration,
    /// Making the network's input.
    pub prepare: Duration,
    pub classify: Duration,
}

impl Add for Times {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            locate: self.locate + other.locate,
            prepare: self.prepare + other.prepare,
            classify: self.classify + other.classify,
        }
    }
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
        let accept_threshold = classifier.info().accept_threshold;
        let id = ModelId { name, sha256 };
        Ok(Self { classifier, cards, id, locator: None, accept_threshold })
    }

    /// As [`Recognizer::load`], and lets the network name the image of the self-test.
    ///
    /// # Errors
    /// As [`Recognizer::load`], or the network fails, or answers otherwise than where it
    /// was exported.
    pub fn load_and_test(path: Option<&Path>) -> Result<Self, RecognizeError> {
        let recognizer = Self::load(path)?;
        let name = &recognizer.id.name;
        let found =
            self_test::answer(&recognizer.classifier, &renderer::scene::self_test_image(), name)?;
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

    /// The least confidence, 0..1, of a name worth saying in its mode.
    pub fn accept_threshold(&self) -> f32 {
        self.accept_threshold
    }

    /// The same in a mode. In auto mode cards are found by a locator's file, or by the one
    /// compiled in, and have to be named as surely as that file asks for.
    ///
    /// # Errors
    /// The locator's file can't be used.
    pub fn in_mode(self, mode: Mode, locator: Option<&Path>) -> Result<Self, RecognizeError> {
        if mode == Mode::Full {
            return Ok(self);
        }
        let locator = match locator {
            Some(path) => Locator::from_file(path)?,
            None => Locator::from_bytes(DEFAULT_LOCATOR, DEFAULT_MODEL_NAME)?,
        };
        let accept_threshold = self.accept_threshold.max(locator.info().accept_threshold);
        Ok(Self { accept_threshold, ..self.with_locator(Box::new(locator)) })
    }

    /// The same, but in auto mode: it names the cards that the locator finds.
    pub fn with_locator(self, locator: Box<dyn Locate>) -> Self {
        Self { locator: Some(locator), ..self }
    }

    /// How it finds cards.
    pub fn mode(&self) -> Mode {
        if self.locator.is_some() { Mode::Auto } else { Mode::Full }
    }

    /// Names the cards in a frame, however doubtful: the confidence tells. In full-frame
    /// mode, and in auto mode where none is found and named surely, that is the one in the
    /// middle.
    ///
    /// # Errors
    /// The frame has no pixels, or a network fails.
    pub fn recognize(&self, frame: &RgbImage) -> Result<Recognition, RecognizeError> {
        match &self.locator {
            None => self.recognize_middle(frame),
            Some(locator) => self.recognize_located(frame, locator.as_ref()),
        }
    }

    fn recognize_middle(&self, frame: &RgbImage) -> Result<Recognition, RecognizeError> {
        let (corners_in_frame, locate) = timed(|| full_frame(frame.width(), frame.height()));
        let (input, prepare) = timed(|| prepare(frame, self.classifier.info().side));
        let input = input?;
        let (sighting, classify) = timed(|| self.classify(&input, corners_in_frame));
        let times = Times { locate, prepare, classify };
        Ok(Recognition { sightings: vec![sighting?], times })
    }

    fn recognize_located(
        &self,
        frame: &RgbImage,
        locator: &dyn Locate,
    ) -> Result<Recognition, RecognizeError> {
        let (located, locate) = timed(|| locator.locate(frame));
        let mut times = Times { locate, ..Times::default() };
        let mut sightings = Vec::new();
        for corners_in_frame in located?.into_iter().take(MAX_SIGHTINGS) {
            let side = self.classifier.info().side;
            let (input, prepare) = timed(|| rectify(frame, &corners_in_frame, side));
            let (sighting, classify) = timed(|| self.classify(&input, corners_in_frame));
            times.prepare += prepare;
            times.classify += classify;
            let sighting = sighting?;
            // What is outside the frame can't have been read.
            let confidence = sighting.confidence * share_within(frame, &corners_in_frame);
            let corners_in_frame = within(frame, &corners_in_frame);
            sightings.push(Sighting { confidence, corners_in_frame, ..sighting });
        }
        let is_sure = |sighting: &Sighting| sighting.confidence >= self.accept_threshold;
        if !sightings.iter().any(is_sure) {
            // One card may fill the frame, with no edge to be seen.
            let middle = self.recognize_middle(frame)?;
            times = times + middle.times;
            if sightings.is_empty() || middle.sightings.iter().any(is_sure) {
                sightings = middle.sightings;
            }
        }
        Ok(Recognition { sightings, times })
    }

    fn classify(
        &self,
        input: &RgbImage,
        corners_in_frame: Corners,
    ) -> Result<Sighting, ModelError> {
        let answer = self.classifier.classify(input.as_raw())?;
        let card = self.cards[answer.class];
        Ok(Sighting { card, confidence: answer.confidence, corners_in_frame })
    }
}

/// Share of a quadrilateral's area that the frame shows, 0..1.
fn share_within(frame: &RgbImage, corners: &Corners) -> f32 {
    let (width, height) = (frame.width() as f32, frame.height() as f32);
    let whole = [[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]];
    (overlap(&whole, corners) / area(corners).max(f32::MIN_POSITIVE)).min(1.0)
}

/// What the frame shows of a quadrilateral, roughly: corners outside go to its border.
fn within(frame: &RgbImage, corners: &Corners) -> Corners {
    let (width, height) = (frame.width() as f32, frame.height() as f32);
    corners.map(|[x, y]| [x.clamp(0.0, width), y.clamp(0.0, height)])
}

fn timed<T>(step: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let result = step();
    (result, started.elapsed())
}

#[cfg(test)]
mod tests {
    use renderer::deck::Style;
    use renderer::scene::{SceneOptions, draw_scene};

    use super::*;
    use crate::recognize::fake::ScriptedLocator;

    #[test]
    fn each_located_card_is_named_where_it_lies() {
        let cards: [Card; 3] =
            ["ace of spades", "nine of hearts", "two of clubs"].map(|name| name.parse().unwrap());
        let options = SceneOptions {
            style: Some(Style::classic()),
            rotation_degrees: -10.0..10.0,
            ..SceneOptions::default()
        };
        let scene = draw_scene(&cards, &options, 3);
        let corners: Vec<Corners> = scene.cards.iter().map(|card| card.corners_in_frame).collect();
        let locator = ScriptedLocator::new([corners.clone(), corners.repeat(9)]);
        let recognizer = Recognizer::load(None).unwrap().with_locator(Box::new(locator));
        assert_eq!(recognizer.mode(), Mode::Auto);
        let seen = recognizer.recognize(&scene.image).unwrap();
        let named: Vec<_> = seen.sightings.iter().map(|s| (s.card, s.corners_in_frame)).collect();
        assert_eq!(named, cards.into_iter().zip(corners).collect::<Vec<_>>());
        let crowded = recognizer.recognize(&scene.image).unwrap();
        assert_eq!(crowded.sightings.len(), MAX_SIGHTINGS);
        let middle = recognizer.recognize(&scene.image).unwrap().sightings;
        let corners: Vec<Corners> = middle.iter().map(|seen| seen.corners_in_frame).collect();
        assert_eq!(corners, [full_frame(640, 480)], "nothing is found");
    }

    #[test]
    fn a_card_half_outside_the_frame_counts_half() {
        let frame = RgbImage::new(100, 80);
        let card = |left: f32| {
            let (right, bottom) = (left + 20.0, 50.0);
            [[left, 10.0], [right, 10.0], [right, bottom], [left, bottom]]
        };
        for (left, wanted) in [(40.0, 1.0), (-10.0, 0.5), (95.0, 0.25), (-50.0, 0.0)] {
            assert!((share_within(&frame, &card(left)) - wanted).abs() < 1e-5, "{left}");
        }
        assert_eq!(share_within(&frame, &[[1.0, 1.0]; 4]), 0.0);
    }

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
