//! A model file or a checkpoint, ready to be measured.

use std::path::Path;

use common::ClassMap;
use common::model::Classifier;
use image::RgbImage;

#[cfg(feature = "torch")]
use super::checkpoint_model::CheckpointModel;
use crate::progress;

/// A network to measure: run by tract as on the device, or by libtorch as in training.
pub enum EvaluationModel {
    ModelFile(Box<Classifier>),
    #[cfg(feature = "torch")]
    Checkpoint(Box<CheckpointModel>),
}

impl EvaluationModel {
    /// Opens a model file (`.onnx`) or a checkpoint (any other name).
    ///
    /// # Errors
    /// The file can't be read or is damaged. A checkpoint also gives an error if this program
    /// was built without libtorch.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        if path.extension().is_some_and(|extension| extension == "onnx") {
            return Ok(Self::ModelFile(Box::new(Classifier::from_file(path)?)));
        }
        Self::open_checkpoint(path)
    }

    #[cfg(feature = "torch")]
    fn open_checkpoint(path: &Path) -> anyhow::Result<Self> {
        Ok(Self::Checkpoint(Box::new(CheckpointModel::open(path)?)))
    }

    #[cfg(not(feature = "torch"))]
    fn open_checkpoint(path: &Path) -> anyhow::Result<Self> {
        anyhow::bail!(
            "{path:?} is not an ONNX file, and this program was built without libtorch, which \
             runs checkpoints; measure the model file of the checkpoint, or build the trainer \
             with the feature \"torch\""
        )
    }

    /// The classes that the network knows, in the order of its logits.
    pub fn classes(&self) -> &ClassMap {
        match self {
            Self::ModelFile(classifier) => &classifier.info().classes,
            #[cfg(feature = "torch")]
            Self::Checkpoint(model) => model.classes(),
        }
    }

    /// Width and height of the network's input in pixels.
    pub fn side(&self) -> u32 {
        match self {
            Self::ModelFile(classifier) => classifier.info().side,
            #[cfg(feature = "torch")]
            Self::Checkpoint(model) => model.side(),
        }
    }

    /// The temperature and the accept threshold. A checkpoint is not calibrated yet: its
    /// temperature is 1 and it accepts every answer.
    pub fn calibration(&self) -> [f32; 2] {
        match self {
            Self::ModelFile(classifier) => {
                [classifier.info().temperature, classifier.info().accept_threshold]
            }
            #[cfg(feature = "torch")]
            Self::Checkpoint(_) => [1.0, 0.0],
        }
    }

    /// The logits of each prepared image.
    ///
    /// # Errors
    /// The network can't be run.
    pub fn logits(&self, images: &[RgbImage]) -> anyhow::Result<Vec<Vec<f32>>> {
        let bar = progress::job_bar("measuring", images.len());
        let logits = images.iter().map(|image| {
            bar.inc(1);
            self.logits_of(image)
        });
        let logits = logits.collect();
        bar.finish_and_clear();
        logits
    }

    fn logits_of(&self, image: &RgbImage) -> anyhow::Result<Vec<f32>> {
        match self {
            Self::ModelFile(classifier) => Ok(classifier.logits(image.as_raw())?),
            #[cfg(feature = "torch")]
            Self::Checkpoint(model) => model.logits(image),
        }
    }
}
