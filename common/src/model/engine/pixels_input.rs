//! The normalisation at the beginning of a model, which becomes part of reading the pixels.

use tract_onnx::prelude::{Tensor, TractResult, TypedModel};
use tract_onnx::tract_core::model::OutletId;
use tract_onnx::tract_core::ops::binary::{BinMiniOp, TypedBinOp};
use tract_onnx::tract_core::ops::math::{Mul, Sub};

use super::layers::only_user;

/// The part of a model that reads pixels.
#[derive(Debug, PartialEq)]
pub(super) struct PixelsInput {
    /// Is subtracted from each channel.
    pub(super) mean: [f32; 3],
    /// Multiplies the difference.
    pub(super) scale: [f32; 3],
    /// The nodes that are computed together, from the input on.
    pub(super) nodes: Vec<usize>,
    /// Where the normalised pixels are in the model.
    pub(super) result: OutletId,
}

impl PixelsInput {
    /// Follows a subtraction and a multiplication from the model's input `[1, 3, height, width]`;
    /// either may be missing.
    pub(super) fn of(model: &TypedModel, input: OutletId) -> TractResult<Self> {
        let nodes = vec![input.node];
        let mut pixels = Self { mean: [0.0; 3], scale: [1.0; 3], nodes, result: input };
        if let Some((mean, result)) = following::<Sub>(model, pixels.result)? {
            pixels.mean = mean;
            pixels.append(result);
        }
        if let Some((scale, result)) = following::<Mul>(model, pixels.result)? {
            pixels.scale = scale;
            pixels.append(result);
        }
        Ok(pixels)
    }

    fn append(&mut self, result: OutletId) {
        self.nodes.push(result.node);
        self.result = result;
    }
}

/// The constant and the result of an operation, if it is the only use of an outlet and its second
/// operand is a constant for each channel.
fn following<O: BinMiniOp>(
    model: &TypedModel,
    outlet: OutletId,
) -> TractResult<Option<([f32; 3], OutletId)>> {
    let Some(node) = only_user(model, outlet) else { return Ok(None) };
    let is_wanted = node.op_as::<TypedBinOp>().is_some_and(|op| op.0.downcast_ref::<O>().is_some());
    let [first, second] = node.inputs[..] else { return Ok(None) };
    if !is_wanted || first != outlet {
        return Ok(None);
    }
    let constant = model.outlet_fact(second)?.konst.as_deref();
    let channels = constant.map(channels).transpose()?.flatten();
    Ok(channels.map(|channels| (channels, node.id.into())))
}

/// The values of a constant `[1, 3, 1, 1]`.
fn channels(constant: &Tensor) -> TractResult<Option<[f32; 3]>> {
    if constant.shape() != [1, 3, 1, 1] {
        return Ok(None);
    }
    Ok(constant.try_as_plain_ram()?.as_slice::<f32>()?.try_into().ok())
}
