//! Images a second of the documented recipe on a data set, and one step alone:
//! `cargo run --release -p trainer --example training_speed -- DATA [STEPS]`
//!
//! Prints one JSON line. Decoding is counted: its time is spread over the images that
//! were decoded, as if each were seen once. `tests/training_peer.py` measures PyTorch.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use indicatif::ProgressBar;
use tch::Device;
use trainer::arch::Arch;
use trainer::data::cache::decode_all;
use trainer::data::dataset::Dataset;
use trainer::loader::Source;
use trainer::memory::keep_freed_memory;
use trainer::recipe::Recipe;
use trainer::training_state::TrainingState;

/// First steps, which allocate, are not counted.
const WARM_UP: usize = 2;

fn main() -> anyhow::Result<()> {
    keep_freed_memory()?;
    let mut args = std::env::args().skip(1);
    let folder = args.next().context("name a data set")?;
    let steps: usize = args.next().map_or(Ok(12), |steps| steps.parse())?;
    let recipe = Recipe::of(Arch::Baseline);
    let data = Dataset::scan(Path::new(&folder))?;
    let wanted = (steps + WARM_UP) * recipe.batch_size;
    // Spread over all classes.
    let every = (data.samples.len() / wanted).max(1);
    let samples: Vec<_> = data.samples.iter().step_by(every).take(wanted).collect();
    let paths: Vec<&Path> = samples.iter().map(|sample| sample.path.as_path()).collect();
    let started = Instant::now();
    let images = decode_all(&paths, recipe.side, &ProgressBar::hidden())?;
    let decoding = started.elapsed() / images.len() as u32;
    let labels = samples.iter().map(|sample| sample.class as i64);
    let source = Source {
        images: Arc::new(images.into_iter().zip(labels).collect()),
        drawn_cards: 0,
        drawn_over: 0.0,
        cards: Vec::new(),
        drawn_empty: 0,
        augment: recipe.augment.clone(),
        side: recipe.side,
        batch_size: recipe.batch_size,
        seed: recipe.seed,
    };
    let mut state = TrainingState::new(&recipe, &data.classes, Device::Cpu)?;
    let (mut whole, mut waiting) = (Vec::new(), Duration::ZERO);
    let mut batches = source.epoch(0);
    let mut last = None;
    for step in 0.. {
        let (started, waited) = (Instant::now(), batches.waited());
        let Some(batch) = batches.next() else { break };
        state.step(&recipe, &batch, recipe.learning_rate, false);
        if step >= WARM_UP {
            whole.push(started.elapsed());
            waiting += batches.waited() - waited;
        }
        last = Some(batch);
    }
    let batch = last.context("the data set has too few images for one batch")?;
    let mut alone: Vec<Duration> = (0..steps)
        .map(|_| {
            let started = Instant::now();
            state.step(&recipe, &batch, recipe.learning_rate, false);
            started.elapsed()
        })
        .collect();
    let total: Duration = whole.iter().sum();
    let per_image = median(&mut whole) / recipe.batch_size as u32 + decoding;
    let line = serde_json::json!({
        "program": "trainer",
        "threads": tch::get_num_threads(),
        "images_per_sec": 1.0 / per_image.as_secs_f64(),
        "waiting_share": waiting.as_secs_f64() / total.as_secs_f64(),
        "decoding_millis_per_image": decoding.as_secs_f64() * 1e3,
        "step_millis": median(&mut alone).as_secs_f64() * 1e3,
    });
    println!("{line}");
    Ok(())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
