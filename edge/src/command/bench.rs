//! `cardsight bench`: the time of each stage on this machine.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::cli::BenchArgs;
use crate::decide::Mode;
use crate::recognize::Recognizer;
use crate::source::files::{self, FileSource};
use crate::source::{Frame, FrameSource as _, Next};
use crate::util::spread::{Spread, spread};

/// Stages in the order in which they are printed; the last one is the sum.
const STAGES: [&str; 5] = ["decode", "locate", "prepare", "classify", "whole"];

/// What was measured.
struct Measurement {
    load: Duration,
    frames: usize,
    spreads: Vec<(&'static str, Spread)>,
    /// The names of all cards, from the warm-up round.
    cards: Vec<String>,
}

/// Measures the stages over several rounds and prints the result.
pub(super) fn run(args: &BenchArgs) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let recognizer = Recognizer::open(&args.settings()?.models)?;
    let load = started.elapsed();
    let frames = frames(args, recognizer.mode())?;
    let measurement = measure(&recognizer, load, &frames, args.repeat)?;
    if args.json {
        println!("{}", measurement.to_json());
    } else {
        measurement.print(args.repeat);
    }
    Ok(ExitCode::SUCCESS)
}

fn measure(
    recognizer: &Recognizer,
    load: Duration,
    frames: &[Frame],
    rounds: u32,
) -> anyhow::Result<Measurement> {
    let mut cards = Vec::new();
    for frame in frames {
        // The first round warms up.
        let observations = recognizer.recognize(&frame.image)?.observations;
        cards.extend(observations.iter().map(|observation| observation.card.to_string()));
    }
    let mut times = STAGES.map(|_| Vec::new());
    for frame in std::iter::repeat_n(frames, rounds as usize).flatten() {
        let stages = recognizer.recognize(&frame.image)?.durations;
        let measured =
            [frame.decode, stages.locate, stages.prepare, stages.classify, stages.total()];
        times.iter_mut().zip(measured).for_each(|(times, time)| times.push(time));
    }
    let spreads = STAGES.into_iter().zip(times);
    let spreads = spreads.filter_map(|(stage, times)| Some((stage, spread(times)?))).collect();
    Ok(Measurement { load, frames: frames.len(), spreads, cards })
}

impl Measurement {
    fn to_json(&self) -> serde_json::Value {
        let millis: serde_json::Map<_, _> = self
            .spreads
            .iter()
            .map(|(stage, spread)| ((*stage).to_owned(), json!(spread)))
            .collect();
        json!({
            "frames": self.frames,
            "load_millis": self.load.as_secs_f64() * 1000.0,
            "millis": millis,
            "cards": self.cards,
        })
    }

    fn print(&self, rounds: u32) {
        println!("model loaded in {:.0} ms", self.load.as_secs_f64() * 1000.0);
        println!("{} frames × {rounds}, one thread, wall-clock milliseconds:", self.frames);
        println!("{:<10} {:>8} {:>8}", "stage", "median", "p95");
        for (stage, Spread { p50_millis, p95_millis }) in &self.spreads {
            println!("{stage:<10} {p50_millis:>8.3} {p95_millis:>8.3}");
        }
    }
}

fn frames(args: &BenchArgs, mode: Mode) -> anyhow::Result<Vec<Frame>> {
    let Some(path) = &args.path else { return drawn_frames(mode) };
    let mut files = FileSource::new(files::list(std::slice::from_ref(path))?);
    let mut frames = Vec::new();
    while let Next::Frame(frame) = files.next()? {
        frames.push(frame);
    }
    Ok(frames)
}

/// Draws one card per frame of 640×480 pixels: in full-frame mode a close-up, in auto mode
/// anywhere on the table.
#[cfg(feature = "demo")]
fn drawn_frames(mode: Mode) -> anyhow::Result<Vec<Frame>> {
    use common::Card;
    use renderer::deck::Style;
    use renderer::scene::{SceneOptions, draw_scene};

    /// The number of frames.
    const SCENES: usize = 20;

    let options = match mode {
        Mode::Full => SceneOptions::close_up(),
        Mode::Auto => SceneOptions::default(),
    };
    let options = SceneOptions { style: Some(Style::classic()), ..options };
    let mut frames = Vec::with_capacity(SCENES);
    for (seed, card) in (0..).zip(Card::all().step_by(2)).take(SCENES) {
        let image = draw_scene(&[card], &options, seed).image;
        frames.push(Frame { image, name: format!("drawn {card}"), decode: Duration::ZERO });
    }
    Ok(frames)
}

#[cfg(not(feature = "demo"))]
fn drawn_frames(_mode: Mode) -> anyhow::Result<Vec<Frame>> {
    anyhow::bail!("this build of cardsight can't draw scenes; name a folder of images")
}
