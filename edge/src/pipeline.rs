//! The device's whole flow: frame → recognise → decide → LEDs, screen, events, images.

use std::io;
use std::time::Duration;

use common::error::one_line;

use crate::decide::State;
use crate::decide::{Decider, Decision};
use crate::output::announce::{Announcer, RecognizedFrame};
use crate::output::leds::LedOutput;
use crate::output::leds::rules::Rule;
use crate::output::screen::{Screen, View};
use crate::recognize::{RecognizeError, Recognizer};
use crate::service::context::{OutputFaults, ServiceContext};
use crate::service::signals::Signals;
use crate::source::{FrameSource, Next, SourceError};

/// Everything that a run needs, in the order of the flow; but the LEDs come first, as
/// they are dropped first: they go out before a source is waited for.
pub struct Pipeline<'a> {
    pub leds: Box<dyn LedOutput + 'a>,
    pub source: Box<dyn FrameSource>,
    pub recognizer: &'a Recognizer,
    pub decider: Decider,
    pub rules: &'a [Rule],
    pub screen: Option<Screen>,
    pub announcer: Announcer<'a>,
    /// Frames after which to stop.
    pub frame_limit: Option<u64>,
    /// For tests of the watchdog: hangs on this frame, before it is decided on.
    pub hang_at_frame: Option<u64>,
}

/// What ends a run.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error(transparent)]
    Recognize(#[from] RecognizeError),
    #[error(transparent)]
    Source(SourceError),
    #[error("can't write events")]
    Events(#[source] io::Error),
    #[error("can't light the LEDs")]
    LedOutput(#[source] io::Error),
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// The source has no more frames, or the limit is reached.
    Done,
    /// A signal to stop.
    Stopped,
    /// A signal to read the configuration again; the run can go on.
    Reload,
}

impl Pipeline<'_> {
    /// Runs until the source ends, the limit is reached or a signal comes. The LEDs go
    /// out when the pipeline is dropped.
    ///
    /// # Errors
    /// A frame can't be recognised, the source has died, or an output can't be written.
    pub fn run(
        &mut self,
        context: &mut ServiceContext<'_>,
        signals: &Signals,
    ) -> Result<RunEnd, PipelineError> {
        self.announcer.begin(&self.decider.decision(), context).map_err(PipelineError::Events)?;
        loop {
            if signals.stops() {
                return Ok(RunEnd::Stopped);
            }
            if signals.reloads() {
                return Ok(RunEnd::Reload);
            }
            if self.frame_limit.is_some_and(|limit| context.statistics.frames >= limit) {
                return Ok(RunEnd::Done);
            }
            let (decision, seen) = match self.source.next() {
                Ok(Next::Frame(frame)) => {
                    let recognition = self.recognizer.recognize(&frame.image)?;
                    log::trace!("{}: {recognition:?}", frame.name);
                    self.hang_if_told(context.statistics.frames);
                    let decision = self.decider.observe(&recognition.sightings, context.now());
                    (decision, Some((frame, recognition)))
                }
                Ok(Next::Nothing) => (self.decider.pass(context.now()), None),
                Ok(Next::End) => return Ok(RunEnd::Done),
                Err(error) if error.is_fatal() => return Err(PipelineError::Source(error)),
                Err(error) => {
                    let text = one_line(&error);
                    if context.statistics.failure(text.clone()) {
                        log::warn!("{text}");
                    }
                    context.prove_alive();
                    (self.decider.fail(context.now()), None)
                }
            };
            self.light(&decision.state, context.now())?;
            let told = self.announcer.tell(&decision, seen.as_ref(), context);
            told.map_err(PipelineError::Events)?;
            if let Some((frame, recognition)) = &seen {
                if context.statistics.frame(context.now(), frame.decode, recognition.times) {
                    log::info!("frames come again");
                }
                context.prove_alive();
            }
            context.report(&decision, self.source.dropped(), || self.faults());
            self.draw(decision, seen, context);
        }
    }

    fn light(&mut self, state: &State, now: Duration) -> Result<(), PipelineError> {
        let lit: Vec<bool> = self.rules.iter().map(|rule| rule.is_lit(state, now)).collect();
        self.leds.show(&lit, &caption(state)).map_err(PipelineError::LedOutput)
    }

    /// Gives each frame to the screen; without frames, only a fault.
    fn draw(
        &self,
        decision: Decision,
        seen: Option<RecognizedFrame>,
        context: &ServiceContext<'_>,
    ) {
        let Some(screen) = &self.screen else { return };
        let state = &decision.state;
        if seen.is_none() && *state != State::Fault {
            return;
        }
        screen.show(View {
            frame: seen.map(|(frame, _)| frame.image),
            text: caption(state),
            confidence: state.confidence(),
            frames_per_second: context.statistics.frames_per_second(context.now()),
            is_named: state.card().is_some(),
            is_fault: *state == State::Fault,
            marks: decision.marks,
        });
    }

    fn faults(&self) -> OutputFaults {
        OutputFaults {
            leds: self.leds.fault().map(str::to_owned),
            screen: self.screen.as_ref().and_then(Screen::fault),
        }
    }

    fn hang_if_told(&self, frames: u64) {
        if self.hang_at_frame == Some(frames) {
            log::warn!("hangs, as it was told");
            loop {
                std::thread::park();
            }
        }
    }
}

/// The state in words. Without the confidence, which changes with every frame.
fn caption(state: &State) -> String {
    state.card().map_or_else(|| state.name().to_owned(), |card| card.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use common::Card;
    use renderer::deck::Style;
    use renderer::scene::{SceneOptions, draw_scene};

    use super::*;
    use crate::clock::FakeClock;
    use crate::config::Mode;
    use crate::decide::Policy;
    use crate::output::leds::fake::RecordingLeds;
    use crate::service::notify::{Notification, RecordingSupervisor};
    use crate::source::Frame;
    use crate::source::camera::driver::CameraError;
    use crate::source::fake::Script;

    const RULES: [&str; 3] = ["suit:hearts", "seen", "fault"];

    fn frame(cards: &[Card]) -> Result<Next, SourceError> {
        let options = SceneOptions {
            style: Some(Style::classic()),
            texture: Some(0),
            ..SceneOptions::close_up()
        };
        let image = draw_scene(cards, &options, 1).image;
        Ok(Next::Frame(Frame { image, name: "drawn".into(), decode: Duration::ZERO }))
    }

    fn gone() -> Result<Next, SourceError> {
        Err(SourceError::Camera(CameraError::Gone("fake".into())))
    }

    /// What was lit, said and told to the watcher.
    struct Played {
        lit: Vec<Vec<bool>>,
        said: Vec<String>,
        told: Vec<Notification>,
        statistics: [u64; 3],
        outcome: Result<RunEnd, PipelineError>,
    }

    fn play(steps: Vec<Result<Next, SourceError>>) -> Played {
        let recognizer = Recognizer::load(None).unwrap();
        let rules = RULES.map(|rule| rule.parse().unwrap());
        let leds = RecordingLeds::default();
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
            decider: Decider::new(Mode::Full, policy),
            rules: &rules,
            leds: Box::new(leds.clone()),
            screen: None,
            announcer: Announcer {
                events: Some(Box::new(&mut events)),
                snapshots: None,
                log_level: log::Level::Debug,
            },
            frame_limit: None,
            hang_at_frame: None,
        };
        let watcher = RecordingSupervisor::default();
        let mut context = ServiceContext::new(&clock, &watcher, None);
        let outcome = pipeline.run(&mut context, &Signals::default());
        let statistics =
            [context.statistics.frames, context.statistics.failures, context.statistics.reconnects];
        drop(pipeline);
        let events = String::from_utf8(events).unwrap();
        let state = |line: &str| {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            event["state"].as_str().unwrap().to_owned()
        };
        let said = events.lines().map(state).collect();
        Played { lit: leds.record(), said, told: watcher.record(), statistics, outcome }
    }

    #[test]
    fn leds_and_events_follow_cards_and_faults() {
        let card = ["nine of hearts".parse().unwrap()];
        let steps = vec![
            frame(&card),
            frame(&card),
            gone(),
            Ok(Next::Nothing),
            gone(),
            frame(&card),
            frame(&card),
            frame(&[]),
            frame(&[]),
        ];
        let played = play(steps);
        let [dark, seen, fault] = [[false; 3], [true, true, false], [false, false, true]];
        assert_eq!(played.lit, [dark, seen, fault, dark, seen, dark]);
        let said = ["searching", "seen", "fault", "unsure", "seen", "searching"];
        assert_eq!(played.said, said);
        assert_eq!(played.statistics, [6, 2, 1]);
        assert_eq!(
            played.told,
            [Notification::Alive; 8],
            "each frame and each attempt, nothing else"
        );
    }

    #[test]
    fn an_empty_table_lights_nothing() {
        let played = play(vec![frame(&[]), frame(&[]), frame(&[])]);
        assert_eq!(played.lit, [[false; 3]]);
        assert_eq!(played.said, ["searching"]);
    }

    #[test]
    fn waiting_feeds_no_watchdog_and_a_dead_source_ends_the_run() {
        let steps = vec![Ok(Next::Nothing), Ok(Next::Nothing), Err(SourceError::CaptureDied)];
        let played = play(steps);
        assert_eq!(played.told, []);
        assert!(matches!(played.outcome, Err(PipelineError::Source(SourceError::CaptureDied))));
    }
}
