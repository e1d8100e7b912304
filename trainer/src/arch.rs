//! The two networks, described once: `network` builds them in libtorch from this
//! description and `export` writes them to ONNX from the same one.

use serde::{Deserialize, Serialize};

/// One step of a network. Images are `[N, channels, height, width]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    Conv(Conv),
    /// Largest of each 2×2, stride 2; an odd last row or column is dropped.
    MaxPool,
    /// `relu(body(x) + shortcut(x))`; without a shortcut, x itself is added.
    Residual {
        body: Vec<Conv>,
        shortcut: Option<Conv>,
    },
    /// Mean over height and width: `[N, C, H, W]` to `[N, C]`.
    GlobalAveragePool,
    /// `[N, C, H, W]` to `[N, C·H·W]`.
    Flatten,
    Linear(Linear),
    /// Sets this share of the activations to zero while training.
    Dropout(f64),
}

/// Convolution padded by `kernel / 2`, then BatchNorm (ε 1e-5), then ReLU where asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Names the tensors: `NAME.weight` `[outputs, inputs, kernel, kernel]`,
    /// `NAME.bias` `[outputs]` where `bias`, and `NAME.bn.{weight, bias,
    /// running_mean, running_var}` `[outputs]`.
    pub name: String,
    pub inputs: usize,
    pub outputs: usize,
    pub kernel: usize,
    pub stride: usize,
    pub bias: bool,
    pub relu: bool,
}

/// `x · weightᵀ + bias`, then ReLU where asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linear {
    /// Names the tensors: `NAME.weight` `[outputs, inputs]`, `NAME.bias` `[outputs]`.
    pub name: String,
    pub inputs: usize,
    pub outputs: usize,
    pub relu: bool,
}

/// BatchNorm's guard against division by zero; PyTorch's default.
pub const BATCH_NORM_EPSILON: f64 = 1e-5;

/// Which network to train.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    /// Four convolutions and three fully connected layers at 224×224: 26.2 M parameters.
    // Checkpoints and scripts of earlier releases call it "documented".
    #[serde(alias = "Documented", alias = "documented")]
    #[value(alias = "documented")]
    Baseline,
    /// Small residual network for the device.
    Compact,
}

impl Arch {
    /// The name in command lines and model files.
    pub fn name(self) -> &'static str {
        match self {
            Arch::Baseline => "baseline",
            Arch::Compact => "compact",
        }
    }

    /// Input width and height in pixels that the network is trained at by default.
    pub fn default_side(self) -> u32 {
        match self {
            Arch::Baseline => 224,
            Arch::Compact => 160,
        }
    }

    /// The layers for images of `side`×`side` and that many classes.
    ///
    /// `[N, 3, side, side]` normalised pixels in, `[N, classes]` logits out.
    pub fn layers(self, side: u32, classes: usize) -> Vec<Layer> {
        match self {
            Arch::Baseline => baseline(side as usize, classes),
            Arch::Compact => compact(classes),
        }
    }
}

fn baseline(side: usize, classes: usize) -> Vec<Layer> {
    let mut layers = Vec::new();
    for (i, pair) in [3, 32, 64, 128, 256].windows(2).enumerate() {
        let name = format!("conv{}", i + 1);
        layers.push(Layer::Conv(Conv { bias: true, ..conv(name, pair[0], pair[1], 3, 1) }));
        layers.push(Layer::MaxPool);
    }
    layers.push(Layer::Flatten);
    let cells = side / 16;
    layers.push(linear("fc1", 256 * cells * cells, 512, true));
    layers.push(Layer::Dropout(0.5));
    layers.push(linear("fc2", 512, 256, true));
    layers.push(Layer::Dropout(0.5));
    layers.push(linear("fc3", 256, classes, false));
    layers
}

fn compact(classes: usize) -> Vec<Layer> {
    let (mut layers, outputs) = residual_stages("", 24, &[(32, 1), (64, 1), (128, 2), (256, 1)]);
    layers.push(Layer::GlobalAveragePool);
    layers.push(Layer::Dropout(0.2));
    layers.push(linear("classes", outputs, classes, false));
    layers
}

/// A convolution that halves height and width, then stages of as many channels and blocks
/// as asked for; each stage halves them again. Returns the last stage's channels too.
/// All tensors' names begin with `prefix`.
///
/// Plain 3×3 residual blocks: tract runs them two to three times as fast per
/// multiply-add as bottlenecks or depthwise convolutions.
pub fn residual_stages(
    prefix: &str,
    stem: usize,
    stages: &[(usize, usize)],
) -> (Vec<Layer>, usize) {
    let mut layers = vec![Layer::Conv(conv(format!("{prefix}stem"), 3, stem, 3, 2))];
    let mut inputs = stem;
    for (stage, &(outputs, blocks)) in stages.iter().enumerate() {
        for block in 0..blocks {
            let stride = if block == 0 { 2 } else { 1 };
            let name = |part: &str| format!("{prefix}stage{}_{}_{part}", stage + 1, block + 1);
            let second = conv(name("b"), outputs, outputs, 3, 1);
            layers.push(Layer::Residual {
                body: vec![
                    conv(name("a"), inputs, outputs, 3, stride),
                    Conv { relu: false, ..second },
                ],
                shortcut: (stride != 1 || inputs != outputs).then(|| Conv {
                    relu: false,
                    ..conv(name("shortcut"), inputs, outputs, 1, stride)
                }),
            });
            inputs = outputs;
        }
    }
    (layers, inputs)
}

/// Without bias, with ReLU.
pub fn conv(
    name: impl Into<String>,
    inputs: usize,
    outputs: usize,
    kernel: usize,
    stride: usize,
) -> Conv {
    Conv { name: name.into(), inputs, outputs, kernel, stride, bias: false, relu: true }
}

/// With bias.
pub fn linear(name: &str, inputs: usize, outputs: usize, relu: bool) -> Layer {
    Layer::Linear(Linear { name: name.to_owned(), inputs, outputs, relu })
}

impl Conv {
    /// Weights to learn, BatchNorm's two per output included.
    fn parameters(&self) -> usize {
        let bias = if self.bias { self.outputs } else { 0 };
        self.outputs * self.inputs * self.kernel * self.kernel + bias + 2 * self.outputs
    }
}

/// Weights to learn in the whole network.
pub fn parameters(layers: &[Layer]) -> usize {
    layers
        .iter()
        .map(|layer| match layer {
            Layer::Conv(conv) => conv.parameters(),
            Layer::Residual { body, shortcut } => {
                body.iter().chain(shortcut).map(Conv::parameters).sum()
            }
            Layer::Linear(linear) => (linear.inputs + 1) * linear.outputs,
            _ => 0,
        })
        .sum()
}

/// Multiply-adds of one image of that width and height: convolutions and linear layers,
/// as the field counts them.
pub fn multiply_adds(layers: &[Layer], size: [u32; 2]) -> usize {
    let mut size = size.map(|edge| edge as usize);
    let mut total = 0;
    let conv_cost = |conv: &Conv, size: [usize; 2]| {
        let out = size.map(|edge| edge.div_ceil(conv.stride));
        (out[0] * out[1] * conv.inputs * conv.outputs * conv.kernel * conv.kernel, out)
    };
    for layer in layers {
        match layer {
            Layer::Conv(conv) => {
                let (cost, out) = conv_cost(conv, size);
                total += cost;
                size = out;
            }
            Layer::Residual { body, shortcut } => {
                total += shortcut.as_ref().map_or(0, |conv| conv_cost(conv, size).0);
                for conv in body {
                    let (cost, out) = conv_cost(conv, size);
                    total += cost;
                    size = out;
                }
            }
            Layer::MaxPool => size = size.map(|edge| edge / 2),
            Layer::Linear(linear) => total += linear.inputs * linear.outputs,
            Layer::GlobalAveragePool | Layer::Flatten | Layer::Dropout(_) => {}
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn baseline_has_the_parameters_its_layer_table_adds_up_to() {
        assert_eq!(parameters(&Arch::Baseline.layers(224, 53)), 26_224_949);
    }

    #[test]
    fn baseline_costs_three_quarters_of_a_billion_multiply_adds() {
        let cost = multiply_adds(&Arch::Baseline.layers(224, 53), [224; 2]);
        assert_eq!(cost / 10_000_000, 76);
    }

    #[test]
    fn compact_keeps_to_its_budget() {
        let layers = Arch::Compact.layers(160, 53);
        assert!(parameters(&layers) <= 3_000_000);
        assert!(multiply_adds(&layers, [160; 2]) <= 150_000_000);
    }
}
