//! Networks, described once: `torch::network` builds them in libtorch from this description, and
//! `export` writes them to ONNX from the same one.

use serde::{Deserialize, Serialize};

/// One layer of a network. Images are `[N, channels, height, width]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    Conv(Conv),
    /// The maximum of each 2×2 square, stride 2; an odd last row or column is dropped.
    MaxPool,
    /// `relu(body(x) + shortcut(x))`; where there is no shortcut, x itself is added.
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

/// A convolution padded by `kernel / 2`, then BatchNorm (ε 1e-5), then ReLU if `relu`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Names the tensors: `NAME.weight` `[outputs, inputs, kernel, kernel]`,
    /// `NAME.bias` `[outputs]` if `bias`, and `NAME.bn.{weight, bias,
    /// running_mean, running_var}` `[outputs]`.
    pub name: String,
    pub inputs: usize,
    pub outputs: usize,
    pub kernel: usize,
    pub stride: usize,
    pub bias: bool,
    pub relu: bool,
}

/// `x · weightᵀ + bias`, then ReLU if `relu`.
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

/// Which classifier to train.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    /// A plain four-block CNN, the textbook recipe (26.2 million parameters)
    // Checkpoints and scripts of earlier releases call it "documented".
    #[serde(alias = "Documented", alias = "documented")]
    #[value(alias = "documented")]
    Baseline,
    /// A small residual network for the device, the one that ships
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

    /// The default width and height of the network's input, in pixels.
    pub fn default_side(self) -> u32 {
        match self {
            Arch::Baseline => 224,
            Arch::Compact => 160,
        }
    }

    /// The layers for images of `side`×`side` pixels and a number of classes: from normalised
    /// pixels `[N, 3, side, side]` to logits `[N, classes]`.
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

/// A convolution with `stem` channels that halves height and width, then one stage for each pair
/// of channels and blocks in `stages`; each stage halves height and width again. Returns the
/// channels of the last stage too. The names of all tensors begin with `prefix`.
///
/// The blocks are plain 3×3 residual blocks: tract runs them two to three times as fast per
/// multiply-add as bottlenecks or depthwise convolutions.
pub(crate) fn residual_stages(
    prefix: &str,
    stem: usize,
    stages: &[(usize, usize)],
) -> (Vec<Layer>, usize) {
    let mut layers = vec![Layer::Conv(conv(format!("{prefix}stem"), 3, stem, 3, 2))];
    let mut inputs = stem;
    for (stage, &(outputs, blocks)) in stages.iter().enumerate() {
        for block in 0..blocks {
            let name = format!("{prefix}stage{}_{}", stage + 1, block + 1);
            layers.push(residual_block(&name, inputs, outputs, if block == 0 { 2 } else { 1 }));
            inputs = outputs;
        }
    }
    (layers, inputs)
}

fn residual_block(name: &str, inputs: usize, outputs: usize, stride: usize) -> Layer {
    let second = conv(format!("{name}_b"), outputs, outputs, 3, 1);
    let shortcut = conv(format!("{name}_shortcut"), inputs, outputs, 1, stride);
    Layer::Residual {
        body: vec![
            conv(format!("{name}_a"), inputs, outputs, 3, stride),
            Conv { relu: false, ..second },
        ],
        shortcut: (stride != 1 || inputs != outputs).then_some(Conv { relu: false, ..shortcut }),
    }
}

/// A convolution without bias and with ReLU.
pub(crate) fn conv(
    name: impl Into<String>,
    inputs: usize,
    outputs: usize,
    kernel: usize,
    stride: usize,
) -> Conv {
    Conv { name: name.into(), inputs, outputs, kernel, stride, bias: false, relu: true }
}

/// A fully connected layer with bias.
pub(crate) fn linear(name: &str, inputs: usize, outputs: usize, relu: bool) -> Layer {
    Layer::Linear(Linear { name: name.to_owned(), inputs, outputs, relu })
}
