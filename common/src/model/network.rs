//! A network of a model file, ready to run in tract.

use std::fmt;
use std::sync::Arc;

use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::{
    Datum as _, InferenceFact, InferenceModel, InferenceModelExt as _, IntoRunnable as _, Tensor,
    TractResult, TypedRunnableModel, tvec,
};

use super::dequantize::dequantize_weights;
use crate::model::ModelError;

/// The graph of a model file, which may hold several networks.
pub(super) struct Graph {
    /// For the error text.
    path: String,
    parsed: InferenceModel,
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graph").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Graph {
    /// Takes a checked graph; `path` is for the error text.
    ///
    /// # Errors
    /// tract does not know what the graph asks for.
    pub(super) fn new(mut proto: ModelProto, path: &str) -> Result<Self, ModelError> {
        if let Some(graph) = &mut proto.graph {
            dequantize_weights(graph).map_err(|(tensor, reason)| ModelError::Tensor {
                path: path.to_owned(),
                tensor,
                reason,
            })?;
        }
        let parsed = tract_onnx::onnx().parse(&proto, None);
        let parsed = parsed.map_err(|error| run_error(path, &error))?.model;
        Ok(Self { path: path.to_owned(), parsed })
    }

    /// Optimises the network between an input and an output, for pixels of that width and
    /// height.
    ///
    /// # Errors
    /// tract can't.
    pub(super) fn network(
        &self,
        input: &str,
        output: &str,
        size: [u32; 2],
    ) -> Result<Network, ModelError> {
        let [width, height] = size.map(|edge| edge as usize);
        let optimize = || -> TractResult<Arc<TypedRunnableModel>> {
            let pixels = InferenceFact::dt_shape(f32::datum_type(), [1, 3, height, width]);
            self.parsed
                .clone()
                .with_outputs_by_name([output])?
                .with_inputs_by_name([input])?
                .with_input_fact(0, pixels)?
                .with_output_fact(0, InferenceFact::default())?
                .into_optimized()?
                .into_runnable()
        };
        let plan = optimize().map_err(|error| run_error(&self.path, &error))?;
        Ok(Network { path: self.path.clone(), size, plan })
    }
}

/// One input `[1, 3, height, width]` of RGB 0..255, one output.
pub(super) struct Network {
    /// For the error text.
    path: String,
    /// Width and height of the input.
    size: [u32; 2],
    plan: Arc<TypedRunnableModel>,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Network {
    /// Width and height of the input.
    pub(super) fn size(&self) -> [u32; 2] {
        self.size
    }

    /// Names of the operators that run for each image, after optimisation.
    pub(super) fn operators(&self) -> Vec<String> {
        self.plan.model().nodes.iter().map(|node| node.op.name().into_owned()).collect()
    }

    /// The output's values, in order.
    ///
    /// `pixels`: RGB, row by row.
    ///
    /// # Errors
    /// There are too many or too few pixels, or tract fails.
    pub(super) fn run(&self, pixels: &[u8]) -> Result<Vec<f32>, ModelError> {
        let [width, height] = self.size.map(|edge| edge as usize);
        let wanted = width * height * 3;
        if pixels.len() != wanted {
            let (path, found) = (self.path.clone(), pixels.len());
            return Err(ModelError::Input { path, size: self.size, wanted, found });
        }
        let planes: Vec<f32> = (0..3)
            .flat_map(|channel| pixels.iter().skip(channel).step_by(3).map(|&v| f32::from(v)))
            .collect();
        let run = || -> TractResult<Vec<f32>> {
            let input = Tensor::from_shape(&[1, 3, height, width], &planes)?;
            let outputs = self.plan.run(tvec!(input.into()))?;
            Ok(outputs[0].to_plain_array_view::<f32>()?.iter().copied().collect())
        };
        run().map_err(|error| run_error(&self.path, &error))
    }
}

fn run_error(path: &str, error: &dyn fmt::Debug) -> ModelError {
    ModelError::Run { path: path.to_owned(), reason: format!("{error:?}") }
}
