//! Training: epochs of steps, each epoch validated, the best one kept.

use std::path::{Path, PathBuf};
use std::time::Instant;

use common::card::UnknownCard;
use common::{ClassMap, Score};
use tch::{Device, Kind, Tensor};

use crate::atomic::write_atomically;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::diagnosis::{Finding, Problem, Signals, problem_at_end, problems};
use crate::history::{EpochRecord, Measure};
use crate::input::normalized;
use crate::loader::{Batch, Source};
use crate::network::Network;
use crate::optimizer::GradientNorm;
use crate::progress;
use crate::recipe::Recipe;
use crate::schedule::Rate;
use crate::state::{Progress, StateError};
use crate::tensor_file::TensorFileError;
use crate::training_state::TrainingState;
use crate::weights::{Weights, WeightsError};

/// Steps an epoch whose gradients are looked at.
const GRADIENT_SAMPLES: usize = 8;

/// The best weights so far, in a run's folder.
pub const BEST_FILE: &str = "best.safetensors";

/// What `--resume` goes on from, in a run's folder.
pub const RESUME_FILE: &str = "resume.safetensors";

/// The [`History`](crate::history::History), in a run's folder.
pub const HISTORY_FILE: &str = "training_history.json";

/// What to train on.
#[derive(Debug)]
pub struct TrainingData {
    pub classes: ClassMap,
    /// SHA-256 of the data set.
    pub fingerprint: String,
    pub train: Source,
    /// Whole validation set, prepared, in batches.
    pub valid: Vec<Batch>,
}

/// What to begin with.
#[derive(Debug)]
pub enum Start {
    Random,
    Weights(Weights),
    /// What a stopped run left in the folder.
    Resume,
}

/// A run that came to its end.
#[derive(Debug)]
pub struct TrainingOutcome {
    pub best: Checkpoint,
    pub progress: Progress,
}

/// Training that can't go on.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    #[error("ranks and suits can't count: {0}; leave --rank-suit-loss out")]
    NoCard(#[from] UnknownCard),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    File(#[from] TensorFileError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error("can't write {path:?}: {source}")]
    History { path: PathBuf, source: std::io::Error },
    #[error("epoch {epoch}: {problem}; {kept}", problem = Problem::NotANumber)]
    NotANumber { epoch: usize, kept: String },
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

/// Trains by the recipe and writes into `out` after each epoch: the best checkpoint, the
/// history, and the state to resume from.
///
/// Killed at any moment, a run loses the epoch in hand; resumed, it ends with the same
/// numbers as one that was not stopped, on the same machine and number of threads.
///
/// # Errors
/// What to begin with belongs to another network, recipe or data set, the loss stops
/// being a number, or a file can't be written.
pub fn fit(
    recipe: &Recipe,
    data: &TrainingData,
    start: Start,
    device: Device,
    out: &Path,
) -> Result<TrainingOutcome, FitError> {
    tch::manual_seed(recipe.seed as i64);
    let mut state = TrainingState::new(recipe, &data.classes, device)?;
    let mut progress = Progress::new(recipe, &data.fingerprint);
    match start {
        Start::Random => {}
        Start::Weights(weights) => state.load(&weights)?,
        Start::Resume => progress = resume(recipe, data, &mut state, out)?,
    }
    for epoch in progress.epochs_done()..recipe.epochs {
        // Dropout's random numbers follow from the epoch alone, resumed or not.
        tch::manual_seed((recipe.seed ^ ((epoch as u64 + 1) << 32)) as i64);
        let started = Instant::now();
        let rate_before = progress.rate.at(epoch as f64 / recipe.epochs as f64);
        let trained = train_epoch(recipe, data, epoch, &mut state, &progress.rate);
        let (valid, score) = validate(state.best_network(), &data.valid, device);
        if !trained.measure.loss.is_finite() || !valid.loss.is_finite() {
            return Err(not_a_number(&progress, epoch, out));
        }
        progress.rate.epoch_ended(valid.accuracy);
        let record = EpochRecord {
            train: trained.measure,
            valid,
            learning_rate: progress.rate.at((epoch + 1) as f64 / recipe.epochs as f64),
            seconds: started.elapsed().as_secs_f64(),
            images_per_second: trained.images_per_second,
            waiting_share: trained.waiting_share,
        };
        progress.history.push(record);
        let improved = progress.improves(score);
        progress::epoch_done(epoch, recipe.epochs, &record, score, improved);
        diagnose(&mut progress, &trained.signals, data.classes.len(), rate_before);
        if improved {
            progress.best_right = Some(score.right);
            progress.valid_total = score.total;
            checkpoint(recipe, data, score, state.best_weights()).write(&out.join(BEST_FILE))?;
        }
        progress.steps = state.steps();
        progress.write(&out.join(RESUME_FILE), &state.state())?;
        write_history(&progress, out)?;
    }
    Ok(TrainingOutcome { best: Checkpoint::read(&out.join(BEST_FILE))?, progress })
}

fn resume(
    recipe: &Recipe,
    data: &TrainingData,
    state: &mut TrainingState,
    out: &Path,
) -> Result<Progress, FitError> {
    let (mut progress, arrays) = Progress::read(&out.join(RESUME_FILE))?;
    progress.check(recipe, &data.fingerprint)?;
    progress.recipe = recipe.clone();
    state.restore(&arrays, progress.steps)?;
    write_history(&progress, out)?;
    log::info!("goes on after epoch {}", progress.epochs_done());
    Ok(progress)
}

/// What an epoch of steps showed. The loss is not a number where the epoch was broken off.
struct TrainedEpoch {
    measure: Measure,
    signals: Signals,
    images_per_second: f64,
    waiting_share: f64,
}

fn train_epoch(
    recipe: &Recipe,
    data: &TrainingData,
    epoch: usize,
    state: &mut TrainingState,
    rate: &Rate,
) -> TrainedEpoch {
    let images = data.train.images_per_epoch();
    let sample_every = images.div_ceil(recipe.batch_size).div_ceil(GRADIENT_SAMPLES);
    let bar = progress::epoch_bar(epoch, recipe.epochs, images);
    let before = state.snapshot();
    let mut sum = Measure { loss: 0.0, accuracy: 0.0 };
    let mut signals = Signals::default();
    let mut samples = Vec::new();
    let mut seen = 0;
    let started = Instant::now();
    let mut batches = data.train.epoch(epoch as u64);
    for step in 0.. {
        let Some(batch) = batches.next() else { break };
        let done = (epoch as f64 + seen as f64 / images as f64) / recipe.epochs as f64;
        let is_sample = step % sample_every == 0;
        let taken = state.step(recipe, &batch, rate.at(done), is_sample);
        let n = batch.labels.len();
        sum.loss += taken.measure.loss * n as f64;
        sum.accuracy += taken.measure.accuracy * n as f64;
        signals.highest_loss = signals.highest_loss.max(taken.measure.loss);
        seen += n;
        if !taken.measure.loss.is_finite() {
            break;
        }
        if is_sample {
            samples.push(taken.gradients);
        }
        bar.inc(n as u64);
        bar.set_message(format!("loss {:.3}", sum.loss / seen as f64));
    }
    let seconds = started.elapsed().as_secs_f64();
    bar.finish_and_clear();
    signals.gradients = mean_gradients(&samples);
    signals.weights_change = state.change_since(&before);
    TrainedEpoch {
        measure: Measure { loss: sum.loss / seen as f64, accuracy: sum.accuracy / seen as f64 },
        signals,
        images_per_second: seen as f64 / seconds,
        waiting_share: batches.waited().as_secs_f64() / seconds,
    }
}

/// Each tensor's mean over the sampled steps.
fn mean_gradients(samples: &[Vec<GradientNorm>]) -> Vec<GradientNorm> {
    let Some(first) = samples.first() else { return Vec::new() };
    let mean = |i: usize, of: fn(&GradientNorm) -> f64| {
        samples.iter().map(|sample| of(&sample[i])).sum::<f64>() / samples.len() as f64
    };
    let one = |(i, gradient): (usize, &GradientNorm)| GradientNorm {
        name: gradient.name.clone(),
        norm: mean(i, |gradient| gradient.norm),
        rms: mean(i, |gradient| gradient.rms),
    };
    first.iter().enumerate().map(one).collect()
}

/// Looks for troubles after an epoch.
fn diagnose(progress: &mut Progress, signals: &Signals, classes: usize, rate_before: f64) {
    let rate_share = rate_before / progress.recipe.learning_rate;
    for problem in problems(&progress.history, signals, classes, rate_share) {
        say_once(progress, problem);
    }
    if progress.epochs_done() == progress.recipe.epochs
        && let Some(problem) = problem_at_end(&progress.history)
    {
        say_once(progress, problem);
    }
}

/// Says a trouble when it is first seen.
fn say_once(progress: &mut Progress, problem: Problem) {
    if !progress.findings.iter().any(|finding| finding.problem.is_like(&problem)) {
        let epoch = progress.epochs_done();
        log::warn!("epoch {epoch}: {problem}");
        progress.findings.push(Finding { epoch, problem });
    }
}

fn not_a_number(progress: &Progress, epoch: usize, out: &Path) -> FitError {
    let kept = match progress.best_right {
        None => "no epoch was completed, so there is no checkpoint".to_owned(),
        Some(right) => format!(
            "the best checkpoint so far ({right}/{} held-out images) is kept: begin with \
             --start-from {:?}",
            progress.valid_total,
            out.join(BEST_FILE)
        ),
    };
    FitError::NotANumber { epoch: epoch + 1, kept }
}

fn checkpoint(recipe: &Recipe, data: &TrainingData, valid: Score, weights: Weights) -> Checkpoint {
    Checkpoint {
        arch: recipe.arch,
        side: recipe.side,
        classes: data.classes.clone(),
        seed: recipe.seed,
        valid_share: recipe.valid_share,
        group_duplicates: recipe.group_duplicates,
        data_fingerprint: data.fingerprint.clone(),
        valid,
        weights,
    }
}

/// Loss and accuracy of a network on prepared batches, without augmentation.
pub fn validate(network: &Network, batches: &[Batch], device: Device) -> (Measure, Score) {
    let mut loss = 0.0;
    let mut score = Score { right: 0, total: 0 };
    tch::no_grad(|| {
        for batch in batches {
            let labels = Tensor::from_slice(&batch.labels).to_device(device);
            let logits = network.forward(&normalized(batch, Kind::Float, device), false);
            let total = batch.labels.len();
            loss += logits.cross_entropy_for_logits(&labels).double_value(&[]) * total as f64;
            let right = logits.argmax(1, false).eq_tensor(&labels).sum(Kind::Int64);
            score.right += right.int64_value(&[]) as usize;
            score.total += total;
        }
    });
    let total = score.total.max(1) as f64;
    (Measure { loss: loss / total, accuracy: score.right as f64 / total }, score)
}

fn write_history(progress: &Progress, out: &Path) -> Result<(), FitError> {
    let path = out.join(HISTORY_FILE);
    let json = serde_json::to_string_pretty(&progress.history).expect("numbers always serialise");
    write_atomically(&path, json.as_bytes()).map_err(|source| FitError::History { path, source })
}
