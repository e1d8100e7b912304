//! The pipeline: frame → recognise → decide → LEDs, announcements, status and screen.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use feed::{Led, StatusMessage};
use jiff::Timestamp;

use crate::decide::{Decider, Decision, State};
use crate::output::announce::{AnnouncedState, Announcer, FrameRecognition};
use crate::output::draw::Mark;
use crate::output::feed::{Feed, FeedView, led};
use crate::output::leds::LedOutput;
use crate::output::leds::rules::Rule;
use crate::output::screen::{Screen, View};
use crate::recognize::{FrameMemory, RecognizeError, Recognizer};
use crate::recording::{Seen, Witness};
use crate::service::context::ServiceContext;
use crate::service::faults::OutputFaults;
use crate::service::signals::Signals;
use crate::source::{FrameImage, FrameSource, Next, SourceError};

/// Everything that a run needs. The LEDs are the first field because fields are dropped in
/// order: the LEDs go out before the source closes, which may take a second.
pub struct Pipeline<'a> {
    pub(crate) leds: Box<dyn LedOutput + 'a>,
    pub(crate) source: Box<dyn FrameSource>,
    pub(crate) recognizer: &'a Recognizer,
    /// What need not be read again in the next frame.
    pub(crate) memory: FrameMemory,
    pub(crate) decider: Decider,
    /// Whether a warning about slow frames was logged.
    pub(crate) has_warned: bool,
    pub(crate) rules: &'a [Rule],
    pub(crate) screen: Option<Screen>,
    /// Receives status and frames; the announcer has it for the events.
    pub(crate) feed: Option<Feed>,
    pub(crate) announcer: Announcer<'a>,
    /// Sees each step, to record it or to compare it with a recording.
    pub(crate) witness: Option<Box<dyn Witness + 'a>>,
    /// The run ends after this number of frames.
    pub(crate) frame_limit: Option<u64>,
}

/// A fault that ends a run.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error(transparent)]
    Recognize(#[from] RecognizeError),
    #[error(transparent)]
    Source(SourceError),
    #[error("can't write an event")]
    Event(#[source] io::Error),
    #[error("can't switch the LEDs")]
    Leds(#[source] io::Error),
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// The source has no more frames, or the frame limit is reached.
    Done,
    /// A signal to stop arrived.
    Stopped,
    /// A signal to reload the configuration arrived. The run can be continued.
    Reload,
}

/// The result of one step.
struct Step {
    decision: Decision,
    /// Nothing if the source had no frame.
    frame: Option<FrameRecognition>,
}

impl Pipeline<'_> {
    /// Runs until the source ends, the frame limit is reached or a signal arrives. The LEDs go
    /// out when the pipeline is dropped.
    ///
    /// # Errors
    /// A frame cannot be recognised, the source has failed for good, or an output cannot be
    /// written.
    pub fn run(
        &mut self,
        context: &mut ServiceContext<'_>,
        signals: &Signals,
    ) -> Result<RunEnd, PipelineError> {
        self.announcer
            .begin(&self.decider.decision(), context.clock.timestamp())
            .map_err(PipelineError::Event)?;
        loop {
            if let Some(end) = self.requested_end(context, signals) {
                return Ok(end);
            }
            if signals.take_save_request() {
                self.save();
            }
            let Some(step) = self.step(context)? else { return Ok(RunEnd::Done) };
            self.publish(step, context)?;
        }
    }

    /// Changes the number of frames after which the run ends.
    #[cfg(feature = "testing")]
    pub fn set_frame_limit(&mut self, frames: u64) {
        self.frame_limit = Some(frames);
    }

    fn save(&mut self) {
        match &mut self.witness {
            Some(witness) => witness.save(),
            None => log::warn!("SIGUSR1: nothing is recorded; set record.folder"),
        }
    }

    /// Ends the pipeline. Returns what was announced, for the announcer of the next one.
    pub(crate) fn into_announced(self) -> AnnouncedState {
        self.announcer.announced
    }

    fn requested_end(&self, context: &ServiceContext<'_>, signals: &Signals) -> Option<RunEnd> {
        if signals.is_stop_requested() {
            Some(RunEnd::Stopped)
        } else if signals.is_reload_requested() {
            Some(RunEnd::Reload)
        } else {
            let is_done = self.frame_limit.is_some_and(|limit| context.statistics.frames >= limit);
            is_done.then_some(RunEnd::Done)
        }
    }

    /// Gets a frame, recognises it and decides. Returns nothing at the end of the source.
    fn step(&mut self, context: &mut ServiceContext<'_>) -> Result<Option<Step>, PipelineError> {
        let next = self.source.next();
        // One time for the whole step, so that a decision depends on nothing that can't be recorded.
        let now = self.source.time().unwrap_or_else(|| context.now());
        match next {
            Ok(Next::Frame(frame)) => {
                let decider = &self.decider;
                if self.witness.as_mut().is_some_and(|w| w.begins_group(decider, now)) {
                    self.memory.restart();
                }
                let known = self.decider.known_cards();
                let memory = &mut self.memory;
                let outcome = self.recognizer.recognize_next(&frame.image, memory, &known, now);
                let recognition = match outcome {
                    Err(error) if !error.is_fatal() => {
                        let fault = format!("{}: {error}", frame.name);
                        return Ok(Some(self.fail(fault, now, context)));
                    }
                    outcome => outcome?,
                };
                log::trace!("{}: {recognition:?}", frame.name);
                let decision = self.decider.observe(&recognition.evidence(), now);
                self.warn_about_slow_frames();
                self.witness_step(now, Seen::Frame(&frame.image), &decision);
                Ok(Some(Step { decision, frame: Some(FrameRecognition { frame, recognition }) }))
            }
            Ok(Next::Nothing) => {
                let decision = self.decider.pass_time(now);
                self.witness_step(now, Seen::Nothing, &decision);
                Ok(Some(Step { decision, frame: None }))
            }
            Ok(Next::End) => Ok(None),
            Err(error) if error.is_fatal() => Err(PipelineError::Source(error)),
            Err(error) => {
                let fault = format!("{:#}", anyhow::Error::from(error));
                Ok(Some(self.fail(fault, now, context)))
            }
        }
    }

    /// Counts a frame that the source can't give, or that can't be recognised.
    fn fail(&mut self, fault: String, now: Duration, context: &mut ServiceContext<'_>) -> Step {
        if context.statistics.add_failure(context.now(), fault.clone()) {
            log::warn!("{fault}");
        }
        context.notify_alive();
        self.memory.forget();
        let decision = self.decider.fail(now);
        self.witness_step(now, Seen::Failure(&fault), &decision);
        Step { decision, frame: None }
    }

    fn witness_step(&mut self, now: Duration, seen: Seen<'_>, decision: &Decision) {
        if let Some(witness) = &mut self.witness {
            witness.decided(now, seen, decision);
        }
    }

    /// Warns once that frames are too slow for the configured time of expiry.
    fn warn_about_slow_frames(&mut self) {
        let Some(expiry) = self.decider.longer_expiry().filter(|_| !self.has_warned) else {
            return;
        };
        self.has_warned = true;
        log::warn!(
            "frames are so slow that a card stays for {millis} ms without a frame that supports it, \
             which is longer than decide.expire_millis; set it to {millis} or more, or get more frames \
             with more light or a smaller image",
            millis = expiry.as_millis()
        );
    }

    /// Gives the result of a step to all outputs.
    fn publish(
        &mut self,
        step: Step,
        context: &mut ServiceContext<'_>,
    ) -> Result<(), PipelineError> {
        let Step { decision, frame } = step;
        let lit = self.switch_leds(&decision.state, context.now())?;
        let time = context.clock.timestamp();
        self.announcer.announce(&decision, frame.as_ref(), time).map_err(PipelineError::Event)?;
        if let Some(FrameRecognition { frame, recognition }) = &frame {
            let (now, stages) = (context.now(), recognition.durations);
            context.counters.add_frame(&decision.state, frame.decode, stages);
            if let Some(outage) = context.statistics.add_frame(now, frame.decode, stages) {
                log::info!("frames are arriving again after {:.1} s", outage.as_secs_f64());
            }
            context.notify_alive();
        }
        self.report_status(&decision, &lit, context);
        let image = frame.map(|frame| Arc::new(frame.frame.image));
        self.offer_to_feed(&decision, image.as_ref(), &lit, time, context);
        self.show_on_screen(&decision, image, context);
        Ok(())
    }

    /// Switches the LEDs once per step. Rules that depend on the time, such as the heartbeat, are
    /// therefore sampled at the frame rate: with slow frames a short pulse may be missed. Returns
    /// which LEDs are lit.
    fn switch_leds(&mut self, state: &State, now: Duration) -> Result<Vec<bool>, PipelineError> {
        let lit: Vec<bool> = self.rules.iter().map(|rule| rule.is_lit(state, now)).collect();
        self.leds.show(&lit, &caption(state)).map_err(PipelineError::Leds)?;
        Ok(lit)
    }

    /// Reports the status once a second.
    fn report_status(&self, decision: &Decision, lit: &[bool], context: &mut ServiceContext<'_>) {
        let report =
            context.report_status(decision, self.source.dropped(), || self.output_faults());
        if let (Some(status), Some(feed)) = (report, &self.feed) {
            // Only now, because some of the counts are read from the system.
            let counters = context.counters.to_feed();
            feed.send_status(StatusMessage { status, leds: self.led_states(lit), counters });
        }
    }

    /// Gives the frame to the feed, if one of its readers is due to get one.
    fn offer_to_feed(
        &self,
        decision: &Decision,
        frame: Option<&Arc<FrameImage>>,
        lit: &[bool],
        time: Timestamp,
        context: &ServiceContext<'_>,
    ) {
        let (Some(feed), Some(frame)) = (&self.feed, frame) else { return };
        if feed.wants_frame(context.now()) {
            feed.offer(FeedView {
                frame: Arc::clone(frame),
                time,
                state: decision.state,
                outlines: decision.outlines.clone(),
                leds: self.led_states(lit),
                frames_per_second: context.statistics.frames_per_second(context.now()),
            });
        }
    }

    fn led_states(&self, lit: &[bool]) -> Vec<Led> {
        self.rules.iter().zip(lit).map(|(rule, is_lit)| led(rule, *is_lit)).collect()
    }

    /// Shows each frame on the screen. Without a frame, only a fault is shown.
    fn show_on_screen(
        &self,
        decision: &Decision,
        frame: Option<Arc<FrameImage>>,
        context: &ServiceContext<'_>,
    ) {
        let Some(screen) = &self.screen else { return };
        let state = &decision.state;
        let is_fault = *state == State::Fault;
        if frame.is_none() && !is_fault {
            return;
        }
        screen.show(View {
            frame,
            text: caption(state),
            confidence: state.confidence(),
            frames_per_second: context.statistics.frames_per_second(context.now()),
            is_named: state.card().is_some(),
            is_fault,
            marks: decision.outlines.iter().map(Mark::from).collect(),
        });
    }

    fn output_faults(&self) -> OutputFaults {
        OutputFaults {
            leds: self.leds.fault().map(str::to_owned),
            screen: self.screen.as_ref().and_then(Screen::fault),
        }
    }
}

/// Returns the card or the state in words, without the confidence, which changes with every
/// frame.
fn caption(state: &State) -> String {
    state.card().map_or_else(|| state.name().to_owned(), |card| card.to_string())
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;
    use crate::clock::FakeClock;
    use crate::recognize::fake::PanickingLocator;
    use crate::source::Frame;
    use crate::testing::{PipelineBuilder, RecordingSupervisor, ScriptedSource};

    #[test]
    fn a_panic_over_one_frame_is_a_failure_and_the_next_frame_is_recognised() {
        let locator = PanickingLocator::default();
        let recognizer = Recognizer::load(None).unwrap().with_locator(Box::new(locator));
        let frame = |name: &str| {
            let (image, decode) = (RgbImage::new(64, 48).into(), Duration::ZERO);
            Ok(Next::Frame(Frame { image, name: name.into(), decode }))
        };
        let source = ScriptedSource::new(vec![frame("one"), frame("two")]);
        let (clock, supervisor) = (FakeClock::default(), RecordingSupervisor::default());
        let mut context = ServiceContext::new(&clock, &supervisor, None);
        let mut pipeline = PipelineBuilder::new(&recognizer, source).build();
        assert!(pipeline.step(&mut context).unwrap().unwrap().frame.is_none());
        let fault = context.statistics.fault().unwrap().to_owned();
        assert!(fault.contains("one") && fault.contains("scripted panic"), "{fault}");
        assert!(pipeline.step(&mut context).unwrap().unwrap().frame.is_some());
    }
}
