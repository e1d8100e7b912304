//! What each layer of a network computes and takes: output shape, weights, arithmetic, memory.

use common::Size;

use crate::arch::{Conv, Layer};

/// Bytes of an f32.
const FLOAT: usize = 4;

/// Bytes of the position that a maximum pooling remembers for each output (libtorch's i64).
const POSITION: usize = 8;

/// One layer, or one convolution of a residual block. Memory is in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerCost {
    /// The name of its tensors; empty where it has none.
    pub name: String,
    /// What it computes, such as "conv 3×3 /2".
    pub operation: String,
    /// The shape of its output for one image: `[channels, height, width]` or `[values]`.
    pub output: Vec<usize>,
    /// Trainable weights, including BatchNorm's two for each channel of a convolution.
    pub parameters: usize,
    /// Multiply-adds for one image, counted for convolutions and fully connected layers as is
    /// usual.
    pub multiply_adds: usize,
    /// What training in f32 keeps of one image until the backward pass: what the derivative of
    /// each operation needs.
    pub activation_bytes: usize,
}

/// The pixels that go in, then the layers of a network in the order in which they are computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkCost {
    pub layers: Vec<LayerCost>,
}

impl NetworkCost {
    /// Walks over the layers of a network whose input has three channels of a width and height.
    pub fn new(layers: &[Layer], input: Size) -> Self {
        let mut walk =
            Walk { shape: vec![3, input.height as usize, input.width as usize], costs: Vec::new() };
        walk.without_weights("pixels", walk.shape.clone(), FLOAT);
        layers.iter().for_each(|layer| walk.layer(layer));
        Self { layers: walk.costs }
    }

    /// Trainable weights.
    pub fn parameters(&self) -> usize {
        self.layers.iter().map(|layer| layer.parameters).sum()
    }

    /// Multiply-adds for one image.
    pub fn multiply_adds(&self) -> usize {
        self.layers.iter().map(|layer| layer.multiply_adds).sum()
    }

    /// The weights and, for each, its gradient, in bytes of f32.
    pub fn weight_and_gradient_bytes(&self) -> usize {
        self.layers.iter().map(LayerCost::weight_and_gradient_bytes).sum()
    }

    /// Adam's two moments of each weight's gradient, in bytes of f32.
    pub fn adam_bytes(&self) -> usize {
        self.layers.iter().map(LayerCost::adam_bytes).sum()
    }

    /// What training in f32 keeps of one image until the backward pass, in bytes.
    pub fn activation_bytes(&self) -> usize {
        self.layers.iter().map(|layer| layer.activation_bytes).sum()
    }
}

impl LayerCost {
    /// The weights and, for each, its gradient, in bytes of f32.
    pub fn weight_and_gradient_bytes(&self) -> usize {
        2 * FLOAT * self.parameters
    }

    /// Adam's two moments of each weight's gradient, in bytes of f32.
    pub fn adam_bytes(&self) -> usize {
        2 * FLOAT * self.parameters
    }
}

/// The walk over a network, between two layers.
struct Walk {
    /// The shape of one image's activations.
    shape: Vec<usize>,
    costs: Vec<LayerCost>,
}

impl Walk {
    fn layer(&mut self, layer: &Layer) {
        match layer {
            Layer::Conv(conv) => self.conv(conv, 2),
            Layer::Residual { body, shortcut } => self.residual(body, shortcut.as_ref()),
            Layer::MaxPool => {
                let halved = |edge: &usize| edge / 2;
                let output = [&self.shape[..1], &map(&self.shape[1..], halved)[..]].concat();
                self.without_weights("max pool 2×2", output, FLOAT + POSITION);
            }
            Layer::GlobalAveragePool => {
                let channels = self.shape[..1].to_vec();
                self.without_weights("average", channels, FLOAT);
            }
            // The channels are innermost in memory, so that flattening makes a copy.
            Layer::Flatten => {
                let values = vec![self.shape.iter().product()];
                self.without_weights("flatten", values, FLOAT);
            }
            // The factor of each value, and the product.
            Layer::Dropout(share) => {
                let operation = format!("dropout {share}");
                self.without_weights(&operation, self.shape.clone(), 2 * FLOAT);
            }
            Layer::Linear(linear) => self.push(LayerCost {
                name: linear.name.clone(),
                operation: "linear".to_owned(),
                output: vec![linear.outputs],
                parameters: (linear.inputs + 1) * linear.outputs,
                multiply_adds: linear.inputs * linear.outputs,
                activation_bytes: FLOAT * linear.outputs,
            }),
        }
    }

    /// A convolution and its BatchNorm. `kept`: how many values of each output the backward pass
    /// needs, which are the input of BatchNorm and, where another operation needs it, its output.
    fn conv(&mut self, conv: &Conv, kept: usize) {
        let strided = |edge: &usize| edge.div_ceil(conv.stride);
        let output = [&[conv.outputs], &map(&self.shape[1..], strided)[..]].concat();
        let weights = conv.outputs * conv.inputs * conv.kernel * conv.kernel;
        let bias = if conv.bias { conv.outputs } else { 0 };
        let pixels: usize = output[1..].iter().product();
        let stride = if conv.stride == 1 { String::new() } else { format!(" /{}", conv.stride) };
        self.push(LayerCost {
            name: conv.name.clone(),
            operation: format!("conv {0}×{0}{stride}", conv.kernel),
            parameters: weights + bias + 2 * conv.outputs,
            multiply_adds: pixels * weights,
            activation_bytes: kept * FLOAT * conv.outputs * pixels,
            output,
        });
    }

    /// The outputs of BatchNorm that are only added are not kept, but their sum is.
    fn residual(&mut self, body: &[Conv], shortcut: Option<&Conv>) {
        let input = self.shape.clone();
        let kept = |conv: &Conv| if conv.relu { 2 } else { 1 };
        body.iter().for_each(|conv| self.conv(conv, kept(conv)));
        if let Some(conv) = shortcut {
            self.shape = input;
            self.conv(conv, kept(conv));
        }
        self.without_weights("add, ReLU", self.shape.clone(), FLOAT);
    }

    /// `bytes`: what is kept of each output.
    fn without_weights(&mut self, operation: &str, output: Vec<usize>, bytes: usize) {
        self.push(LayerCost {
            name: String::new(),
            operation: operation.to_owned(),
            parameters: 0,
            multiply_adds: 0,
            activation_bytes: bytes * output.iter().product::<usize>(),
            output,
        });
    }

    fn push(&mut self, cost: LayerCost) {
        self.shape.clone_from(&cost.output);
        self.costs.push(cost);
    }
}

fn map(edges: &[usize], change: impl Fn(&usize) -> usize) -> Vec<usize> {
    edges.iter().map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::Arch;

    fn cost(arch: Arch) -> NetworkCost {
        let side = arch.default_side();
        NetworkCost::new(&arch.layers(side, 53), Size::square(side))
    }

    #[test]
    fn the_baseline_has_the_parameters_of_its_layer_table() {
        assert_eq!(cost(Arch::Baseline).parameters(), 26_224_949);
    }

    #[test]
    fn the_baseline_costs_three_quarters_of_a_billion_multiply_adds() {
        assert_eq!(cost(Arch::Baseline).multiply_adds() / 10_000_000, 76);
    }

    #[test]
    fn the_compact_network_stays_within_its_budget() {
        let cost = cost(Arch::Compact);
        assert_eq!(cost.parameters(), 1_533_741);
        assert!(cost.multiply_adds() <= 150_000_000);
    }

    #[test]
    fn a_convolution_counts_its_kernel_its_bias_and_its_normalisation() {
        let first = &cost(Arch::Baseline).layers[1];
        let pixels = 224 * 224;
        let expected = LayerCost {
            name: "conv1".to_owned(),
            operation: "conv 3×3".to_owned(),
            output: vec![32, 224, 224],
            parameters: 32 * 3 * 9 + 32 + 2 * 32,
            multiply_adds: pixels * 32 * 3 * 9,
            activation_bytes: 2 * 4 * 32 * pixels,
        };
        assert_eq!(*first, expected);
    }

    /// Both paths of a residual block begin at the same shape and end at the same one.
    #[test]
    fn a_shortcut_starts_where_its_block_starts() {
        let layers = cost(Arch::Compact).layers;
        let at = |name: &str| layers.iter().find(|layer| layer.name == name).unwrap();
        let (shortcut, body) = (at("stage2_1_shortcut"), at("stage2_1_b"));
        assert_eq!(shortcut.output, [64, 20, 20]);
        assert_eq!(body.output, shortcut.output);
        assert_eq!(shortcut.multiply_adds, 20 * 20 * 32 * 64);
        assert_eq!(at("stage2_1_a").multiply_adds, 20 * 20 * 32 * 64 * 9);
    }

    #[test]
    fn an_odd_row_is_dropped_by_pooling_and_kept_by_a_stride() {
        let size = Size::new(7, 5);
        let halved = crate::arch::conv("a", 3, 8, 3, 2);
        let output = |layer| NetworkCost::new(&[layer], size).layers[1].output.clone();
        assert_eq!(output(Layer::MaxPool), [3, 2, 3]);
        assert_eq!(output(Layer::Conv(halved)), [8, 3, 4]);
    }
}
