//! Measures how many images per second the baseline recipe trains on, and how long one step
//! takes by itself:
//! `cargo run --release -p trainer --example training_speed -- DATA [STEPS]`
//!
//! It prints one JSON line. The rate includes decoding, as if each image were trained on once.
//! `tools/training_peer.py` measures PyTorch in the same way.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use indicatif::ProgressBar;
use tch::{Device, Kind};
use trainer::arch::Arch;
use trainer::data::cache::decode_all;
use trainer::data::dataset::Dataset;
use trainer::data::held_out::HeldOutImages;
use trainer::environment::apply_settings;
use trainer::recipe::Recipe;
use trainer::run::producer::BatchProducer;
use trainer::run::task::Task as _;
use trainer::tasks::classifier::data::TrainingData;
use trainer::tasks::classifier::images::ImageBatch;
use trainer::tasks::classifier::task::ClassifierTask;
use trainer::torch::training_state::TrainingState;

/// The first steps, which allocate memory, are not measured.
const WARM_UP: usize = 2;

/// The network under training, and its task.
struct SpeedTest<'a> {
    task: &'a ClassifierTask<'a>,
    state: TrainingState,
    rate: f64,
}

/// What an epoch took.
struct EpochTimes {
    /// Each step, including the wait for its batch.
    steps: Vec<Duration>,
    waiting: Duration,
    last: Option<ImageBatch>,
}

fn main() -> anyhow::Result<()> {
    apply_settings()?;
    let mut args = std::env::args().skip(1);
    let folder = args.next().context("name a data set")?;
    let steps: usize = args.next().map_or(Ok(12), |steps| steps.parse())?;
    let recipe = Recipe::of(Arch::Baseline);
    let batch_size = recipe.optimization.batch_size;
    let (data, decoding) = decode(Path::new(&folder), &recipe, (steps + WARM_UP) * batch_size)?;
    let task = ClassifierTask::new(&recipe, &data)?;
    let state = TrainingState::new(&task.layers(), &recipe.optimization, Device::Cpu);
    let mut test = SpeedTest { task: &task, state, rate: recipe.optimization.learning_rate };
    let mut epoch = test.epoch();
    let batch = epoch.last.context("the data set has too few images for one batch")?;
    let mut alone: Vec<Duration> = (0..steps).map(|_| test.step(&batch)).collect();
    let total: Duration = epoch.steps.iter().sum();
    let per_image = median(&mut epoch.steps) / batch_size as u32 + decoding;
    let line = serde_json::json!({
        "program": "trainer",
        "threads": tch::get_num_threads(),
        "images_per_sec": 1.0 / per_image.as_secs_f64(),
        "waiting_share": epoch.waiting.as_secs_f64() / total.as_secs_f64(),
        "decoding_millis_per_image": decoding.as_secs_f64() * 1e3,
        "step_millis": median(&mut alone).as_secs_f64() * 1e3,
    });
    println!("{line}");
    Ok(())
}

/// Decodes a number of images, spread over all classes; also returns the time for each of them.
fn decode(
    folder: &Path,
    recipe: &Recipe,
    count: usize,
) -> anyhow::Result<(TrainingData, Duration)> {
    let data = Dataset::scan(folder)?;
    let every = (data.samples.len() / count).max(1);
    let samples: Vec<_> = data.samples.iter().step_by(every).take(count).collect();
    let paths: Vec<&Path> = samples.iter().map(|sample| sample.path.as_path()).collect();
    let started = Instant::now();
    let images = decode_all(&paths, recipe.side, &ProgressBar::hidden())?;
    let decoding = started.elapsed() / images.len() as u32;
    let data = TrainingData {
        crops: Vec::new(),
        classes: data.classes.clone(),
        fingerprint: String::new(),
        images: images.into_iter().zip(samples.iter().map(|sample| sample.class)).collect(),
        cards: Vec::new(),
        valid: HeldOutImages::default(),
    };
    Ok((data, decoding))
}

impl SpeedTest<'_> {
    fn step(&mut self, batch: &ImageBatch) -> Duration {
        let started = Instant::now();
        let loss = self.task.loss(self.state.network(), batch, Kind::Float, Device::Cpu);
        self.state.update(&loss.total, self.rate, false);
        started.elapsed()
    }

    fn epoch(&mut self) -> EpochTimes {
        let task = self.task;
        let mut times = EpochTimes { steps: Vec::new(), waiting: Duration::ZERO, last: None };
        std::thread::scope(|scope| {
            let mut batches = BatchProducer::start(scope, || task.batches(0));
            for step in 0.. {
                let Some(batch) = batches.next() else { return };
                let (waited, trained) = (batches.take_waited(), self.step(&batch));
                if step >= WARM_UP {
                    times.steps.push(waited + trained);
                    times.waiting += waited;
                }
                times.last = Some(batch);
            }
        });
        times
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
