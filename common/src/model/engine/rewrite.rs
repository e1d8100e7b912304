//! A model with the fast operators in place of tract's convolutions.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use convolution::{Convolution, Kernels, PaddedShape};
use tract_onnx::prelude::{TVec, TractResult, TypedModel, TypedNode};
use tract_onnx::tract_core::internal::{DatumExt as _, SpecialOps as _, bail};
use tract_onnx::tract_core::model::OutletId;
use tract_onnx::tract_core::ops::konst::Const;

use super::activations::Activations;
use super::layers::{Layer, layers};
use super::operators::{FastOperator, Task};
use super::pixels_input::PixelsInput;

/// Replaces the convolutions of a model with one input `[1, 3, height, width]`, and everything
/// that can be computed with them. The input of the result is RGB bytes `[1, height, width, 3]`.
///
/// The model must not be decluttered: tract would split a convolution of single pixels with a
/// stride into a selection of pixels and a product of matrices.
///
/// # Errors
/// tract can't build the new model.
pub(in crate::model) fn with_fast_operators(mut model: TypedModel) -> TractResult<TypedModel> {
    model.prop_consts()?;
    let order = model.eval_order()?;
    let layers = layers(&model, &order)?;
    let mut rewriter = Rewriter::new(&model)?;
    let by_node: HashMap<usize, &Layer> =
        layers.iter().map(|layer| (layer.nodes[0], layer)).collect();
    let later = layers.iter().flat_map(|layer| &layer.nodes[1..]);
    rewriter.absorbed.extend(later);
    for &id in &order {
        let node = model.node(id);
        if let Some(layer) = by_node.get(&id) {
            rewriter.add_layer(layer)?;
        } else if !rewriter.absorbed.contains(&id) && !node.op_is::<Const>() {
            rewriter.copy(node)?;
        }
    }
    rewriter.finish()
}

/// A model that is being written anew.
struct Rewriter<'a> {
    old: &'a TypedModel,
    new: TypedModel,
    activations: Arc<Activations>,
    kernels: Kernels,
    /// Nodes of the old model that are computed together with another one.
    absorbed: HashSet<usize>,
    /// Where the values of the old model's outlets are in the new one.
    values: HashMap<OutletId, Values>,
}

/// Where the values of an outlet of the old model are in the new model: as planes, padded, or
/// both.
#[derive(Clone, Copy, Debug, Default)]
struct Values {
    planes: Option<OutletId>,
    padded: Option<OutletId>,
}

impl<'a> Rewriter<'a> {
    /// Begins with the input.
    fn new(old: &'a TypedModel) -> TractResult<Self> {
        let input = old.input_outlets()?[0];
        let pixels = PixelsInput::of(old, input)?;
        let mut rewriter = Self {
            old,
            new: TypedModel::default(),
            activations: Arc::default(),
            kernels: Kernels::detect(),
            absorbed: pixels.nodes.iter().copied().collect(),
            values: HashMap::new(),
        };
        let shape = rewriter.image_shape(input)?;
        let fact = u8::fact([1, shape.height, shape.width, shape.channels]);
        let bytes = rewriter.new.add_source(&old.node(input.node).name, fact)?;
        let task = Task::Pixels { mean: pixels.mean, scale: pixels.scale };
        let padded = rewriter.wire(pixels.result, "", task, shape, &[bytes])?;
        rewriter.values.insert(pixels.result, Values { padded: Some(padded), planes: None });
        Ok(rewriter)
    }

    fn add_layer(&mut self, layer: &Layer) -> TractResult<()> {
        let input = self.old.node(layer.nodes[0]).inputs[0];
        let PaddedShape { height, width, .. } = self.image_shape(input)?;
        let weights = layer.weights.try_as_plain_ram()?.as_slice::<f32>()?;
        let bias = layer.bias.try_as_plain_ram()?.as_slice::<f32>()?;
        let bias = bias.iter().copied().cycle().take(layer.spec.outputs).collect::<Vec<_>>();
        let convolution =
            Convolution::new(&layer.spec, weights, &bias, height, width, self.kernels)?;
        let mut inputs = vec![self.padded(input)?];
        if let Some(add) = layer.add {
            inputs.push(self.padded(add)?);
        }
        let shape = convolution.output_shape();
        let task = Task::Convolve(Arc::new(convolution));
        let padded = self.wire(layer.result, "", task, shape, &inputs)?;
        self.values.insert(layer.result, Values { padded: Some(padded), planes: None });
        Ok(())
    }

    /// Copies a node that computes with planes.
    fn copy(&mut self, node: &TypedNode) -> TractResult<()> {
        let inputs = node.inputs.iter().map(|input| self.planes(*input));
        let inputs = inputs.collect::<TractResult<TVec<OutletId>>>()?;
        let outputs = self.new.wire_node(&node.name, node.op.clone(), &inputs)?;
        for (slot, output) in outputs.into_iter().enumerate() {
            let values = Values { planes: Some(output), padded: None };
            self.values.insert(OutletId::new(node.id, slot), values);
        }
        Ok(())
    }

    /// The values of an old outlet as planes.
    fn planes(&mut self, outlet: OutletId) -> TractResult<OutletId> {
        let node = self.old.node(outlet.node);
        if node.op_is::<Const>() && !self.values.contains_key(&outlet) {
            self.copy(node)?;
        }
        let values = self.values(outlet)?;
        if let Some(planes) = values.planes {
            return Ok(planes);
        }
        let padded = self.padded(outlet)?;
        let shape = self.image_shape(outlet)?;
        let planes = self.wire(outlet, ".planes", Task::ToPlanes, shape, &[padded])?;
        self.values.insert(outlet, Values { planes: Some(planes), ..values });
        Ok(planes)
    }

    /// The values of an old outlet in the padded layout.
    fn padded(&mut self, outlet: OutletId) -> TractResult<OutletId> {
        let values = self.values(outlet)?;
        if let Some(padded) = values.padded {
            return Ok(padded);
        }
        let planes = self.planes(outlet)?;
        let shape = self.image_shape(outlet)?;
        let padded = self.wire(outlet, ".padded", Task::FromPlanes, shape, &[planes])?;
        self.values.insert(outlet, Values { padded: Some(padded), ..values });
        Ok(padded)
    }

    fn values(&self, outlet: OutletId) -> TractResult<Values> {
        match self.values.get(&outlet) {
            Some(values) => Ok(*values),
            None => bail!("{:?} is used before it is computed", self.old.node(outlet.node)),
        }
    }

    /// Adds a fast operator whose name is that of the old node with an ending.
    fn wire(
        &mut self,
        of: OutletId,
        ending: &str,
        task: Task,
        shape: PaddedShape,
        inputs: &[OutletId],
    ) -> TractResult<OutletId> {
        let name = format!("{}.fast{ending}", self.old.node(of.node).name);
        let operator = FastOperator::new(task, shape, &self.activations);
        Ok(self.new.wire_node(name, operator, inputs)?[0])
    }

    /// The shape of the image `[1, channels, height, width]` at an outlet.
    fn image_shape(&self, outlet: OutletId) -> TractResult<PaddedShape> {
        let fact = self.old.outlet_fact(outlet)?;
        match fact.shape.as_concrete() {
            Some(&[1, channels, height, width]) => Ok(PaddedShape::new(height, width, channels)),
            _ => bail!("{:?} is not one image of a fixed size", fact.shape),
        }
    }

    fn finish(mut self) -> TractResult<TypedModel> {
        let outputs = self.old.outputs.clone();
        let outputs = outputs.into_iter().map(|output| self.planes(output));
        let outputs = outputs.collect::<TractResult<Vec<_>>>()?;
        self.new.select_output_outlets(&outputs)?;
        Ok(self.new)
    }
}
