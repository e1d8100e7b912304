//! `cardsight bench`: the time of each step on this machine.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use common::Card;
use renderer::deck::Style;
use renderer::scene::{SceneOptions, draw_scene};
use serde_json::json;

use crate::cli::BenchArgs;
use crate::config::Mode;
use crate::recognize::Recognizer;
use crate::source::files::{self, Files};
use crate::source::{Frame, FrameSource as _, Next};
use crate::util::spread::{Spread, spread};

/// Drawn scenes where no folder is named.
const DRAWN_SCENES: usize = 20;

/// Runs the command.
pub fn run(args: &BenchArgs) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let recognizer =
        Recognizer::load(args.model.as_deref())?.in_mode(args.mode, args.locator.as_deref())?;
    let load = started.elapsed();
    let frames = frames(args)?;
    let mut steps: [(&str, Vec<Duration>); 5] =
        ["decode", "locate", "prepare", "classify", "whole"].map(|step| (step, Vec::new()));
    let mut classes = Vec::new();
    for round in 0..=args.repeat {
        for frame in &frames {
            let seen = recognizer.recognize(&frame.image)?;
            if round == 0 {
                classes.extend(seen.sightings.iter().map(|sighting| sighting.card.to_string()));
                continue; // The first round warms up.
            }
            let times = seen.times;
            let measured =
                [frame.decode, times.locate, times.prepare, times.classify, times.total()];
            steps.iter_mut().zip(measured).for_each(|((_, all), time)| all.push(time));
        }
    }
    let spreads: Vec<_> =
        steps.into_iter().filter_map(|(step, all)| Some((step, spread(all)?))).collect();
    if args.json {
        let millis: serde_json::Map<_, _> =
            spreads.iter().map(|(step, spread)| ((*step).to_owned(), json!(spread))).collect();
        let load = load.as_secs_f64() * 1000.0;
        let frames = frames.len();
        println!(
            "{}",
            json!({"frames": frames, "load_millis": load, "millis": millis, "cards": classes})
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!("model loaded in {:.0} ms", load.as_secs_f64() * 1000.0);
    println!("{} frames × {}, one thread, wall-clock milliseconds:", frames.len(), args.repeat);
    println!("{:<10} {:>8} {:>8}", "step", "median", "p95");
    for (step, Spread { p50_millis, p95_millis }) in spreads {
        println!("{step:<10} {p50_millis:>8.3} {p95_millis:>8.3}");
    }
    Ok(ExitCode::SUCCESS)
}

fn frames(args: &BenchArgs) -> anyhow::Result<Vec<Frame>> {
    let Some(path) = &args.path else { return Ok(drawn(args.mode)) };
    let mut files = Files::new(files::list(std::slice::from_ref(path))?);
    let mut frames = Vec::new();
    while let Next::Frame(frame) = files.next()? {
        frames.push(frame);
    }
    Ok(frames)
}

/// One card each, 640×480: close, or anywhere on the table.
fn drawn(mode: Mode) -> Vec<Frame> {
    let options = match mode {
        Mode::Full => SceneOptions::close_up(),
        Mode::Auto => SceneOptions::default(),
    };
    let options = SceneOptions { style: Some(Style::classic()), ..options };
    let draw = |(seed, card): (u64, Card)| Frame {
        image: draw_scene(&[card], &options, seed).image,
        name: format!("drawn {card}"),
        decode: Duration::ZERO,
    };
    (0..).zip(Card::all().step_by(2)).take(DRAWN_SCENES).map(draw).collect()
}
