//! The convolutions of a model that the crate `convolution` can compute, with the addition and
//! the ReLU that follow them.

use std::collections::HashSet;
use std::sync::Arc;

use convolution::ConvolutionSpec;
use tract_onnx::prelude::{Datum as _, Tensor, TractResult, TypedModel, TypedNode};
use tract_onnx::tract_core::model::OutletId;
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::cnn::{Conv, KernelFormat, PaddingSpec};
use tract_onnx::tract_core::ops::math::{Add, Max};
use tract_onnx::tract_core::ops::nn::DataFormat;

/// A convolution of a model, and the nodes after it that can be computed with it.
#[derive(Debug)]
pub(super) struct Layer {
    /// The nodes that are computed together. The convolution is the first one.
    pub(super) nodes: Vec<usize>,
    pub(super) spec: ConvolutionSpec,
    /// `[outputs, inputs, kernel, kernel]`
    pub(super) weights: Arc<Tensor>,
    /// `[outputs]`, or one value for all outputs.
    pub(super) bias: Arc<Tensor>,
    /// What is added to the result.
    pub(super) add: Option<OutletId>,
    /// Where the result, after addition and ReLU, is in the model.
    pub(super) result: OutletId,
}

impl Layer {
    fn append(&mut self, result: OutletId) {
        self.nodes.push(result.node);
        self.result = result;
    }
}

/// The layers of a model. `order` has its nodes in an order in which they can be computed.
pub(super) fn layers(model: &TypedModel, order: &[usize]) -> TractResult<Vec<Layer>> {
    let mut layers = Vec::new();
    let mut claimed = HashSet::new();
    let is_before = |a: usize, b: usize| order.iter().find(|&&id| id == a || id == b) == Some(&a);
    // In this direction, the last one of two convolutions that are added takes the addition.
    for &id in order.iter().rev() {
        let Some(mut layer) = bare_layer(model, model.node(id))? else { continue };
        if let Some((sum, other)) = following_sum(model, layer.result)
            && is_before(other.node, id)
            && claimed.insert(sum.node)
        {
            layer.add = Some(other);
            layer.append(sum);
        }
        if let Some(relu) = following_relu(model, layer.result)? {
            layer.spec.relu = true;
            layer.append(relu);
        }
        layers.push(layer);
    }
    layers.reverse();
    Ok(layers)
}

/// The node as a layer of its own, if it is a convolution that can be replaced.
fn bare_layer(model: &TypedModel, node: &TypedNode) -> TractResult<Option<Layer>> {
    let Some(conv) = node.op_as::<Conv>() else { return Ok(None) };
    let [input, weights, bias] = node.inputs[..] else { return Ok(None) };
    let Some(spec) = spec(conv) else { return Ok(None) };
    let input = model.outlet_fact(input)?;
    let is_single_image = input.datum_type == f32::datum_type()
        && input.shape.as_concrete().is_some_and(|shape| shape.len() == 4 && shape[0] == 1);
    let constant = |outlet| -> TractResult<_> { Ok(model.outlet_fact(outlet)?.konst.clone()) };
    let (Some(weights), Some(bias)) = (constant(weights)?, constant(bias)?) else {
        return Ok(None);
    };
    let is_complete = weights.len() == spec.weights() && [1, spec.outputs].contains(&bias.len());
    if !is_single_image || !is_complete {
        return Ok(None);
    }
    let (nodes, result) = (vec![node.id], node.id.into());
    Ok(Some(Layer { nodes, spec, weights, bias, add: None, result }))
}

/// What a convolution computes, if the crate `convolution` can compute it.
fn spec(conv: &Conv) -> Option<ConvolutionSpec> {
    let pool = &conv.pool_spec;
    let [kernel, kernel_width] = pool.kernel_shape[..] else { return None };
    let strides = pool.strides();
    let [stride, horizontal_stride] = strides[..] else { return None };
    let half = kernel / 2;
    let is_padded_by_half = match &pool.padding {
        PaddingSpec::Valid => half == 0,
        PaddingSpec::Explicit(before, after) => {
            before.iter().chain(after).all(|padding| *padding == half)
        }
        _ => false,
    };
    let is_supported = conv.group == 1
        && conv.q_params.is_none()
        && conv.kernel_fmt == KernelFormat::OIHW
        && pool.data_format == DataFormat::NCHW
        && pool.dilations().iter().all(|dilation| *dilation == 1)
        && matches!(kernel, 1 | 3)
        && matches!(stride, 1 | 2)
        && kernel == kernel_width
        && stride == horizontal_stride
        && is_padded_by_half;
    let (inputs, outputs) = (pool.input_channels, pool.output_channels);
    is_supported.then_some(ConvolutionSpec { inputs, outputs, kernel, stride, relu: false })
}

/// The sum, and its other operand, if adding an image of the same shape is the only use of an
/// outlet.
fn following_sum(model: &TypedModel, outlet: OutletId) -> Option<(OutletId, OutletId)> {
    let node = only_user(model, outlet)?;
    node.op_as::<TypedBinOp>()?.0.downcast_ref::<Add>()?;
    let other = *node.inputs.iter().find(|input| **input != outlet)?;
    let shape = |outlet| model.outlet_fact(outlet).ok().map(|fact| &fact.shape);
    let is_constant = model.outlet_fact(other).ok()?.konst.is_some();
    (shape(outlet) == shape(other) && !is_constant).then_some((node.id.into(), other))
}

/// The result of ReLU, if that is the only use of an outlet.
fn following_relu(model: &TypedModel, outlet: OutletId) -> TractResult<Option<OutletId>> {
    let Some(node) = only_user(model, outlet) else { return Ok(None) };
    let is_max = |op: &TypedBinOp| op.0.downcast_ref::<Max>().is_some();
    if !node.op_as::<TypedBinOp>().is_some_and(is_max) {
        return Ok(None);
    }
    for &input in &node.inputs {
        let constant = &model.outlet_fact(input)?.konst;
        if input != outlet && constant.as_deref().map(is_zero).transpose()? == Some(true) {
            return Ok(Some(node.id.into()));
        }
    }
    Ok(None)
}

/// The node that uses an outlet, if there is exactly one and it is not an output of the model.
pub(super) fn only_user(model: &TypedModel, outlet: OutletId) -> Option<&TypedNode> {
    let [user] = model.node(outlet.node).outputs[outlet.slot].successors[..] else { return None };
    (!model.outputs.contains(&outlet)).then(|| model.node(user.node))
}

fn is_zero(tensor: &Tensor) -> TractResult<bool> {
    Ok(tensor.try_as_plain_ram()?.as_slice::<f32>()?.iter().all(|value| *value == 0.0))
}
