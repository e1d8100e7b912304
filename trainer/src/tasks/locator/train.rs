//! Both runs of the locator, one after the other.

use std::path::Path;

use common::Size;
use common::locate::refiner;
use tch::Device;

use crate::locator::detector_examples::DetectorBatch;
use crate::locator::refiner_examples::RefinerBatch;
use crate::run::engine::{Run, RunError, RunStart};
use crate::run::files::{EarlierRun, RunFiles};
use crate::run::task::Task;
use crate::tasks::locator::LocatorRunFiles;
use crate::tasks::locator::data::LocatorData;
use crate::tasks::locator::detector::DetectorTask;
use crate::tasks::locator::refiner::RefinerTask;
use crate::torch::unfold::unfold;
use crate::weights::{Weights, WeightsError};

/// What the two networks start from where no stored state is resumed.
#[derive(Clone, Debug, Default)]
pub struct LocatorStart {
    /// The weights of both networks of a model file, with folded BatchNorms; random weights
    /// without it.
    pub folded: Option<Weights>,
}

/// Batches of the detector and of the refiner of which the statistics of BatchNorms are computed.
const STATISTICS_BATCHES: u64 = 6;

/// Trains the detector and then the refiner, and writes into `folder` after each epoch of a run:
/// the state to resume from and the history; at the end of each run, its weights.
///
/// # Errors
/// A stored state belongs to another recipe or data set, a loss stops being a number, or a file
/// can't be written.
pub fn train(
    data: &LocatorData,
    start: &LocatorStart,
    earlier_run: EarlierRun,
    device: Device,
    folder: &Path,
) -> Result<(), RunError> {
    let files = LocatorRunFiles::new(folder);
    let detector = DetectorTask(*data);
    let weights = || start.detector(&detector, data);
    train_one(&detector, weights, earlier_run, device, &files.detector)?;
    let refiner = RefinerTask(*data);
    let weights = || start.refiner(&refiner, data);
    train_one(&refiner, weights, earlier_run, device, &files.refiner)
}

fn train_one<T: Task>(
    task: &T,
    weights: impl FnOnce() -> Result<RunStart, WeightsError>,
    earlier_run: EarlierRun,
    device: Device,
    files: &RunFiles,
) -> Result<(), RunError> {
    // A run that was stopped during the detector has no state of the refiner.
    let resumes = earlier_run == EarlierRun::Resume && files.resume.exists();
    let start = if resumes { RunStart::Resume } else { weights()? };
    Run::new(task, start, device, files)?.train()?;
    Ok(())
}

impl LocatorStart {
    fn detector(&self, task: &DetectorTask, data: &LocatorData) -> Result<RunStart, WeightsError> {
        let Some(folded) = &self.folded else { return Ok(RunStart::Random) };
        let recipe = &data.recipe.detector;
        // The batches of one shape, because they become one tensor.
        let batches: Vec<DetectorBatch> = (0..STATISTICS_BATCHES)
            .map(|step| DetectorBatch::compose(data.stock, recipe, data.recipe.seed, step))
            .collect();
        let size = batches[0].size;
        let same_shape = batches.iter().filter(|batch| batch.size == size);
        let pixels: Vec<u8> = same_shape.flat_map(|batch| &batch.pixels).copied().collect();
        Ok(RunStart::Weights(unfold(&task.layers(), folded, &pixels, size)?))
    }

    fn refiner(&self, task: &RefinerTask, data: &LocatorData) -> Result<RunStart, WeightsError> {
        let Some(folded) = &self.folded else { return Ok(RunStart::Random) };
        let recipe = &data.recipe.refiner;
        let batches = (0..STATISTICS_BATCHES)
            .map(|step| RefinerBatch::compose(data.stock, recipe, data.recipe.seed, step));
        let pixels: Vec<u8> = batches.flat_map(|batch| batch.pixels).collect();
        let size = Size::square(refiner::SIDE);
        Ok(RunStart::Weights(unfold(&task.layers(), folded, &pixels, size)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{Storage, to_onnx};
    use crate::locator::layers::{detector_layers, refiner_layers};
    use crate::torch::network::TorchNetwork;
    use crate::torch::tensors::from_store;
    use common::model::{Locator, LocatorInfo};
    use image::RgbImage;
    use tch::nn::VarStore;

    #[test]
    fn the_exported_networks_run_as_on_the_device() {
        let store = VarStore::new(Device::Cpu);
        let networks = [detector_layers(), refiner_layers()];
        for layers in &networks {
            TorchNetwork::new(&store.root(), layers);
        }
        let weights = from_store(&store);
        let info = LocatorInfo {
            side: 96,
            threshold: 0.0,
            accept_threshold: 0.0,
            weights: Storage::Int8.name().to_owned(),
            data_fingerprint: "none".to_owned(),
            seed: 0,
            project_version: "0".to_owned(),
            self_test: None,
        };
        let bytes =
            to_onnx(&networks.map(|layers| (layers, &weights)), Storage::Int8, &info).unwrap();
        let locator = Locator::from_bytes(&bytes, "untrained").unwrap();
        assert_eq!(locator.info(), &info);
        for (width, height) in [(64, 48), (48, 64), (500, 20)] {
            assert!(locator.locate(&RgbImage::new(width, height)).is_ok());
        }
    }
}
