//! The training engine: epochs of steps, after each of which the network is validated, the
//! problems are diagnosed, and the state is stored.
//!
//! Killed at any moment, a run loses the current epoch only. Resumed, it ends with the same
//! numbers as a run that was not stopped, on the same machine and number of threads: every random
//! number follows from the seed and the epoch or step alone.

use std::path::PathBuf;
use std::time::Instant;

use common::Score;
use common::atomic::write_atomically;
use tch::{Device, Kind};

use crate::run::diagnosis::{EpochStatistics, RunContext, problem_at_end, problems};
use crate::run::display::{epoch_bar, log_epoch};
use crate::run::epoch::{EpochSums, TrainedEpoch};
use crate::run::files::RunFiles;
use crate::run::history::EpochRecord;
use crate::run::plan::RunPlan;
use crate::run::problem::{Diagnosis, Problem};
use crate::run::producer::BatchProducer;
use crate::run::progress::{ResumeError, RunOutcome, RunProgress};
use crate::run::task::Task;
use crate::seed::{RandomStream, derive};
use crate::tensor_file::TensorFileError;
use crate::torch::training_state::TrainingState;
use crate::torch::{device, threads};
use crate::weights::{Weights, WeightsError};

/// Steps of an epoch whose gradients are measured.
const GRADIENT_SAMPLES: u64 = 8;

/// What a run starts from.
#[derive(Debug)]
pub enum RunStart {
    /// Random weights.
    Random,
    /// These weights, such as those of a network that was trained on another deck.
    Weights(Weights),
    /// What a stopped run left in the resume file.
    Resume,
}

/// A run that cannot continue.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(
        "{network}, epoch {epoch}, after {step} steps: {problem}; {kept}",
        problem = Problem::NotANumber
    )]
    NotANumber {
        network: &'static str,
        /// Counted from 1.
        epoch: u64,
        /// Steps of the run that were done before.
        step: u64,
        /// What is left of the run.
        kept: String,
    },
    #[error(transparent)]
    Resume(#[from] ResumeError),
    #[error(transparent)]
    File(#[from] TensorFileError),
    #[error("can't write the history {path:?}")]
    History { path: PathBuf, source: std::io::Error },
    #[error("the run can't start from these weights")]
    Start(#[from] WeightsError),
}

/// A training run of one network.
pub struct Run<'a, T: Task> {
    task: &'a T,
    plan: RunPlan,
    files: &'a RunFiles,
    device: Device,
    kind: Kind,
    state: TrainingState,
    progress: RunProgress,
}

impl<'a, T: Task> Run<'a, T> {
    /// Prepares a run.
    ///
    /// # Errors
    /// The weights or the stored state to start from belong to another network, recipe or data
    /// set, or can't be read.
    pub fn new(
        task: &'a T,
        start: RunStart,
        device: Device,
        files: &'a RunFiles,
    ) -> Result<Self, RunError> {
        let plan = task.plan();
        tch::manual_seed(derive(plan.seed, RandomStream::InitialWeights, &[]) as i64);
        let state = TrainingState::new(&task.layers(), &plan.optimization, device);
        task.initialize(state.store());
        let kind = device::kind(plan.optimization.precision, device);
        let progress = RunProgress::new(&plan);
        let mut run = Self { task, plan, files, device, kind, state, progress };
        match start {
            RunStart::Random => {}
            RunStart::Weights(weights) => run.state.load(&weights)?,
            RunStart::Resume => run.resume()?,
        }
        Ok(run)
    }

    fn resume(&mut self) -> Result<(), RunError> {
        let path = &self.files.resume;
        let (progress, arrays) = RunProgress::read(path)?;
        progress.check(&self.plan)?;
        self.state
            .restore(&arrays, progress.steps)
            .map_err(|source| ResumeError::Weights { path: path.clone(), source })?;
        self.progress = RunProgress { recipe: self.plan.recipe.clone(), ..progress };
        self.write_history()?;
        log::info!("{}: continuing after epoch {}", T::NAME, self.progress.epochs_done());
        Ok(())
    }

    /// Trains to the end and writes the run's files after each epoch.
    ///
    /// # Errors
    /// The loss stops being a number, or a file can't be written.
    pub fn train(mut self) -> Result<RunOutcome, RunError> {
        let (task, epochs) = (self.task, self.progress.epochs_done()..self.plan.epochs());
        log::info!(
            "{}: {} steps of {} images on {:?} in {:?}; {}",
            T::NAME,
            self.plan.steps,
            self.plan.optimization.batch_size,
            self.device,
            self.kind,
            threads::description(),
        );
        std::thread::scope(|scope| {
            let mut batches = BatchProducer::start(scope, {
                let epochs = epochs.clone();
                move || epochs.flat_map(|epoch| task.batches(epoch))
            });
            epochs.clone().try_for_each(|epoch| self.run_epoch(epoch, &mut batches))
        })?;
        if self.progress.best_right.is_none() {
            // Without validation, the last weights are the ones that are kept.
            self.write_weights(Score::default())?;
        }
        Ok(RunOutcome { history: self.progress.history, diagnoses: self.progress.diagnoses })
    }

    fn run_epoch(
        &mut self,
        epoch: u64,
        batches: &mut BatchProducer<T::Batch>,
    ) -> Result<(), RunError> {
        let started = Instant::now();
        let done_before = self.plan.share_done(self.plan.steps_of_epoch(epoch).start);
        let rate_before = self.progress.learning_rate.at(done_before);
        let trained = self.train_epoch(epoch, batches)?;
        let validation = self.task.validate(self.state.kept_network(), self.device);
        if validation.is_some_and(|valid| !valid.measure.loss.is_finite()) {
            return Err(self.not_a_number(epoch));
        }
        if let Some(valid) = validation {
            self.progress.learning_rate.epoch_ended(valid.measure.accuracy);
        }
        let done = self.plan.share_done(self.state.steps());
        let record = EpochRecord {
            valid: validation.map(|valid| valid.measure),
            learning_rate: self.progress.learning_rate.at(done),
            seconds: started.elapsed().as_secs_f64(),
            ..trained.record()
        };
        self.progress.history.push(&record);
        let valid = validation.map(|valid| (valid.score, self.progress.improves(valid.score)));
        log_epoch(T::NAME, [epoch + 1, self.plan.epochs()], &record, valid);
        self.diagnose(&trained.statistics(), rate_before);
        if let Some((score, true)) = valid {
            self.progress.best_right = Some(score.right);
            self.progress.valid_total = score.total;
            self.write_weights(score)?;
        }
        self.progress.steps = self.state.steps();
        self.progress.write(&self.files.resume, &self.state.arrays())?;
        self.write_history()
    }

    fn train_epoch(
        &mut self,
        epoch: u64,
        batches: &mut BatchProducer<T::Batch>,
    ) -> Result<TrainedEpoch, RunError> {
        // The random numbers of dropout follow from the epoch alone, resumed or not.
        tch::manual_seed(derive(self.plan.seed, RandomStream::Epoch, &[epoch]) as i64);
        let steps = self.plan.steps_of_epoch(epoch);
        let sample_every = (steps.end - steps.start).div_ceil(GRADIENT_SAMPLES);
        let examples = (steps.end - steps.start) as usize * self.plan.optimization.batch_size;
        let bar = epoch_bar(T::NAME, [epoch + 1, self.plan.epochs()], examples);
        let before = self.state.snapshot();
        let mut sums = EpochSums::default();
        batches.take_waited();
        let started = Instant::now();
        for step in steps.clone() {
            let batch = batches.next().expect("the task makes a batch for each step");
            let loss = self.task.loss(self.state.network(), &batch, self.kind, self.device);
            let total = loss.total.double_value(&[]);
            if !total.is_finite() {
                bar.finish_and_clear();
                return Err(self.not_a_number(epoch));
            }
            let rate = self.progress.learning_rate.at(self.plan.share_done(step));
            let is_sample = (step - steps.start).is_multiple_of(sample_every);
            let gradients = self.state.update(&loss.total, rate, is_sample);
            sums.add(total, &loss, gradients);
            bar.inc(loss.examples as u64);
            bar.set_message(format!("loss {:.3}", sums.mean_loss()));
        }
        let seconds = started.elapsed().as_secs_f64();
        bar.finish_and_clear();
        let weights_change = self.state.change_since(&before);
        Ok(TrainedEpoch { sums, weights_change, seconds, waited: batches.take_waited() })
    }

    /// Looks for problems after an epoch and reports each kind once.
    fn diagnose(&mut self, statistics: &EpochStatistics, rate_before: f64) {
        let progress = &mut self.progress;
        let context = RunContext {
            guessing_loss: self.task.guessing_loss(),
            rate_share: rate_before / self.plan.optimization.learning_rate,
        };
        let mut found = problems(&progress.history, statistics, &context);
        if progress.epochs_done() == self.plan.epochs() {
            found.extend(problem_at_end(&progress.history));
        }
        let epoch = progress.history.len();
        for problem in found {
            if !progress.diagnoses.iter().any(|earlier| earlier.problem.is_like(&problem)) {
                log::warn!("{}, epoch {epoch}: {problem}", T::NAME);
                progress.diagnoses.push(Diagnosis { epoch, problem });
            }
        }
    }

    fn not_a_number(&self, epoch: u64) -> RunError {
        let kept = match self.progress.best_right {
            None => "no checkpoint has been written".to_owned(),
            Some(right) => format!(
                "the best checkpoint so far ({right}/{} held-out images) is kept; start from it \
                 with --start-from {:?}",
                self.progress.valid_total, self.files.weights
            ),
        };
        RunError::NotANumber { network: T::NAME, epoch: epoch + 1, step: self.state.steps(), kept }
    }

    fn write_weights(&self, valid: Score) -> Result<(), TensorFileError> {
        self.task.write_weights(&self.state.kept_weights(), valid, &self.files.weights)
    }

    fn write_history(&self) -> Result<(), RunError> {
        let path = &self.files.history;
        let json = serde_json::to_string_pretty(&self.progress.history)
            .expect("numbers can be serialised");
        write_atomically(path, json.as_bytes())
            .map_err(|source| RunError::History { path: path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::{Layer, linear};
    use crate::recipe::{Optimization, Optimizer, Precision, Schedule};
    use crate::run::task::StepLoss;
    use crate::tensor_file;
    use crate::torch::network::TorchNetwork;
    use std::collections::HashMap;
    use std::path::Path;
    use std::sync::atomic::{AtomicU64, Ordering};
    use tch::Tensor;

    const STEPS_PER_EPOCH: u64 = 200;
    const STEPS: u64 = STEPS_PER_EPOCH + 50;

    /// Learns to add three numbers; from one step on the loss is not a number.
    struct Sum {
        seed: u64,
        steps: AtomicU64,
        fails_after: u64,
    }

    impl Task for Sum {
        type Batch = Tensor;

        const NAME: &'static str = "sum";

        fn plan(&self) -> RunPlan {
            RunPlan {
                optimization: Optimization {
                    batch_size: 4,
                    optimizer: Optimizer::AdamW { weight_decay: 0.01 },
                    learning_rate: 0.05,
                    schedule: Schedule::ONE_CYCLE,
                    average_decay: 0.0,
                    clip_gradients: 5.0,
                    precision: Precision::F32,
                },
                seed: self.seed,
                steps: STEPS,
                steps_per_epoch: STEPS_PER_EPOCH,
                recipe: serde_json::json!({ "seed": self.seed }),
                data_fingerprint: String::new(),
            }
        }

        fn layers(&self) -> Vec<Layer> {
            vec![Layer::Flatten, linear("sum", 3, 1, false)]
        }

        fn batches(&self, epoch: u64) -> impl Iterator<Item = Tensor> {
            self.plan().steps_of_epoch(epoch).map(|step| {
                let numbers: Vec<f32> = (0..12).map(|i| ((i + step * 31) as f32).sin()).collect();
                Tensor::from_slice(&numbers).view([4, 3, 1, 1])
            })
        }

        fn loss(&self, network: &TorchNetwork, batch: &Tensor, _: Kind, _: Device) -> StepLoss {
            let sums = batch.sum_dim_intlist([1, 2].as_slice(), false, Kind::Float);
            let total = (network.forward(batch, true) - sums).square().mean(Kind::Float);
            let fails = self.steps.fetch_add(1, Ordering::Relaxed) >= self.fails_after;
            let total = if fails { total * f64::NAN } else { total };
            StepLoss { total, examples: 4, accuracy: None, parts: Vec::new() }
        }

        fn write_weights(
            &self,
            weights: &Weights,
            _: Score,
            path: &Path,
        ) -> Result<(), TensorFileError> {
            tensor_file::write(path, weights, HashMap::new())
        }
    }

    fn sum(seed: u64, fails_after: u64) -> Sum {
        Sum { seed, steps: AtomicU64::new(0), fails_after }
    }

    /// Trains in a folder, from its stored state if there is one.
    fn train(task: &Sum, folder: &Path) -> Result<Weights, RunError> {
        let files = RunFiles {
            weights: folder.join("weights"),
            resume: folder.join("resume"),
            history: folder.join("history"),
        };
        let start = if files.resume.exists() { RunStart::Resume } else { RunStart::Random };
        Run::new(task, start, Device::Cpu, &files)?.train()?;
        Ok(tensor_file::read(&files.weights).unwrap().0)
    }

    #[test]
    fn a_stopped_run_ends_like_one_that_was_not_stopped() {
        let [complete, stopped] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let at_once = train(&sum(3, u64::MAX), complete.path()).unwrap();
        let error = train(&sum(3, STEPS_PER_EPOCH + 20), stopped.path()).unwrap_err();
        assert!(matches!(error, RunError::NotANumber { step, .. } if step == STEPS_PER_EPOCH + 20));
        let rest = sum(3, u64::MAX);
        assert_eq!(train(&rest, stopped.path()).unwrap(), at_once);
        assert_eq!(rest.steps.into_inner(), STEPS - STEPS_PER_EPOCH);
        let again = sum(3, u64::MAX);
        assert_eq!(train(&again, stopped.path()).unwrap(), at_once);
        assert_eq!(again.steps.into_inner(), 0, "a run at its end has nothing left to do");
    }

    #[test]
    fn a_run_with_another_recipe_is_not_resumed() {
        let folder = tempfile::tempdir().unwrap();
        train(&sum(3, u64::MAX), folder.path()).unwrap();
        let error = train(&sum(4, u64::MAX), folder.path()).unwrap_err();
        assert!(matches!(error, RunError::Resume(ResumeError::Recipe { .. })), "{error}");
    }
}
