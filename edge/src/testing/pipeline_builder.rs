//! Builds pipelines for tests.

use std::io::Write;
use std::time::Duration;

use crate::config;
use crate::decide::{Decider, Policy};
use crate::output::announce::{AnnouncedState, Announcer};
use crate::output::feed::Feed;
use crate::output::leds::rules::Rule;
use crate::output::leds::{LedOutput, NoLeds};
use crate::output::screen::Screen;
use crate::output::snapshots::SnapshotFolder;
use crate::pipeline::Pipeline;
use crate::recognize::{FrameMemory, Recognizer};
use crate::source::FrameSource;

/// A pipeline with the default settings and without outputs, to which a test adds what it
/// needs.
pub struct PipelineBuilder<'a> {
    pipeline: Pipeline<'a>,
}

impl<'a> PipelineBuilder<'a> {
    /// Begins with a recognizer, whose mode and accept threshold are used, and a source.
    pub fn new(recognizer: &'a Recognizer, source: impl FrameSource + 'static) -> Self {
        let policy = config::defaults().decide.policy(recognizer.accept_threshold());
        let memory = FrameMemory::new(&policy, policy.expire / 2);
        let announcer = Announcer {
            events: None,
            feed: None,
            snapshots: None,
            log_level: log::Level::Debug,
            announced: AnnouncedState::default(),
        };
        let pipeline = Pipeline {
            leds: Box::new(NoLeds),
            source: Box::new(source),
            recognizer,
            memory,
            decider: Decider::new(recognizer.mode(), policy),
            has_warned: false,
            rules: &[],
            screen: None,
            feed: None,
            announcer,
            witness: None,
            frame_limit: None,
        };
        Self { pipeline }
    }

    /// Decides by this policy, and reads again after half of its time of expiry.
    pub fn policy(self, policy: Policy) -> Self {
        self.policy_and_reuse(policy, policy.expire / 2)
    }

    /// Decides by this policy, and reads again after `longest`; see
    /// [`Settings`](crate::config::Settings).
    pub fn policy_and_reuse(mut self, policy: Policy, longest: Duration) -> Self {
        self.pipeline.decider = Decider::new(self.pipeline.recognizer.mode(), policy);
        self.pipeline.memory = FrameMemory::new(&policy, longest);
        self
    }

    /// Switches these LEDs, one for each rule.
    pub fn leds(mut self, leds: impl LedOutput + 'a, rules: &'a [Rule]) -> Self {
        self.pipeline.leds = Box::new(leds);
        self.pipeline.rules = rules;
        self
    }

    /// Shows frames on this screen.
    pub fn screen(mut self, screen: Screen) -> Self {
        self.pipeline.screen = Some(screen);
        self
    }

    /// Sends events, status and frames to the readers of this feed.
    pub fn feed(mut self, feed: Feed) -> Self {
        self.pipeline.feed = Some(feed.clone());
        self.pipeline.announcer.feed = Some(feed);
        self
    }

    /// Writes events as JSON lines.
    pub fn events(mut self, events: impl Write + 'a) -> Self {
        self.pipeline.announcer.events = Some(Box::new(events));
        self
    }

    /// Writes annotated images.
    pub fn snapshots(mut self, snapshots: SnapshotFolder) -> Self {
        self.pipeline.announcer.snapshots = Some(snapshots);
        self
    }

    /// Ends the run after this number of frames.
    pub fn frame_limit(mut self, frames: u64) -> Self {
        self.pipeline.frame_limit = Some(frames);
        self
    }

    /// Returns the pipeline.
    pub fn build(self) -> Pipeline<'a> {
        self.pipeline
    }
}
