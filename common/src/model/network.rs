//! A network of a model file, ready to run in tract.

use std::fmt;
use std::sync::Arc;

use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::{
    InferenceModelExt as _, IntoRunnable as _, Tensor, TractResult, TypedRunnableModel, tvec,
};

use super::dequantize::dequantize_weights;
use crate::model::ModelError;

/// One input `[1, 3, side, side]` of RGB 0..255, one output.
pub(super) struct Network {
    /// For the error text.
    path: String,
    side: u32,
    plan: Arc<TypedRunnableModel>,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Network {
    /// Optimises a checked graph; `path` is for the error text.
    ///
    /// # Errors
    /// tract does not know what the graph asks for.
    pub(super) fn new(mut proto: ModelProto, side: u32, path: &str) -> Result<Self, ModelError> {
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
        Ok(Self { path: path.to_owned(), side, plan })
    }

    /// Names of the operators that run for each picture, after optimisation.
    pub(super) fn operators(&self) -> Vec<String> {
        self.plan.model().nodes.iter().map(|node| node.op.name().into_owned()).collect()
    }

    /// The output's values, in order.
    ///
    /// `pixels`: `side`×`side` RGB, row by row.
    ///
    /// # Errors
    /// There are too many or too few pixels, or tract fails.
    pub(super) fn run(&self, pixels: &[u8]) -> Result<Vec<f32>, ModelError> {
        let side = self.side as usize;
        let wanted = side * side * 3;
        if pixels.len() != wanted {
            let (path, found) = (self.path.clone(), pixels.len());
            return Err(ModelError::Input { path, side: self.side, wanted, found });
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
}

fn run_error(path: &str, error: &dyn fmt::Debug) -> ModelError {
    ModelError::Run { path: path.to_owned(), reason: format!("{error:?}") }
}
