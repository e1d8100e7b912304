//! `cardsight replay`: a recording once more through the pipeline, compared with what was decided then.

use std::process::ExitCode;

use anyhow::Context as _;
use common::output::print;

use crate::cli::ReplayArgs;
use crate::clock::SystemClock;
use crate::decide::Decider;
use crate::output::announce::{AnnouncedState, Announcer};
use crate::output::leds::NoLeds;
use crate::pipeline::Pipeline;
use crate::recognize::{FrameMemory, Recognizer};
use crate::recording::file::{self, Header};
use crate::recording::replay::{Comparer, Comparison, ReplaySource};
use crate::service::context::ServiceContext;
use crate::service::notify::Systemd;
use crate::service::signals::Signals;

/// So many differences are printed.
const MOST_LINES: usize = 50;

/// Repeats a recording and prints the differences. Fails if there are any.
pub(super) fn run(args: &ReplayArgs) -> anyhow::Result<ExitCode> {
    let recording = file::read(&args.file)?;
    let header = &recording.header;
    let settings = args
        .settings(header.configuration.clone())
        .context("the recorded configuration can't be used")?;
    let recognizer = Recognizer::open_and_test(&settings.models)?.with_threads(settings.threads)?;
    print(&description(header, recording.steps.len()))?;
    let policy = settings.decide.policy(recognizer.accept_threshold());
    let is_same_model = recognizer.id().sha256 == header.model;
    let decider = if is_same_model && !args.has_models() {
        serde_json::from_str(&header.decider).context("the recorded state can't be read")?
    } else {
        print("The networks are not those of the recording, so decisions may differ.\n")?;
        Decider::new(recognizer.mode(), policy)
    };
    let (comparer, found) = Comparer::new(&recording.steps);
    let mut pipeline = Pipeline {
        leds: Box::new(NoLeds),
        source: Box::new(ReplaySource::new(recording.steps, recognizer.first_look())),
        recognizer: &recognizer,
        memory: FrameMemory::new(&policy, settings.decide.longest_reuse()),
        decider,
        has_warned: false,
        rules: &[],
        screen: None,
        feed: None,
        announcer: Announcer {
            events: None,
            feed: None,
            snapshots: None,
            log_level: log::Level::Debug,
            announced: AnnouncedState::default(),
        },
        witness: Some(Box::new(comparer)),
        frame_limit: None,
    };
    let clock = SystemClock::start();
    let mut context = ServiceContext::new(&clock, &Systemd, None);
    pipeline.run(&mut context, &Signals::default())?;
    drop(pipeline);
    let found = found.take();
    print(&report(&found))?;
    Ok(if found.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn description(header: &Header, steps: usize) -> String {
    let Header { program, written, camera, model, .. } = header;
    format!(
        "{steps} steps of {camera}, recorded {written} by cardsight {program}, model {model:.12}\n"
    )
}

fn report(found: &Comparison) -> String {
    let Comparison { frames, steps, differences } = found;
    let mut text: String =
        differences.iter().take(MOST_LINES).map(|difference| format!("{difference}\n")).collect();
    if differences.len() > MOST_LINES {
        text += &format!("… and {} more\n", differences.len() - MOST_LINES);
    }
    text += &match differences.len() {
        0 => format!("{frames} frames, {steps} decisions: all as recorded\n"),
        count => format!("{frames} frames, {steps} decisions: {count} differ\n"),
    };
    text
}
