//! `cardsight run`: the device at work.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use anyhow::Context as _;

use crate::cli::{RunArgs, VERSION};
use crate::clock::{Clock, SystemClock};
use crate::command::run_feed::RunFeed;
use crate::command::sources;
use crate::config::Settings;
use crate::config::settings::{LedOutputSettings, RecordSettings};
use crate::decide::Decider;
use crate::output::announce::{AnnouncedState, Announcer};
use crate::output::feed::Feed;
use crate::output::leds::gpio::{GpioError, GpioLeds};
use crate::output::leds::reopening::ReopeningLeds;
use crate::output::leds::rules::Rule;
use crate::output::leds::terminal::{TerminalLeds, TerminalStyle};
use crate::output::leds::{LedOutput, NoLeds};
use crate::output::screen::{Screen, system};
use crate::output::snapshots::SnapshotFolder;
use crate::pipeline::{Pipeline, RunEnd};
use crate::recognize::{FrameMemory, Recognizer};
use crate::recording::Witness;
use crate::recording::recorder::{RecordedProgram, Recorder};
use crate::service::context::ServiceContext;
use crate::service::notify::{Notification, Systemd};
use crate::service::signals::Signals;
use crate::service::status::StatusReporter;

/// Runs until the source ends, or until SIGINT or SIGTERM arrives. SIGHUP reloads the
/// configuration and the models.
pub(super) fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let signals = Signals::register().context("can't handle signals")?;
    let clock = SystemClock::start();
    let mut setup = Setup::load(args)?;
    let status = StatusReporter::new(
        args.status_path().as_deref(),
        setup.recognizer.id().clone(),
        clock.now(),
    );
    let mut context = ServiceContext::new(&clock, &Systemd, Some(status));
    let mut announced = AnnouncedState::default();
    let mut feed = RunFeed::default();
    loop {
        feed.apply(&setup.settings, setup.recognizer.id(), clock);
        let mut pipeline = pipeline(&mut setup, args, &clock, announced, feed.feed())?;
        let next_setup = run_until_reload(&mut pipeline, args, &mut context, &signals)?;
        announced = pipeline.into_announced();
        let Some(next_setup) = next_setup else { break };
        setup = next_setup;
        if let Some(status) = &mut context.status {
            status.set_model(setup.recognizer.id().clone());
        }
    }
    let (frames, failures) = (context.statistics.frames, context.statistics.failures);
    log::info!("recognised {frames} frames; {failures} attempts to get a frame failed");
    let is_failure = failures > 0 && !signals.is_stop_requested();
    Ok(if is_failure { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The settings with the files that they name. Whatever is missing is found before the setup
/// is used, so that a bad configuration is refused and the old one stays in use.
struct Setup {
    settings: Settings,
    recognizer: Recognizer,
    rules: Vec<Rule>,
    snapshots: Option<SnapshotFolder>,
}

impl Setup {
    fn load(args: &RunArgs) -> anyhow::Result<Self> {
        let settings = args.settings()?;
        sources::check(&settings)?;
        let recognizer =
            Recognizer::open_and_test(&settings.models)?.with_threads(settings.threads)?;
        let rules = settings.leds.iter().map(|led| led.rule).collect();
        let snapshots = settings.snapshots.as_ref();
        let snapshots = snapshots
            .map(|snapshots| SnapshotFolder::resume(&snapshots.folder, snapshots.keep))
            .transpose()?;
        Ok(Self { settings, recognizer, rules, snapshots })
    }
}

/// Runs a pipeline. Returns the setup that replaces it, or nothing when the run ends. A setup
/// that cannot be loaded is refused, and the pipeline goes on.
fn run_until_reload(
    pipeline: &mut Pipeline<'_>,
    args: &RunArgs,
    context: &mut ServiceContext<'_>,
    signals: &Signals,
) -> anyhow::Result<Option<Setup>> {
    context.supervisor.notify(Notification::Ready);
    loop {
        match pipeline.run(context, signals)? {
            RunEnd::Done => return Ok(None),
            RunEnd::Stopped => {
                context.supervisor.notify(Notification::Stopping);
                return Ok(None);
            }
            RunEnd::Reload => {
                signals.clear_reload();
                context.supervisor.notify(Notification::Reloading);
                match Setup::load(args) {
                    Ok(setup) => {
                        log::info!("the configuration was reloaded");
                        return Ok(Some(setup));
                    }
                    Err(error) => {
                        log::error!(
                            "the new configuration is refused, the old one stays in use: {error:#}"
                        );
                        context.supervisor.notify(Notification::Ready);
                    }
                }
            }
        }
    }
}

fn pipeline<'a>(
    setup: &'a mut Setup,
    args: &RunArgs,
    clock: &'a dyn Clock,
    announced: AnnouncedState,
    feed: Option<Feed>,
) -> anyhow::Result<Pipeline<'a>> {
    let Setup { settings, recognizer, rules, snapshots } = setup;
    let policy = settings.decide.policy(recognizer.accept_threshold());
    let source = sources::open(settings, recognizer.first_look())?;
    #[cfg(feature = "testing")]
    let source = crate::testing::hang_at_frame(source, args.hang_at_frame);
    // The terminal or the events show each change already.
    let shows_changes = settings.led_output == LedOutputSettings::Panel || args.json;
    Ok(Pipeline {
        leds: leds(settings, rules, args.json, clock),
        source,
        recognizer,
        memory: FrameMemory::new(&policy, settings.decide.longest_reuse()),
        decider: Decider::new(recognizer.mode(), policy),
        has_warned: false,
        rules,
        screen: settings
            .screen
            .clone()
            .map(|screen| Screen::start(move || system::open(&screen), SystemClock::start())),
        feed: feed.clone(),
        announcer: Announcer {
            events: args.json.then(|| Box::new(io::stdout()) as Box<dyn io::Write>),
            feed,
            snapshots: snapshots.take(),
            log_level: if shows_changes { log::Level::Debug } else { log::Level::Info },
            announced,
        },
        witness: recorder(settings, recognizer, args)
            .map(|recorder| Box::new(recorder) as Box<dyn Witness>),
        frame_limit: args.frames,
    })
}

/// Returns the recorder, if something is recorded.
fn recorder(settings: &Settings, recognizer: &Recognizer, args: &RunArgs) -> Option<Recorder> {
    let RecordSettings { folder, longest, most_bytes, configuration } = settings.record.clone()?;
    let model = recognizer.id().sha256.clone();
    let program = RecordedProgram { version: VERSION, model, configuration };
    let recorder = Recorder::new(program, folder, longest, most_bytes);
    Some(recorder.saving_at_end(args.saves_at_end()))
}

/// Returns the LEDs. With JSON on stdout, those on the terminal go to stderr.
fn leds<'a>(
    settings: &Settings,
    rules: &[Rule],
    is_json: bool,
    clock: &'a dyn Clock,
) -> Box<dyn LedOutput + 'a> {
    match &settings.led_output {
        LedOutputSettings::Off => Box::new(NoLeds),
        LedOutputSettings::Gpio(leds) => {
            let leds = leds.clone();
            let open = move || {
                let opened = GpioLeds::open(&leds)?;
                log::info!("the LEDs are driven by the {}", opened.abi_text());
                Ok::<_, GpioError>(opened)
            };
            Box::new(ReopeningLeds::new(open, clock))
        }
        LedOutputSettings::Panel if is_json => {
            let style = terminal_style(io::stderr().is_terminal());
            Box::new(TerminalLeds::new(io::stderr(), rules, style))
        }
        LedOutputSettings::Panel => {
            let style = terminal_style(io::stdout().is_terminal());
            Box::new(TerminalLeds::new(io::stdout(), rules, style))
        }
    }
}

fn terminal_style(is_terminal: bool) -> TerminalStyle {
    // See https://no-color.org.
    let has_colors = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    TerminalStyle { is_terminal, has_colors: is_terminal && has_colors }
}
