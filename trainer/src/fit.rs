//! Training: epochs of steps, each epoch validated, the best one kept.

use std::path::Path;
use std::time::Instant;

use common::{ClassMap, Score};
use tch::nn::{self, OptimizerConfig, VarStore};
use tch::{Device, Kind, Tensor};

use crate::atomic::write_atomically;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::history::{EpochRecord, History, Measure};
use crate::input::{normalized, soft_targets};
use crate::loader::{Batch, Source};
use crate::network::Network;
use crate::progress;
use crate::recipe::{Optimizer, Precision, Recipe};
use crate::schedule::Rate;
use crate::weights::{Weights, WeightsError, from_store, into_store};

/// Largest norm of all gradients together; longer ones are shortened to it.
const GRADIENT_NORM: f64 = 5.0;

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

/// Training that can't go on.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error("can't write {path:?}: {source}")]
    History { path: std::path::PathBuf, source: std::io::Error },
    #[error(
        "the loss is no longer a number in epoch {epoch}; the best checkpoint so far is kept; \
         try a smaller --learning-rate"
    )]
    NotANumber { epoch: usize },
    #[error(transparent)]
    Weights(#[from] WeightsError),
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
}

/// The network in training and, where the recipe averages, its slow copy.
struct Trainee {
    store: VarStore,
    network: Network,
    averaged: Option<(VarStore, Network)>,
    steps: usize,
}

/// Trains by the recipe, from the weights `start` or from random ones, and writes
/// `best.safetensors` and `training_history.json` into `out` as it goes. Returns the
/// best checkpoint.
///
/// # Errors
/// `start` belongs to another network, the loss stops being a number, or a file can't
/// be written.
pub fn fit(
    recipe: &Recipe,
    data: &TrainingData,
    start: Option<&Weights>,
    device: Device,
    out: &Path,
) -> Result<Checkpoint, FitError> {
    tch::manual_seed(recipe.seed as i64);
    let mut trainee = Trainee::new(recipe, data.classes.len(), device);
    if let Some(start) = start {
        trainee.load(start)?;
    }
    let mut optimizer = optimizer(recipe, &trainee.store)?;
    let mut rate = Rate::new(recipe.schedule, recipe.learning_rate);
    let mut history = History::default();
    let mut best: Option<Checkpoint> = None;
    for epoch in 0..recipe.epochs {
        let started = Instant::now();
        let train = train_epoch(recipe, data, epoch, &mut trainee, &mut optimizer, &rate)?;
        let (valid, score) = validate(trainee.best_network(), &data.valid, device);
        rate.epoch_ended(valid.accuracy);
        let seconds = started.elapsed().as_secs_f64();
        let learning_rate = rate.at((epoch + 1) as f64 / recipe.epochs as f64);
        let record = EpochRecord { train, valid, learning_rate, seconds };
        history.push(record);
        write_history(&history, &out.join("training_history.json"))?;
        let improved = best.as_ref().is_none_or(|best| score.right > best.valid.right);
        progress::epoch_done(epoch, recipe.epochs, &record, score, improved);
        if improved {
            let checkpoint = trainee.checkpoint(recipe, data, score);
            checkpoint.write(&out.join("best.safetensors"))?;
            best = Some(checkpoint);
        }
    }
    Ok(best.expect("a recipe has at least one epoch, and the first one improves"))
}

fn optimizer(recipe: &Recipe, store: &VarStore) -> Result<nn::Optimizer, tch::TchError> {
    match recipe.optimizer {
        Optimizer::Adam => nn::Adam::default().build(store, recipe.learning_rate),
        Optimizer::AdamW { weight_decay } => {
            nn::AdamW { wd: weight_decay, ..Default::default() }.build(store, recipe.learning_rate)
        }
    }
}

fn train_epoch(
    recipe: &Recipe,
    data: &TrainingData,
    epoch: usize,
    trainee: &mut Trainee,
    optimizer: &mut nn::Optimizer,
    rate: &Rate,
) -> Result<Measure, FitError> {
    let pictures = data.train.pictures_per_epoch();
    let bar = progress::epoch_bar(epoch, recipe.epochs, pictures);
    let mut sum = Measure { loss: 0.0, accuracy: 0.0 };
    let mut seen = 0;
    for batch in data.train.epoch(epoch as u64) {
        let done = (epoch as f64 + seen as f64 / pictures as f64) / recipe.epochs as f64;
        optimizer.set_lr(rate.at(done));
        let measure = trainee.step(recipe, &batch, optimizer);
        if !measure.loss.is_finite() {
            return Err(FitError::NotANumber { epoch: epoch + 1 });
        }
        let n = batch.labels.len();
        sum.loss += measure.loss * n as f64;
        sum.accuracy += measure.accuracy * n as f64;
        seen += n;
        bar.inc(n as u64);
        bar.set_message(format!("loss {:.3}", sum.loss / seen as f64));
    }
    bar.finish_and_clear();
    Ok(Measure { loss: sum.loss / seen as f64, accuracy: sum.accuracy / seen as f64 })
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

fn write_history(history: &History, path: &Path) -> Result<(), FitError> {
    let json = serde_json::to_string_pretty(history).expect("numbers always serialise");
    write_atomically(path, json.as_bytes())
        .map_err(|source| FitError::History { path: path.to_owned(), source })
}

impl Trainee {
    fn new(recipe: &Recipe, classes: usize, device: Device) -> Self {
        let layers = recipe.arch.layers(recipe.side, classes);
        let build = || {
            let store = VarStore::new(device);
            let network = Network::new(&store.root(), &layers);
            (store, network)
        };
        let (store, network) = build();
        let averaged = recipe.average_decay.map(|_| build());
        Self { store, network, averaged, steps: 0 }
    }

    fn load(&self, start: &Weights) -> Result<(), WeightsError> {
        into_store(start, &self.store)?;
        self.averaged.as_ref().map_or(Ok(()), |(store, _)| into_store(start, store))
    }

    fn step(&mut self, recipe: &Recipe, batch: &Batch, optimizer: &mut nn::Optimizer) -> Measure {
        let device = self.store.device();
        let kind = match recipe.precision {
            Precision::F32 => Kind::Float,
            Precision::Bf16 => Kind::BFloat16,
        };
        let logits = self.network.forward(&normalized(batch, kind, device), true);
        let classes = *logits.size().last().expect("logits have two dimensions");
        let targets = soft_targets(batch, classes, recipe.label_smoothing, device);
        let per_picture = -(targets * logits.log_softmax(-1, Kind::Float)).sum_dim_intlist(
            [-1].as_slice(),
            false,
            Kind::Float,
        );
        let loss = per_picture.mean(Kind::Float);
        optimizer.zero_grad();
        loss.backward();
        optimizer.clip_grad_norm(GRADIENT_NORM);
        optimizer.step();
        self.steps += 1;
        self.average(recipe);
        let labels = Tensor::from_slice(&batch.labels).to_device(device);
        let right = logits.argmax(1, false).eq_tensor(&labels).to_kind(Kind::Float);
        Measure {
            loss: loss.double_value(&[]),
            accuracy: right.mean(Kind::Float).double_value(&[]),
        }
    }

    /// Moves the slow copy towards the trained weights, faster in the first steps.
    fn average(&mut self, recipe: &Recipe) {
        let (Some(decay), Some((slow, _))) = (recipe.average_decay, &self.averaged) else {
            return;
        };
        let steps = self.steps as f64;
        let decay = decay.min((1.0 + steps) / (10.0 + steps));
        let trained = self.store.variables();
        tch::no_grad(|| {
            for (name, mut slow) in slow.variables() {
                let _ = slow.lerp_(&trained[&name], 1.0 - decay);
            }
        });
    }

    /// What is validated and kept.
    fn best_network(&self) -> &Network {
        self.averaged.as_ref().map_or(&self.network, |(_, network)| network)
    }

    fn checkpoint(&self, recipe: &Recipe, data: &TrainingData, valid: Score) -> Checkpoint {
        let store = self.averaged.as_ref().map_or(&self.store, |(store, _)| store);
        Checkpoint {
            arch: recipe.arch,
            side: recipe.side,
            classes: data.classes.clone(),
            seed: recipe.seed,
            valid_share: recipe.valid_share,
            data_fingerprint: data.fingerprint.clone(),
            valid,
            weights: from_store(store),
        }
    }
}
