//! A network of a model file, ready to run in tract.

use std::fmt;
use std::sync::Arc;

use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::{
    Datum as _, InferenceFact, InferenceModel, InferenceModelExt as _, IntoRunnable as _, Tensor,
    TractResult, TypedRunnableModel, tvec,
};

use super::dequantize::dequantize_weights;
use crate::geometry::Size;
use crate::model::ModelErrorKind;

/// The graph of a model file, which may contain several networks.
pub(super) struct Graph {
    parsed: InferenceModel,
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graph").finish_non_exhaustive()
    }
}

impl Graph {
    /// Parses a graph that was checked before.
    ///
    /// # Errors
    /// tract does not know an operator of the graph, or a quantised tensor is damaged.
    pub(super) fn new(mut proto: ModelProto) -> Result<Self, ModelErrorKind> {
        if let Some(graph) = &mut proto.graph {
            dequantize_weights(graph)?;
        }
        let parsed = tract_onnx::onnx().parse(&proto, None).map_err(|error| run_error(&error))?;
        Ok(Self { parsed: parsed.model })
    }

    /// Optimises the network between an input and an output for images of this size.
    ///
    /// # Errors
    /// tract can't optimise it.
    pub(super) fn network(
        &self,
        input: &str,
        output: &str,
        size: Size,
    ) -> Result<Network, ModelErrorKind> {
        let plan = self.optimized(input, output, size).map_err(|error| run_error(&error))?;
        Ok(Network { size, plan })
    }

    fn optimized(
        &self,
        input: &str,
        output: &str,
        size: Size,
    ) -> TractResult<Arc<TypedRunnableModel>> {
        let shape = [1, 3, size.height as usize, size.width as usize];
        self.parsed
            .clone()
            .with_outputs_by_name([output])?
            .with_inputs_by_name([input])?
            .with_input_fact(0, InferenceFact::dt_shape(f32::datum_type(), shape))?
            .with_output_fact(0, InferenceFact::default())?
            .into_optimized()?
            .into_runnable()
    }
}

/// A network with one input `[1, 3, height, width]` of RGB values 0..255, and one output.
pub(super) struct Network {
    /// Of the input.
    size: Size,
    plan: Arc<TypedRunnableModel>,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Network {
    /// The size of the input.
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// Names of the operators that run for each image, after optimisation.
    pub(super) fn operators(&self) -> Vec<String> {
        self.plan.model().nodes.iter().map(|node| node.op.name().into_owned()).collect()
    }

    /// The values of the output, in order.
    ///
    /// `pixels`: RGB, row by row.
    ///
    /// # Errors
    /// There are too many or too few pixels, or tract fails.
    pub(super) fn run(&self, pixels: &[u8]) -> Result<Vec<f32>, ModelErrorKind> {
        let expected_bytes = self.size.area() * 3;
        if pixels.len() != expected_bytes {
            let found_bytes = pixels.len();
            return Err(ModelErrorKind::Input { size: self.size, expected_bytes, found_bytes });
        }
        self.run_plan(pixels).map_err(|error| run_error(&error))
    }

    fn run_plan(&self, pixels: &[u8]) -> TractResult<Vec<f32>> {
        let shape = [1, 3, self.size.height as usize, self.size.width as usize];
        let planes: Vec<f32> = (0..3)
            .flat_map(|channel| pixels.iter().skip(channel).step_by(3).map(|&v| f32::from(v)))
            .collect();
        let outputs = self.plan.run(tvec!(Tensor::from_shape(&shape, &planes)?.into()))?;
        Ok(outputs[0].to_plain_array_view::<f32>()?.iter().copied().collect())
    }
}

/// tract's errors show their causes only in their `Debug` form.
fn run_error(error: &dyn fmt::Debug) -> ModelErrorKind {
    ModelErrorKind::Run { reason: format!("{error:?}") }
}
