//! The networks at work on one frame.

use common::Quad;
use common::locate::detector_grid::{is_same_outline, without_repeats};
use common::locate::second_look::{crowded_part, is_large, merged};
use common::model::Classification;
use common::rectify::rectify;
use image::RgbImage;

use crate::decide::Observation;
use crate::recognize::classify::{Answer, Classify};
use crate::recognize::directions::{
    DirectedReading, read_and_confirm, read_both_ways, read_in_any_direction, read_once,
};
use crate::recognize::locate::{Locate, Located, full_frame};
use crate::recognize::pixels::FramePixels;
use crate::recognize::repeats::{NamedOutline, find_repeats};
use crate::recognize::visible::{clamp_to_frame, visible_part, visible_share};
use crate::recognize::{Recognition, RecognizeError, StageDurations};
use crate::util::elapsed::{Elapsed, timed};
use crate::util::parallel::Workers;

/// The largest number of outlines that are looked at in a frame; the most certain ones are
/// kept. Each costs one run of the classifier, and a table that seems full of cards must not
/// delay the next watchdog notification by seconds.
pub(crate) const MAX_OBSERVATIONS: usize = 16;

/// The networks, and the threads that they may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameReader<'a> {
    pub(crate) classifier: &'a dyn Classify,
    /// In full-frame mode there is none.
    pub(crate) locator: Option<&'a dyn Locate>,
    /// The least confidence, 0 to 1, at which an answer is shown.
    pub(crate) accept_threshold: f32,
    pub(crate) workers: &'a Workers,
}

/// What was read in one outline.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) answer: Answer,
    /// The image that the classifier was given.
    pub(crate) input: RgbImage,
    /// How often the classifier ran.
    pub(crate) runs: usize,
    pub(crate) durations: StageDurations,
}

impl FrameReader<'_> {
    /// Names the cards in a frame, whatever the confidence, and reads everything.
    ///
    /// # Errors
    /// The frame has no pixels, or a network fails.
    pub(crate) fn recognize(&self, frame: FramePixels<'_>) -> Result<Recognition, RecognizeError> {
        match self.locator {
            None => self.recognize_only_card(frame),
            Some(locator) => self.recognize_anywhere(frame, locator),
        }
    }

    fn recognize_only_card(&self, frame: FramePixels<'_>) -> Result<Recognition, RecognizeError> {
        let (input, prepare) = timed(|| frame.middle(self.classifier.side()));
        let reading = self.read_in_any_direction(input?, prepare)?;
        Ok(Recognition::of_middle(frame, &reading))
    }

    fn recognize_anywhere(
        &self,
        frame: FramePixels<'_>,
        locator: &dyn Locate,
    ) -> Result<Recognition, RecognizeError> {
        let mut recognition = Recognition::default();
        let (located, locate) = timed(|| self.locate(frame, locator, &mut recognition));
        recognition.durations.locate += locate;
        // A frame in which nothing is located is not decoded in full.
        let readings = self.workers.map(located?, |located| {
            let (input, prepare) = timed(|| self.rectified(frame.complete(), located.outline));
            Ok((located, self.read_located(frame, located, input, prepare)?))
        });
        let mut outlines = Vec::with_capacity(readings.len());
        for reading in readings {
            let (located, reading) = reading.map_err(|error: RecognizeError| error)?;
            recognition.add_reading(&reading);
            let observation = observation(frame, located, reading.answer);
            outlines.push(NamedOutline::new(located, &observation, false));
            recognition.observations.push(observation);
        }
        let mut is_repeated = find_repeats(&outlines).into_iter();
        recognition.observations.retain(|_| !is_repeated.next().unwrap_or_default());
        if !recognition.observations.iter().any(|observation| self.is_accepted(observation)) {
            let middle = Recognition::of_middle(frame, &self.read_middle(frame)?);
            recognition.durations = recognition.durations + middle.durations;
            recognition.work.readings += middle.work.readings;
            let is_better =
                middle.observations.iter().any(|observation| self.is_accepted(observation));
            if recognition.observations.is_empty() || is_better {
                recognition.observations = middle.observations;
            }
        }
        Ok(recognition)
    }

    /// Returns the refined outlines, each once. Two of them may still be of the same card.
    fn locate(
        &self,
        frame: FramePixels<'_>,
        locator: &dyn Locate,
        recognition: &mut Recognition,
    ) -> Result<Vec<Located>, RecognizeError> {
        let input = frame.shrunk(locator.input_size(frame.size()))?;
        let detected = self.detect(&input, frame, locator, recognition)?;
        let refined = self.refine(frame, locator, detected, recognition)?;
        Ok(without_repeats(refined, |a, b| is_same_outline(a.outline, b.outline)))
    }

    /// Returns the places of cards in a frame that was shrunk to `input`, before their outlines are
    /// refined. Where cards lie on one another, the detector looks twice.
    pub(crate) fn detect(
        &self,
        input: &RgbImage,
        frame: FramePixels<'_>,
        locator: &dyn Locate,
        recognition: &mut Recognition,
    ) -> Result<Vec<Located>, RecognizeError> {
        recognition.work.detections += 1;
        let mut detected = locator.detect(input, frame.size())?;
        let outlines: Vec<Quad> = detected.iter().map(|card| card.corners_in_frame).collect();
        if let Some(part) = crowded_part(&outlines, frame.size()) {
            recognition.work.detections += 1;
            detected = merged(detected, locator.detect_in_part(frame.complete(), part)?);
        }
        Ok(detected.into_iter().take(MAX_OBSERVATIONS).map(Located::from).collect())
    }

    /// Refines outlines.
    pub(crate) fn refine(
        &self,
        frame: FramePixels<'_>,
        locator: &dyn Locate,
        located: Vec<Located>,
        recognition: &mut Recognition,
    ) -> Result<Vec<Located>, RecognizeError> {
        if located.is_empty() {
            return Ok(located);
        }
        recognition.work.refinements += located.len();
        let complete = frame.complete();
        let refined = self.workers.map(located, |located| {
            let outline = locator.refine(complete, located.outline)?;
            Ok(Located { outline, ..located })
        });
        refined.into_iter().collect()
    }

    /// Returns the classifier's input for an outline.
    pub(crate) fn rectified(&self, complete: &RgbImage, outline_in_frame: Quad) -> RgbImage {
        rectify(complete, outline_in_frame, self.classifier.side())
    }

    /// Names the card in the input for a place in a frame, which took `prepare` to make.
    pub(crate) fn read_located(
        &self,
        frame: FramePixels<'_>,
        located: Located,
        input: RgbImage,
        prepare: Elapsed,
    ) -> Result<Reading, RecognizeError> {
        // A large card is seen well enough, and a second reading would cost most where there is one card.
        let read = if is_large(located.outline, frame.size()) {
            read_once(self.classifier, &input)?
        } else {
            read_both_ways(self.classifier, &input)?
        };
        let mut reading = self.directed(read, input, prepare);
        if located.is_doubtful {
            reading.answer = reading.answer.in_doubt();
        }
        Ok(reading)
    }

    /// Names the card that fills an input, in whatever direction it lies.
    pub(crate) fn read_in_any_direction(
        &self,
        input: RgbImage,
        prepare: Elapsed,
    ) -> Result<Reading, RecognizeError> {
        let read = read_in_any_direction(self.classifier, self.workers, &input)?;
        Ok(self.directed(read, input, prepare))
    }

    fn directed(&self, read: DirectedReading, input: RgbImage, prepare: Elapsed) -> Reading {
        let Classification { class, confidence } = read.classification;
        let answer = Answer { card: self.classifier.card(class), confidence };
        let durations =
            StageDurations { prepare, classify: read.classify, ..StageDurations::default() };
        Reading { answer, input, runs: read.runs, durations }
    }

    /// Names the card in the middle of a frame in which the detector sees none: a card may fill the
    /// frame, so that none of its edges is visible. Most such frames show something else, so what would
    /// be named is read sideways too: a card has a name in one of both directions only.
    pub(crate) fn read_middle(&self, frame: FramePixels<'_>) -> Result<Reading, RecognizeError> {
        let (input, prepare) = timed(|| frame.middle(self.classifier.side()));
        let input = input?;
        let read = read_and_confirm(self.classifier, &input, self.accept_threshold)?;
        Ok(self.directed(read, input, prepare))
    }

    /// Returns whether an answer may be shown.
    pub(crate) fn is_accepted(&self, observation: &Observation) -> bool {
        observation.confidence >= self.accept_threshold
    }
}

impl Recognition {
    /// Returns what was read in the middle of a frame.
    fn of_middle(frame: FramePixels<'_>, reading: &Reading) -> Self {
        let mut recognition = Self::default();
        recognition.add_reading(reading);
        let located = full_frame(frame.size()).into();
        recognition.observations.push(observation(frame, located, reading.answer));
        recognition
    }

    /// Counts a reading.
    pub(crate) fn add_reading(&mut self, reading: &Reading) {
        self.work.readings += reading.runs;
        self.durations = self.durations + reading.durations;
    }
}

/// Returns the observation of a card at a place, which may reach over the frame's edge.
pub(crate) fn observation(frame: FramePixels<'_>, located: Located, answer: Answer) -> Observation {
    let Located { outline, visible_middle, .. } = located;
    // The part of a card outside the frame cannot have been read.
    let confidence = answer.confidence * visible_share(frame.size(), outline);
    let corners_in_frame = clamp_to_frame(frame.size(), visible_part(outline, visible_middle));
    Observation { card: answer.card, confidence, corners_in_frame }
}
