//! `cardsight run`: the device at work.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use common::error::one_line;
use rand::SeedableRng as _;
use rand_pcg::Pcg64;

use crate::cli::RunArgs;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, DecisionSettings, Leds, Source};
use crate::decide::Decider;
use crate::decide::Policy;
use crate::output::annotate::SnapshotFolder;
use crate::output::announce::Announcer;
use crate::output::leds::gpio::GpioLeds;
use crate::output::leds::reopening::ReopeningLeds;
use crate::output::leds::rules::Rule;
use crate::output::leds::terminal::{TerminalLeds, TerminalStyle};
use crate::output::leds::{LedOutput, NoLeds};
use crate::output::screen::Screen;
use crate::output::screen::framebuffer::Framebuffer;
use crate::pipeline::{Pipeline, RunEnd};
use crate::recognize::Recognizer;
use crate::service::context::ServiceContext;
use crate::service::notify::{Notification, Systemd};
use crate::service::signals::Signals;
use crate::service::status::StatusFile;
use crate::source::FrameSource;
use crate::source::camera::Camera;
use crate::source::camera::v4l::V4lDriver;
use crate::source::demo::Demo;
use crate::source::files::{self, Files};
use crate::source::latest::LatestFrameSource;

/// Runs the command: until the source ends, or SIGINT or SIGTERM comes. SIGHUP reads
/// configuration and model again.
pub fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let signals = Signals::register().context("can't handle signals")?;
    let clock = SystemClock::start();
    let mut setup = Setup::load(args)?;
    let model = || setup.recognizer.id().clone();
    let status = args.status_path().map(|path| StatusFile::new(&path, model(), clock.now()));
    let mut context = ServiceContext::new(&clock, &Systemd, status);
    while let Some(new) = run_until_changed(&mut setup, args, &mut context, &signals)? {
        setup = new;
        if let Some(status) = &mut context.status {
            status.set_model(setup.recognizer.id().clone());
        }
    }
    log::info!(
        "{} frames recognised, {} could not be had",
        context.statistics.frames,
        context.statistics.failures
    );
    let is_failure = context.statistics.failures > 0 && !signals.stops();
    Ok(if is_failure { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// A configuration with all that it names, checked: what can't be had makes it refused.
struct Setup {
    config: Config,
    recognizer: Recognizer,
    rules: Vec<Rule>,
    snapshots: Option<SnapshotFolder>,
}

impl Setup {
    fn load(args: &RunArgs) -> anyhow::Result<Self> {
        let config = args.config()?;
        if config.leds == Leds::Gpio {
            config.wired_leds()?;
        }
        if let Source::Files(path) = &config.source {
            files::list(std::slice::from_ref(path))?;
        }
        let recognizer = Recognizer::load_and_test(config.model.as_deref())?
            .in_mode(config.mode, config.locator.as_deref())?;
        let rules = config.led.iter().map(|led| led.rule).collect();
        let snapshots = config.annotate.as_ref();
        let snapshots = snapshots
            .map(|snapshots| SnapshotFolder::go_on(&snapshots.folder, snapshots.keep))
            .transpose()?;
        Ok(Self { config, recognizer, rules, snapshots })
    }
}

/// Runs the pipeline of a setup. Returns the setup that takes its place, if any; one that
/// is refused is logged, and the old one goes on.
fn run_until_changed(
    setup: &mut Setup,
    args: &RunArgs,
    context: &mut ServiceContext<'_>,
    signals: &Signals,
) -> anyhow::Result<Option<Setup>> {
    let clock = context.clock;
    let mut pipeline = pipeline(setup, args, clock)?;
    context.watcher.tell(Notification::Ready);
    loop {
        match pipeline.run(context, signals)? {
            RunEnd::Done => return Ok(None),
            RunEnd::Stopped => {
                context.watcher.tell(Notification::Stopping);
                return Ok(None);
            }
            RunEnd::Reload => {
                signals.take_reload();
                context.watcher.tell(Notification::Reloading);
                match Setup::load(args) {
                    Ok(new) => {
                        log::info!("the configuration is read again");
                        return Ok(Some(new));
                    }
                    Err(error) => {
                        let reason = one_line(error.as_ref());
                        log::error!(
                            "the new configuration is refused, the old one stays: {reason}"
                        );
                        context.watcher.tell(Notification::Ready);
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
) -> anyhow::Result<Pipeline<'a>> {
    let Setup { config, recognizer, rules, snapshots } = setup;
    let threshold = recognizer.accept_threshold();
    let shows_states = config.leds == Leds::Panel || args.json;
    Ok(Pipeline {
        leds: leds(config, rules, args.json, clock)?,
        source: source(config)?,
        recognizer,
        decider: Decider::new(recognizer.mode(), policy(&config.decide, threshold)),
        rules,
        screen: config.screen.clone().map(|path| Screen::start(move || Framebuffer::open(&path))),
        announcer: Announcer {
            events: args.json.then(|| Box::new(io::stdout()) as Box<dyn io::Write>),
            snapshots: snapshots.take(),
            log_level: if shows_states { log::Level::Debug } else { log::Level::Info },
        },
        frame_limit: args.frames,
        hang_at_frame: args.hang_at_frame,
    })
}

fn source(config: &Config) -> anyhow::Result<Box<dyn FrameSource>> {
    Ok(match &config.source {
        Source::Files(path) => Box::new(Files::new(files::list(std::slice::from_ref(path))?)),
        Source::Demo => Box::new(LatestFrameSource::start(Demo::new(
            config.demo.frames_per_second,
            config.demo.seed,
        ))),
        Source::Camera(id) => {
            let driver = V4lDriver::new(id.clone());
            // Spreads the attempts of many devices that lost their cameras together.
            let rng = Pcg64::seed_from_u64(std::process::id().into());
            Box::new(LatestFrameSource::start(Camera::new(
                driver,
                config.camera,
                SystemClock::start(),
                rng,
            )))
        }
    })
}

fn policy(decide: &DecisionSettings, accept_threshold: f32) -> Policy {
    let enter = decide.enter.unwrap_or(accept_threshold);
    Policy {
        enter,
        leave: decide.leave.unwrap_or(DecisionSettings::LEAVE_SHARE * enter),
        agreeing_frames: decide.agreeing_frames,
        expire: Duration::from_millis(decide.expire_millis),
    }
}

/// With JSON on stdout, the panel is on stderr.
fn leds<'a>(
    config: &Config,
    rules: &[Rule],
    json: bool,
    clock: &'a dyn Clock,
) -> anyhow::Result<Box<dyn LedOutput + 'a>> {
    let has_colors = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let look = |is_terminal| TerminalStyle { is_terminal, has_colors: is_terminal && has_colors };
    Ok(match config.leds {
        Leds::Off => Box::new(NoLeds),
        Leds::Gpio => {
            let leds = config.wired_leds()?;
            Box::new(ReopeningLeds::new(move || GpioLeds::open(&leds), clock))
        }
        Leds::Panel if json => {
            Box::new(TerminalLeds::new(io::stderr(), rules, look(io::stderr().is_terminal())))
        }
        Leds::Panel => {
            Box::new(TerminalLeds::new(io::stdout(), rules, look(io::stdout().is_terminal())))
        }
    })
}
