//! The memory from one frame of a video to the next.

use std::time::Duration;

use common::Size;
use common::locate::detector_grid::is_same_outline;
use image::RgbImage;

use crate::decide::{KnownCards, Observation, Policy, ReusedReading};
use crate::recognize::locate::{Locate, Located, full_frame};
use crate::recognize::pixels::FramePixels;
use crate::recognize::reader::{FrameReader, Reading, observation};
use crate::recognize::repeats::{NamedOutline, find_repeats};
use crate::recognize::reuse::changes::{Changes, Reference};
use crate::recognize::reuse::follow::{Detected, Seen, alike, keep_unchanged};
use crate::recognize::reuse::look::Look;
use crate::recognize::reuse::place::Place;
use crate::recognize::reuse::turns::Turns;
use crate::recognize::{Recognition, RecognizeError};
use crate::util::elapsed::{Stopwatch, timed};

/// What is remembered of the last frame. It has no clock; the time is passed in.
#[derive(Clone, Debug)]
pub(crate) struct FrameMemory {
    /// A reading below this confidence does not indicate a card.
    leave: f32,
    /// After this number of readings without a sign of a card, a place is taken to be empty.
    agreeing_frames: u32,
    turns: Turns,
    /// Of the complete frame.
    frame_size: Size,
    /// In auto mode the detector's inputs at the last detections, in full-frame mode the
    /// classifier's input at the last reading.
    reference: Option<Reference>,
    detected_at: Duration,
    /// In the order of the detector.
    places: Vec<Place>,
    /// The middle of the frame, as long as it looks as it did when it was read.
    middle: Option<Place>,
}

impl FrameMemory {
    /// Begins with nothing. Whatever looks the same is read again after `longest` at the
    /// latest; zero reads everything in every frame.
    pub(crate) fn new(policy: &Policy, longest: Duration) -> Self {
        Self {
            leave: policy.leave,
            agreeing_frames: policy.agreeing_frames,
            turns: Turns::new(longest),
            frame_size: Size::default(),
            reference: None,
            detected_at: Duration::ZERO,
            places: Vec::new(),
            middle: None,
        }
    }

    /// Returns to the beginning: nothing that follows depends on an earlier frame.
    pub(crate) fn restart(&mut self) {
        self.forget();
        self.turns.restart();
        self.frame_size = Size::default();
        self.detected_at = Duration::ZERO;
    }

    /// Forgets the last frame: the next one is read completely.
    pub(crate) fn forget(&mut self) {
        self.reference = None;
        self.places.clear();
        self.middle = None;
    }

    /// Names the cards in the next frame; see
    /// [`Recognizer::recognize_next`](crate::recognize::Recognizer::recognize_next).
    ///
    /// # Errors
    /// The frame has no pixels, or a network fails. Then the last frame is forgotten.
    pub(crate) fn recognize(
        &mut self,
        reader: &FrameReader<'_>,
        frame: FramePixels<'_>,
        known: &KnownCards,
        now: Duration,
    ) -> Result<Recognition, RecognizeError> {
        if frame.size() != self.frame_size || self.turns.is_everything_repeated() {
            self.forget();
            self.frame_size = frame.size();
        }
        self.turns.begin_frame(now);
        for place in self.places.iter_mut().chain(&mut self.middle) {
            place.identify(known, frame);
            // A place that repeats a card which is missing now may be read as that card.
            place.is_repeated &= known.missing == 0;
        }
        let mut step = Step { reader, frame, now, recognition: Recognition::default() };
        let outcome = match reader.locator {
            None => self.recognize_middle(&mut step),
            Some(locator) => self.recognize_anywhere(&mut step, locator, known),
        };
        if outcome.is_err() {
            self.forget();
        }
        outcome.map(|()| step.recognition)
    }

    /// Full-frame mode: the middle is compared as the classifier sees it.
    fn recognize_middle(&mut self, step: &mut Step<'_>) -> Result<(), RecognizeError> {
        let (input, prepare) = timed(|| step.frame.middle(step.reader.classifier.side()));
        let input = input?;
        let is_same = |reference: &Reference| !reference.compare(&input).is_any();
        let has_changed = !self.reference.as_ref().is_some_and(is_same);
        let before = match self.middle.take().filter(|_| !has_changed) {
            Some(place) if self.may_reuse_alone(&place, step) => {
                step.recognition.durations.prepare += prepare;
                self.middle = Some(step.reuse(place));
                return Ok(());
            }
            before => before,
        };
        let reading = step.reader.read_in_any_direction(input, prepare)?;
        let located = full_frame(step.frame.size()).into();
        self.middle = Some(self.take_reading(step, located, before, &reading, None));
        self.reference = Some(Reference::new(reading.input));
        Ok(())
    }

    fn recognize_anywhere(
        &mut self,
        step: &mut Step<'_>,
        locator: &dyn Locate,
        known: &KnownCards,
    ) -> Result<(), RecognizeError> {
        let input_size = locator.input_size(step.frame.size());
        let (input, shrink) = timed(|| step.frame.shrunk(input_size));
        step.recognition.durations.locate += shrink;
        let input = input?;
        let changes = match &self.reference {
            Some(reference) => reference.compare(&input),
            None => Changes::everywhere(input_size),
        };
        let places = std::mem::take(&mut self.places);
        let is_detected = changes.is_any()
            || !self.is_settled(&places, known)
            || self.turns.is_due(self.detected_at);
        let seen = if is_detected {
            self.detect(step, locator, &input, &changes, places)?
        } else {
            places.into_iter().map(Seen::unchanged).collect()
        };
        self.read(step, seen)?;
        self.read_middle(step, changes.is_any())?;
        if is_detected {
            self.detected_at = step.now;
            match &mut self.reference {
                Some(reference) => reference.update(&input, &changes),
                None => self.reference = Some(Reference::new(input)),
            }
        }
        Ok(())
    }

    /// Returns whether each place is a known card, empty, or repeats a card, and no known card is missing.
    /// Until then the detector looks at every frame.
    fn is_settled(&self, places: &[Place], known: &KnownCards) -> bool {
        known.missing == 0
            && places.iter().all(|place| place.id.is_some() || self.needs_no_reading(place))
    }

    /// Returns whether a place that looks the same can show no further card.
    fn needs_no_reading(&self, place: &Place) -> bool {
        place.is_repeated || self.is_known_to_be_empty(place)
    }

    fn is_known_to_be_empty(&self, place: &Place) -> bool {
        place.empty_readings >= self.agreeing_frames
    }

    /// Returns the outlines of a frame with the places that they continue.
    fn detect(
        &self,
        step: &mut Step<'_>,
        locator: &dyn Locate,
        input: &RgbImage,
        changes: &Changes,
        mut places: Vec<Place>,
    ) -> Result<Vec<Seen>, RecognizeError> {
        let stopwatch = Stopwatch::for_thread();
        let Step { reader, frame, recognition, .. } = &mut *step;
        let detected = reader.detect(input, *frame, locator, recognition)?;
        let detected = keep_unchanged(detected, &mut places, changes, frame.size());
        let rough = detected.iter().filter_map(Detected::rough).collect();
        let mut refined = reader.refine(*frame, locator, rough, recognition)?.into_iter();
        let mut seen: Vec<Seen> = Vec::with_capacity(detected.len());
        for detected in detected {
            let new = match detected {
                Detected::Unchanged(place) => Some(Seen::unchanged(place)),
                Detected::Rough(_) => refined.next().map(Seen::new),
            };
            // After refinement, two outlines may be the same.
            let is_there = |new: &Seen| {
                let outline = new.located.outline;
                seen.iter().any(|other| is_same_outline(outline, other.located.outline))
            };
            seen.extend(new.filter(|new| !is_there(new)));
        }
        recognition.durations.locate += stopwatch.elapsed();
        self.find_moved(step, &mut seen, places);
        Ok(seen)
    }

    /// Finds the places that have moved by their looks.
    fn find_moved(&self, step: &mut Step<'_>, seen: &mut [Seen], mut places: Vec<Place>) {
        // Whatever is neither known nor empty is read in any case.
        places.retain(|place| place.id.is_some() || self.needs_no_reading(place));
        let new: Vec<usize> = (0..seen.len()).filter(|&at| seen[at].before.is_none()).collect();
        if places.is_empty() || new.is_empty() {
            return;
        }
        let (reader, complete) = (step.reader, step.frame.complete());
        let outlines = new.iter().map(|&at| seen[at].located.outline).collect();
        let compared = reader.workers.map(outlines, |outline| {
            let (input, prepare) = timed(|| reader.rectified(complete, outline));
            let alike = alike(outline, &Look::of(&input), &places);
            (input, prepare, alike)
        });
        let mut places: Vec<Option<Place>> = places.into_iter().map(Some).collect();
        for (at, (input, prepare, alike)) in new.into_iter().zip(compared) {
            seen[at].before = alike.into_iter().find_map(|place| places[place].take());
            seen[at].input = Some(input);
            step.recognition.durations.prepare += prepare;
        }
    }

    /// Reads the outlines that must be read.
    fn read(&mut self, step: &mut Step<'_>, mut seen: Vec<Seen>) -> Result<(), RecognizeError> {
        let may_reuse: Vec<Option<Duration>> =
            seen.iter().map(|seen| self.reusable(seen, step)).collect();
        let read_at: Vec<Duration> = may_reuse.iter().flatten().copied().collect();
        let mut in_turn = self.turns.choose(&read_at).into_iter();
        let is_read: Vec<bool> = may_reuse
            .iter()
            .map(|read_at| read_at.is_none() || in_turn.next().unwrap_or(true))
            .collect();
        let (reader, frame) = (step.reader, step.frame);
        let mut inputs = Vec::new();
        for (seen, _) in seen.iter_mut().zip(&is_read).filter(|(_, is_read)| **is_read) {
            inputs.push((seen.located, seen.input.take()));
        }
        let readings = reader.workers.map(inputs, |(located, input)| {
            let rectify =
                || input.unwrap_or_else(|| reader.rectified(frame.complete(), located.outline));
            let (input, prepare) = timed(rectify);
            let look = Look::of(&input);
            reader.read_located(frame, located, input, prepare).map(|reading| (reading, look))
        });
        let mut readings = readings.into_iter();
        let mut outlines = Vec::with_capacity(seen.len());
        for (seen, is_read) in seen.into_iter().zip(&is_read) {
            let Seen { located, before, .. } = seen;
            let known = before.as_ref().filter(|before| before.id.is_some());
            let known = known.map(|before| before.answer.card);
            let place = match (before, is_read) {
                (Some(before), false) => step.reuse(Place { located, ..before }),
                (before, _) => {
                    let (reading, look) = readings
                        .next()
                        .expect("there is a reading for each outline that is read")?;
                    self.take_reading(step, located, before, &reading, Some(look))
                }
            };
            let is_known = known == Some(place.answer.card);
            outlines.push(NamedOutline::new(located, &place.observation(frame), is_known));
            self.places.push(place);
        }
        self.drop_repeats(step, &outlines, &is_read);
        Ok(())
    }

    /// Marks the places that repeat a card, and drops what was read in them. There is an outline for
    /// each place.
    fn drop_repeats(&mut self, step: &mut Step<'_>, outlines: &[NamedOutline], is_read: &[bool]) {
        let repeats = find_repeats(outlines);
        for (place, &is_repeated) in self.places.iter_mut().zip(&repeats) {
            place.is_repeated = is_repeated;
        }
        let read = repeats.iter().zip(is_read).filter(|(_, is_read)| **is_read);
        let mut read = read.map(|(is_repeated, _)| *is_repeated);
        step.recognition.observations.retain(|_| !read.next().unwrap_or_default());
    }

    /// Returns when an outline was read, if what was read may be reused.
    fn reusable(&self, seen: &Seen, step: &Step<'_>) -> Option<Duration> {
        let before = seen.before.as_ref()?;
        let confidence = observation(step.frame, seen.located, before.answer).confidence;
        let is_supported = before.id.is_some() && confidence >= self.leave;
        (is_supported || self.needs_no_reading(before)).then_some(before.read_at)
    }

    /// Returns whether a single place that looks the same need not be read.
    fn may_reuse_alone(&self, place: &Place, step: &Step<'_>) -> bool {
        let seen = Seen::unchanged(place.clone());
        self.reusable(&seen, step).is_some_and(|read_at| !self.turns.is_due(read_at))
    }

    /// Names the card in the middle where no card is accepted; see [`FrameReader::read_middle`].
    fn read_middle(
        &mut self,
        step: &mut Step<'_>,
        has_changed: bool,
    ) -> Result<(), RecognizeError> {
        let before = self.middle.take().filter(|_| !has_changed);
        if step.has_accepted() {
            return Ok(());
        }
        let mut middle = Step { recognition: Recognition::default(), ..*step };
        let before = match before {
            Some(place) if self.may_reuse_alone(&place, step) => {
                self.middle = Some(middle.reuse(place));
                step.add_middle(middle);
                return Ok(());
            }
            before => before,
        };
        let reading = step.reader.read_middle(step.frame)?;
        let located = full_frame(step.frame.size()).into();
        self.middle = Some(self.take_reading(&mut middle, located, before, &reading, None));
        step.add_middle(middle);
        Ok(())
    }

    /// Takes what was read at a place. `before` is the place in the last frame, if it looks the
    /// same.
    fn take_reading(
        &self,
        step: &mut Step<'_>,
        located: Located,
        before: Option<Place>,
        reading: &Reading,
        look: Option<Look>,
    ) -> Place {
        let answer = reading.answer;
        let observation = observation(step.frame, located, answer);
        step.recognition.add_reading(reading);
        step.recognition.observations.push(observation);
        let is_confirmed =
            |before: &Place| answer.card == before.answer.card && answer.confidence >= self.leave;
        let refuted = before.as_ref().filter(|before| !is_confirmed(before));
        step.recognition.refuted.extend(refuted.and_then(|before| before.id));
        let empty_readings = if observation.confidence < self.leave {
            before.map_or(0, |before| before.empty_readings).saturating_add(1)
        } else {
            0
        };
        let read_at = step.now;
        Place { located, answer, look, read_at, empty_readings, is_repeated: false, id: None }
    }
}

/// A frame and what is found out about it.
struct Step<'a> {
    reader: &'a FrameReader<'a>,
    frame: FramePixels<'a>,
    now: Duration,
    recognition: Recognition,
}

impl Step<'_> {
    /// Adds a place that is not read because it looks the same.
    fn reuse(&mut self, place: Place) -> Place {
        let observation = place.observation(self.frame);
        self.recognition.reused.push(ReusedReading { id: place.id, observation });
        place
    }

    fn has_accepted(&self) -> bool {
        let reused = self.recognition.reused.iter().map(|reused| &reused.observation);
        let mut all = self.recognition.observations.iter().chain(reused);
        all.any(|observation: &Observation| self.reader.is_accepted(observation))
    }

    /// Adds the recognition of the middle, which replaces everything else if it is better.
    fn add_middle(&mut self, middle: Step<'_>) {
        let is_better = middle.has_accepted();
        let Self { recognition, .. } = self;
        recognition.durations = recognition.durations + middle.recognition.durations;
        recognition.work.readings += middle.recognition.work.readings;
        recognition.refuted.extend(middle.recognition.refuted);
        let is_empty = recognition.observations.is_empty() && recognition.reused.is_empty();
        if is_empty || is_better {
            recognition.observations = middle.recognition.observations;
            recognition.reused = middle.recognition.reused;
        }
    }
}

#[cfg(test)]
mod tests;
