//! A model file, ready to name pictures.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use tract_onnx::prelude::{
    InferenceModelExt as _, IntoRunnable as _, Tensor, TractResult, TypedRunnableModel, tvec,
};

use super::dequantize::dequantize_weights;
use super::file::{ModelFile, read_bytes};
use crate::model::{ModelError, ModelInfo};

/// A network that names one card in a prepared picture.
pub struct Classifier {
    /// For the error text.
    path: String,
    info: ModelInfo,
    plan: Arc<TypedRunnableModel>,
}

/// What the network makes of one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The likeliest class, an index of the model's class map.
    pub class: usize,
    /// Its calibrated probability, 0..1.
    pub confidence: f32,
}

impl fmt::Debug for Classifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Classifier").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Classifier {
    /// Reads, checks and optimises a model file.
    ///
    /// # Errors
    /// See [`ModelError`].
    pub fn from_file(path: &Path) -> Result<Self, ModelError> {
        Self::from_bytes(&read_bytes(path)?, &path.display().to_string())
    }

    /// Checks and optimises the bytes of a model file; `path` is for the error text.
    ///
    /// # Errors
    /// See [`ModelError`].
    pub fn from_bytes(bytes: &[u8], path: &str) -> Result<Self, ModelError> {
        let ModelFile { info, mut proto } = ModelFile::decode(bytes, path)?;
        if let Some(graph) = &mut proto.graph {
            dequantize_weights(graph).map_err(|(tensor, reason)| ModelError::Tensor {
                path: path.to_owned(),
                tensor,
                reason,
            })?;
        }
        let optimize = || -> TractResult<Arc<TypedRunnableModel>> {
            let parsed = tract_onnx::onnx().parse(&proto, None)?;
            // The weights are in the parsed model now.
            drop(proto);
            parsed.model.into_optimized()?.into_runnable()
        };
        let plan = optimize().map_err(|error| run_error(path, &error))?;
        Ok(Self { path: path.to_owned(), info, plan })
    }

    /// What the file says of itself.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// Names of the operators that run for each picture, after optimisation.
    pub fn operators(&self) -> Vec<String> {
        self.plan.model().nodes.iter().map(|node| node.op.name().into_owned()).collect()
    }

    /// The network's raw outputs, one per class.
    ///
    /// `pixels`: `side`×`side` RGB, row by row, as [`prepare`](crate::prepare::prepare)
    /// makes them.
    ///
    /// # Errors
    /// There are too many or too few pixels, or tract fails.
    pub fn logits(&self, pixels: &[u8]) -> Result<Vec<f32>, ModelError> {
        let side = self.info.side as usize;
        let wanted = side * side * 3;
        if pixels.len() != wanted {
            let (path, found) = (self.path.clone(), pixels.len());
            return Err(ModelError::Input { path, side: self.info.side, wanted, found });
        }
        let planes: Vec<f32> = (0..3)
            .flat_map(|channel| pixels.iter().skip(channel).step_by(3).map(|&v| f32::from(v)))
            .collect();
        let run = || -> TractResult<Vec<f32>> {
            let input = Tensor::from_shape(&[1, 3, side, side], &planes)?;
            let outputs = self.plan.run(tvec!(input.into()))?;
            Ok(outputs[0].to_plain_array_view::<f32>()?.iter().copied().collect())
        };
        run().map_err(|error| run_error(&self.path, &error))
    }

    /// Names a prepared picture; for `pixels` and errors see [`Classifier::logits`].
    ///
    /// # Errors
    /// As [`Classifier::logits`].
    pub fn classify(&self, pixels: &[u8]) -> Result<Answer, ModelError> {
        Ok(answer(&self.logits(pixels)?, self.info.temperature))
    }
}

/// The likeliest class and its probability: the softmax of `logits / temperature`.
pub fn answer(logits: &[f32], temperature: f32) -> Answer {
    let best = logits.iter().copied().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
    let (class, highest) = best.unwrap_or((0, 0.0));
    let sum: f32 = logits.iter().map(|logit| ((logit - highest) / temperature).exp()).sum();
    Answer { class, confidence: 1.0 / sum }
}

fn run_error(path: &str, error: &dyn fmt::Debug) -> ModelError {
    ModelError::Run { path: path.to_owned(), reason: format!("{error:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_is_the_softmax_at_that_temperature() {
        let logits = [0.0, 2.0_f32.ln(), 0.0];
        let plain = answer(&logits, 1.0);
        assert_eq!(plain.class, 1);
        assert!((plain.confidence - 0.5).abs() < 1e-6);
        let hot = answer(&logits, 1e6);
        assert!((hot.confidence - 1.0 / 3.0).abs() < 1e-4);
    }
}
