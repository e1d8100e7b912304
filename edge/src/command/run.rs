//! `edge run`: the device at work.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context as _;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::cli::RunArgs;
use crate::clock::SystemClock;
use crate::command::NotBuilt;
use crate::config::{Config, Decide, Leds, Source};
use crate::decide::{Decider, Policy};
use crate::pipeline::{Pipeline, Summary};
use crate::recognize::Recognizer;
use crate::report::annotate::Album;
use crate::signal::panel::{Look, Panel};
use crate::signal::rules::Rule;
use crate::signal::{Indicator, NoIndicator};
use crate::source::FrameSource;
use crate::source::demo::Demo;
use crate::source::files::{self, Files};
use crate::source::latest::Latest;

/// Runs the command: until the source ends, or SIGINT or SIGTERM comes.
pub fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let config = args.config()?;
    NotBuilt::check_source(&config.source)?;
    NotBuilt::check_mode(config.mode)?;
    NotBuilt::check_leds(config.leds)?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).context("can't handle signals")?;
    }
    let recognizer = Recognizer::load(config.model.as_deref())?;
    let rules: Vec<Rule> = config.lamps.iter().map(|lamp| lamp.rule).collect();
    let threshold = recognizer.classifier().info().accept_threshold;
    let album = config.annotate.as_ref();
    let mut pipeline = Pipeline {
        source: source(&config)?,
        recognizer: &recognizer,
        decider: Decider::new(policy(&config.decide, threshold)),
        rules: &rules,
        indicator: indicator(config.leds, &rules, args.json),
        events: args.json.then(|| Box::new(io::stdout()) as Box<dyn io::Write>),
        album: album.map(|album| Album::open(&album.folder, album.keep)).transpose()?,
        clock: &SystemClock::start(),
        frame_limit: args.frames,
    };
    let Summary { frames, failures } = pipeline.run(&stop)?;
    drop(pipeline);
    log::info!("{frames} frames recognised, {failures} could not be had");
    Ok(if failures > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn source(config: &Config) -> anyhow::Result<Box<dyn FrameSource>> {
    Ok(match &config.source {
        Source::Files(path) => Box::new(Files::new(files::list(std::slice::from_ref(path))?)),
        Source::Demo | Source::Camera(_) => {
            Box::new(Latest::start(Demo::new(config.demo.frames_per_second, config.demo.seed)))
        }
    })
}

fn policy(decide: &Decide, accept_threshold: f32) -> Policy {
    let enter = decide.enter.unwrap_or(accept_threshold);
    Policy {
        enter,
        leave: decide.leave.unwrap_or(Decide::LEAVE_SHARE * enter),
        agreeing_frames: decide.agreeing_frames,
        expire: Duration::from_millis(decide.expire_millis),
    }
}

/// With JSON on stdout, the panel is on stderr.
fn indicator<'a>(leds: Leds, rules: &[Rule], json: bool) -> Box<dyn Indicator + 'a> {
    let has_colors = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let look = |is_terminal| Look { is_terminal, has_colors: is_terminal && has_colors };
    match leds {
        Leds::Off | Leds::Gpio => Box::new(NoIndicator),
        Leds::Panel if json => {
            Box::new(Panel::new(io::stderr(), rules, look(io::stderr().is_terminal())))
        }
        Leds::Panel => Box::new(Panel::new(io::stdout(), rules, look(io::stdout().is_terminal()))),
    }
}
