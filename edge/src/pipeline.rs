//! The device's whole flow: frame → recognise → decide → lamps, events, pictures.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use common::error::one_line;
use image::RgbImage;

use crate::clock::Clock;
use crate::decide::{Decider, State};
use crate::recognize::{Recognition, RecognizeError, Recognizer};
use crate::report::annotate::{Album, AlbumError, Label, annotated};
use crate::report::events::Event;
use crate::signal::Indicator;
use crate::signal::rules::Rule;
use crate::source::{Frame, FrameSource, Next};

/// Everything that a run needs.
pub struct Pipeline<'a> {
    pub source: Box<dyn FrameSource>,
    pub recognizer: &'a Recognizer,
    pub decider: Decider,
    pub rules: &'a [Rule],
    pub indicator: Box<dyn Indicator + 'a>,
    /// Where events go as JSON lines.
    pub events: Option<Box<dyn Write + 'a>>,
    pub album: Option<Album>,
    pub clock: &'a dyn Clock,
    /// Frames after which to stop.
    pub frame_limit: Option<u64>,
}

/// What ends a run.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error(transparent)]
    Recognize(#[from] RecognizeError),
    #[error(transparent)]
    Album(#[from] AlbumError),
    #[error("can't write events")]
    Events(#[source] io::Error),
    #[error("can't light the lamps")]
    Indicator(#[source] io::Error),
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub frames: u64,
    /// Frames that could not be had.
    pub failures: u64,
}

impl Pipeline<'_> {
    /// Runs until the source ends, the limit is reached or `stop` is set. The lamps go
    /// out when the pipeline is dropped.
    ///
    /// # Errors
    /// A frame can't be recognised, or an output can't be written.
    pub fn run(&mut self, stop: &AtomicBool) -> Result<Summary, PipelineError> {
        let mut summary = Summary::default();
        let mut said = self.decider.state();
        self.say(&said, None)?;
        while !stop.load(Ordering::Relaxed) && self.frame_limit.is_none_or(|n| summary.frames < n) {
            let (state, seen) = match self.source.next() {
                Ok(Next::Frame(frame)) => {
                    let recognition = self.recognizer.recognize(&frame.picture)?;
                    log::trace!("{}: {recognition:?}", frame.name);
                    summary.frames += 1;
                    let state = self.decider.observe(recognition.observation, self.clock.now());
                    (state, Some((frame, recognition)))
                }
                Ok(Next::Nothing) => (self.decider.pass(self.clock.now()), None),
                Ok(Next::End) => break,
                Err(error) => {
                    log::warn!("{}", one_line(&error));
                    summary.failures += 1;
                    (self.decider.fail(), None)
                }
            };
            if !state.is_same_as(&said) {
                self.say(&state, seen.as_ref())?;
                said = state;
            }
            self.light(&state)?;
        }
        Ok(summary)
    }

    /// Tells a change of state once, in every way that was asked for.
    fn say(
        &mut self,
        state: &State,
        seen: Option<&(Frame, Recognition)>,
    ) -> Result<(), PipelineError> {
        let event = Event::new(state, self.clock.timestamp());
        log::debug!("{}", caption(state));
        if let Some(events) = &mut self.events {
            let line = serde_json::to_string(&event).map_err(io::Error::from);
            let write =
                line.and_then(|line| writeln!(events, "{line}").and_then(|()| events.flush()));
            write.map_err(PipelineError::Events)?;
        }
        if let (Some(album), Some((frame, recognition))) = (&mut self.album, seen) {
            album.add(&frame.name, &picture_of(frame, recognition, state))?;
        }
        Ok(())
    }

    fn light(&mut self, state: &State) -> Result<(), PipelineError> {
        let now = self.clock.now();
        let lit: Vec<bool> = self.rules.iter().map(|rule| rule.is_lit(state, now)).collect();
        self.indicator.show(&lit, &caption(state)).map_err(PipelineError::Indicator)
    }
}

/// The state in words. Without the confidence, which changes with every frame.
fn caption(state: &State) -> String {
    state.card().map_or_else(|| state.name().to_owned(), |card| card.to_string())
}

fn picture_of(frame: &Frame, seen: &Recognition, state: &State) -> RgbImage {
    let confidence = seen.observation.confidence * 100.0;
    let millis = (frame.decode + seen.times.total()).as_secs_f64() * 1000.0;
    let text = match state.card() {
        Some(card) => format!("{card}  {confidence:.1} %  {millis:.1} ms"),
        None => format!("{}  {millis:.1} ms", state.name()),
    };
    let label = Label {
        corners_in_frame: seen.corners_in_frame,
        text: &text,
        is_named: state.card().is_some(),
    };
    annotated(&frame.picture, &label)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use common::Card;
    use common::deck::Style;
    use common::scene::{SceneOptions, draw_scene};

    use super::*;
    use crate::clock::FakeClock;
    use crate::decide::Policy;
    use crate::signal::fake::RecordingIndicator;
    use crate::source::SourceError;
    use crate::source::fake::Script;

    const RULES: [&str; 3] = ["suit:hearts", "seen", "fault"];

    fn frame(cards: &[Card]) -> Result<Next, SourceError> {
        let options = SceneOptions {
            style: Some(Style::classic()),
            texture: Some(0),
            ..SceneOptions::close_up()
        };
        let picture = draw_scene(cards, &options, 1).picture;
        Ok(Next::Frame(Frame { picture, name: "drawn".into(), decode: Duration::ZERO }))
    }

    /// What was lit and what was said while these steps came from the source.
    fn play(steps: Vec<Result<Next, SourceError>>) -> (Vec<Vec<bool>>, Vec<String>, Summary) {
        let recognizer = Recognizer::load(None).unwrap();
        let rules = RULES.map(|rule| rule.parse().unwrap());
        let lamps = RecordingIndicator::default();
        let mut events = Vec::new();
        let clock = FakeClock::default();
        let policy = Policy {
            enter: recognizer.classifier().info().accept_threshold,
            leave: 0.5,
            agreeing_frames: 2,
            expire: Duration::from_secs(1),
        };
        let mut pipeline = Pipeline {
            source: Box::new(Script::new(steps)),
            recognizer: &recognizer,
            decider: Decider::new(policy),
            rules: &rules,
            indicator: Box::new(lamps.clone()),
            events: Some(Box::new(&mut events)),
            album: None,
            clock: &clock,
            frame_limit: None,
        };
        let summary = pipeline.run(&AtomicBool::new(false)).unwrap();
        drop(pipeline);
        let events = String::from_utf8(events).unwrap();
        let state = |line: &str| {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            event["state"].as_str().unwrap().to_owned()
        };
        (lamps.record(), events.lines().map(state).collect(), summary)
    }

    #[test]
    fn lamps_and_events_follow_cards_and_faults() {
        let card = ["nine of hearts".parse().unwrap()];
        let steps = vec![
            frame(&card),
            frame(&card),
            Err(SourceError::CaptureDied),
            frame(&card),
            frame(&card),
            frame(&[]),
            frame(&[]),
        ];
        let (lit, said, summary) = play(steps);
        let [dark, seen, fault] = [[false; 3], [true, true, false], [false, false, true]];
        assert_eq!(lit, [dark, seen, fault, dark, seen, dark]);
        assert_eq!(said, ["searching", "unsure", "seen", "fault", "unsure", "seen", "searching"]);
        assert_eq!(summary, Summary { frames: 6, failures: 1 });
    }

    #[test]
    fn an_empty_table_lights_nothing() {
        let (lit, said, _) = play(vec![frame(&[]), frame(&[]), frame(&[])]);
        assert_eq!(lit, [[false; 3]]);
        assert_eq!(said, ["searching"]);
    }
}
