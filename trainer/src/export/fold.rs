//! The layers as the device runs them: each BatchNorm is folded into the convolution before
//! it.

use crate::arch::{self, BATCH_NORM_EPSILON, Layer};
use crate::weights::{Array, Weights};

/// A layer as the device runs it, with its weights and without what only training needs.
#[derive(Clone, Debug, PartialEq)]
pub enum ExportLayer {
    Conv(ExportConv),
    MaxPool,
    Residual { body: Vec<ExportConv>, shortcut: Option<ExportConv> },
    GlobalAveragePool,
    Flatten,
    Linear(ExportLinear),
}

/// A convolution with a bias, padded by `kernel / 2`, and then a ReLU if `conv.relu` is set.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportConv {
    pub conv: arch::Conv,
    /// `[outputs, inputs, kernel, kernel]`
    pub weight: Array,
    /// `[outputs]`
    pub bias: Array,
}

/// `x · weightᵀ + bias`, and then a ReLU if `linear.relu` is set.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportLinear {
    pub linear: arch::Linear,
    /// `[outputs, inputs]`
    pub weight: Array,
    /// `[outputs]`
    pub bias: Array,
}

/// Weights that can't be exported.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    #[error("the tensor {0:?} is missing; the weights belong to another architecture")]
    Missing(String),
    #[error(
        "the tensor {name:?} has the shape {found:?} instead of {expected:?}; the weights belong \
         to another network"
    )]
    Shape { name: String, found: Vec<usize>, expected: Vec<usize> },
    #[error("the tensor {0:?} holds a value that is not finite; use an earlier checkpoint")]
    NotFinite(String),
}

/// Combines each layer with its weights. Dropout layers are left out.
///
/// # Errors
/// A tensor is missing, has another shape, or holds a value that is not finite.
pub fn fold(layers: &[Layer], weights: &Weights) -> Result<Vec<ExportLayer>, FoldError> {
    layers.iter().filter_map(|layer| fold_layer(layer, weights).transpose()).collect()
}

fn fold_layer(layer: &Layer, weights: &Weights) -> Result<Option<ExportLayer>, FoldError> {
    Ok(Some(match layer {
        Layer::Conv(conv) => ExportLayer::Conv(fold_conv(conv, weights)?),
        Layer::MaxPool => ExportLayer::MaxPool,
        Layer::Residual { body, shortcut } => ExportLayer::Residual {
            body: body.iter().map(|conv| fold_conv(conv, weights)).collect::<Result<_, _>>()?,
            shortcut: shortcut.as_ref().map(|conv| fold_conv(conv, weights)).transpose()?,
        },
        Layer::GlobalAveragePool => ExportLayer::GlobalAveragePool,
        Layer::Flatten => ExportLayer::Flatten,
        Layer::Linear(linear) => ExportLayer::Linear(fold_linear(linear, weights)?),
        Layer::Dropout(_) => return Ok(None),
    }))
}

/// Writes `y = γ (conv(x) + b − μ) / √(σ² + ε) + β` as one convolution.
fn fold_conv(conv: &arch::Conv, weights: &Weights) -> Result<ExportConv, FoldError> {
    let arch::Conv { inputs, outputs, kernel, .. } = *conv;
    let mut weight = get(weights, &conv.name, "weight", &[outputs, inputs, kernel, kernel])?;
    let gamma = get(weights, &conv.name, "bn.weight", &[outputs])?;
    let beta = get(weights, &conv.name, "bn.bias", &[outputs])?;
    let mean = get(weights, &conv.name, "bn.running_mean", &[outputs])?;
    let variance = get(weights, &conv.name, "bn.running_var", &[outputs])?;
    let bias_before = if conv.bias {
        get(weights, &conv.name, "bias", &[outputs])?.values
    } else {
        vec![0.0; outputs]
    };
    let mut bias = Vec::with_capacity(outputs);
    for (channel, kernel) in weight.values.chunks_mut(inputs * kernel * kernel).enumerate() {
        let [gamma, beta, mean, variance, before] =
            [&gamma.values, &beta.values, &mean.values, &variance.values, &bias_before]
                .map(|values| f64::from(values[channel]));
        let gain = gamma / (variance + BATCH_NORM_EPSILON).sqrt();
        kernel.iter_mut().for_each(|value| *value = (f64::from(*value) * gain) as f32);
        bias.push(((before - mean) * gain + beta) as f32);
    }
    if bias.iter().chain(&weight.values).any(|value| !value.is_finite()) {
        return Err(FoldError::NotFinite(format!("{}.bn", conv.name)));
    }
    let bias = Array { shape: vec![outputs], values: bias };
    Ok(ExportConv { conv: conv.clone(), weight, bias })
}

fn fold_linear(linear: &arch::Linear, weights: &Weights) -> Result<ExportLinear, FoldError> {
    Ok(ExportLinear {
        weight: get(weights, &linear.name, "weight", &[linear.outputs, linear.inputs])?,
        bias: get(weights, &linear.name, "bias", &[linear.outputs])?,
        linear: linear.clone(),
    })
}

/// The tensor `LAYER.PART`, if it has that shape and only finite values.
fn get(weights: &Weights, layer: &str, part: &str, shape: &[usize]) -> Result<Array, FoldError> {
    let name = format!("{layer}.{part}");
    let Some(array) = weights.get(&name) else { return Err(FoldError::Missing(name)) };
    if array.shape != shape {
        let (found, expected) = (array.shape.clone(), shape.to_vec());
        return Err(FoldError::Shape { name, found, expected });
    }
    if array.values.iter().any(|value| !value.is_finite()) {
        return Err(FoldError::NotFinite(name));
    }
    Ok(array.clone())
}
