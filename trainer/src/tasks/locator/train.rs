//! Both runs of the locator, one after the other.

use std::path::Path;

use tch::Device;

use crate::run::engine::{Run, RunError, RunStart};
use crate::run::files::{EarlierRun, RunFiles};
use crate::run::task::Task;
use crate::tasks::locator::LocatorRunFiles;
use crate::tasks::locator::data::LocatorData;
use crate::tasks::locator::detector::DetectorTask;
use crate::tasks::locator::refiner::RefinerTask;

/// Trains the detector and then the refiner, and writes into `folder` after each epoch of a run:
/// the state to resume from and the history; at the end of each run, its weights.
///
/// # Errors
/// A stored state belongs to another recipe or data set, a loss stops being a number, or a file
/// can't be written.
pub fn train(
    data: &LocatorData,
    earlier_run: EarlierRun,
    device: Device,
    folder: &Path,
) -> Result<(), RunError> {
    let files = LocatorRunFiles::new(folder);
    train_one(&DetectorTask(*data), earlier_run, device, &files.detector)?;
    train_one(&RefinerTask(*data), earlier_run, device, &files.refiner)
}

fn train_one<T: Task>(
    task: &T,
    earlier_run: EarlierRun,
    device: Device,
    files: &RunFiles,
) -> Result<(), RunError> {
    // A run that was stopped during the detector has no state of the refiner.
    let resumes = earlier_run == EarlierRun::Resume && files.resume.exists();
    let start = if resumes { RunStart::Resume } else { RunStart::Random };
    Run::new(task, start, device, files)?.train()?;
    Ok(())
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
