//! BatchNorm into the convolution before it.

use crate::arch::{self, BATCH_NORM_EPSILON, Layer};
use crate::export::ExportError;
use crate::weights::{Array, Weights};

/// A layer as the device runs it: with its numbers, without what only training needs.
#[derive(Clone, Debug, PartialEq)]
pub enum Folded {
    Conv(FoldedConv),
    MaxPool,
    Residual { body: Vec<FoldedConv>, shortcut: Option<FoldedConv> },
    GlobalAveragePool,
    Flatten,
    Linear(FoldedLinear),
}

/// A convolution with bias, padded by `kernel / 2`, then ReLU where asked.
#[derive(Clone, Debug, PartialEq)]
pub struct FoldedConv {
    pub conv: arch::Conv,
    /// `[outputs, inputs, kernel, kernel]`
    pub weight: Array,
    /// `[outputs]`
    pub bias: Array,
}

/// `x · weightᵀ + bias`, then ReLU where asked.
#[derive(Clone, Debug, PartialEq)]
pub struct FoldedLinear {
    pub linear: arch::Linear,
    /// `[outputs, inputs]`
    pub weight: Array,
    /// `[outputs]`
    pub bias: Array,
}

/// Gives each layer its numbers; dropout disappears.
///
/// # Errors
/// A tensor is missing, has another shape, or holds a value that is not a number.
pub fn fold(layers: &[Layer], weights: &Weights) -> Result<Vec<Folded>, ExportError> {
    let fold_layer = |layer: &Layer| {
        Ok(Some(match layer {
            Layer::Conv(conv) => Folded::Conv(fold_conv(conv, weights)?),
            Layer::MaxPool => Folded::MaxPool,
            Layer::Residual { body, shortcut } => Folded::Residual {
                body: body.iter().map(|conv| fold_conv(conv, weights)).collect::<Result<_, _>>()?,
                shortcut: shortcut.as_ref().map(|conv| fold_conv(conv, weights)).transpose()?,
            },
            Layer::GlobalAveragePool => Folded::GlobalAveragePool,
            Layer::Flatten => Folded::Flatten,
            Layer::Linear(linear) => Folded::Linear(fold_linear(linear, weights)?),
            Layer::Dropout(_) => return Ok(None),
        }))
    };
    layers.iter().filter_map(|layer| fold_layer(layer).transpose()).collect()
}

/// `y = γ (conv(x) + b − μ) / √(σ² + ε) + β`, written as one convolution.
fn fold_conv(conv: &arch::Conv, weights: &Weights) -> Result<FoldedConv, ExportError> {
    let arch::Conv { inputs, outputs, kernel, .. } = *conv;
    let mut weight = get(weights, &conv.name, "weight", &[outputs, inputs, kernel, kernel])?;
    let norm = |part: &str| get(weights, &conv.name, &format!("bn.{part}"), &[outputs]);
    let (gamma, beta) = (norm("weight")?, norm("bias")?);
    let (mean, variance) = (norm("running_mean")?, norm("running_var")?);
    let bias_before = match conv.bias {
        true => get(weights, &conv.name, "bias", &[outputs])?.values,
        false => vec![0.0; outputs],
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
        return Err(ExportError::NotFinite(format!("{}.bn", conv.name)));
    }
    let bias = Array { shape: vec![outputs], values: bias };
    Ok(FoldedConv { conv: conv.clone(), weight, bias })
}

fn fold_linear(linear: &arch::Linear, weights: &Weights) -> Result<FoldedLinear, ExportError> {
    Ok(FoldedLinear {
        weight: get(weights, &linear.name, "weight", &[linear.outputs, linear.inputs])?,
        bias: get(weights, &linear.name, "bias", &[linear.outputs])?,
        linear: linear.clone(),
    })
}

fn get(weights: &Weights, layer: &str, part: &str, shape: &[usize]) -> Result<Array, ExportError> {
    let name = format!("{layer}.{part}");
    let Some(array) = weights.get(&name) else { return Err(ExportError::Missing(name)) };
    if array.shape != shape {
        let (found, wanted) = (array.shape.clone(), shape.to_vec());
        return Err(ExportError::Shape { name, found, wanted });
    }
    if array.values.iter().any(|value| !value.is_finite()) {
        return Err(ExportError::NotFinite(name));
    }
    Ok(array.clone())
}
