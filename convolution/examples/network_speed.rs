//! Measures the layers of a network with random weights.
//!
//! `cargo run --release -p convolution --example network_speed -- compact --rounds 200`
//!
//! The networks have the shapes of the project's own: a stem with stride 2, stages of residual
//! blocks whose first block has stride 2, and perhaps a head of 1 by 1 pixels. Wall time is
//! printed, the minimum of all rounds for each layer and for the whole network, on one thread.
//! `--portable` measures the portable kernels, `--plan` followed by a digit for each layer (0, 2, 4)
//! the algorithms that it names, and `--quiet` prints one line.

use std::time::Instant;

use convolution::{
    Algorithm, AlignedBuffer, Convolution, ConvolutionSpec, Kernels, PaddedShape, Scratch,
};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg32;

/// The shape of a network.
struct Network {
    name: &'static str,
    height: usize,
    width: usize,
    stem: usize,
    /// Channels and blocks of each stage.
    stages: &'static [(usize, usize)],
    /// Output channels of the last layer, or 0 for none.
    head: usize,
}

const NETWORKS: [Network; 4] = [
    Network {
        name: "stages-of-256",
        height: 160,
        width: 160,
        stem: 24,
        stages: &[(32, 1), (64, 1), (128, 2), (256, 1)],
        head: 0,
    },
    Network {
        name: "compact",
        height: 160,
        width: 160,
        stem: 16,
        stages: &[(32, 1), (64, 2), (128, 2)],
        head: 0,
    },
    Network {
        name: "detector",
        height: 144,
        width: 192,
        stem: 16,
        stages: &[(24, 1), (48, 2), (96, 4)],
        head: 72,
    },
    Network {
        name: "refiner",
        height: 64,
        width: 64,
        stem: 16,
        stages: &[(24, 1), (48, 1), (96, 1)],
        head: 0,
    },
];

/// A layer, and the places of its activations in the list of all.
struct Layer {
    convolution: Convolution,
    input: usize,
    add: Option<usize>,
    output: usize,
}

/// Builds a network layer by layer.
struct Builder {
    random: Pcg32,
    kernels: Kernels,
    plan: Vec<Algorithm>,
    layers: Vec<Layer>,
    activations: Vec<AlignedBuffer>,
    shapes: Vec<PaddedShape>,
}

impl Builder {
    /// Adds a layer, and returns the place of its output.
    fn add(&mut self, input: usize, outputs: usize, kernel: usize, stride: usize) -> usize {
        let shape = self.shapes[input];
        let spec = ConvolutionSpec { inputs: shape.channels, outputs, kernel, stride, relu: true };
        let scale = (4.0 / (spec.inputs * kernel * kernel) as f32).sqrt();
        let weights: Vec<f32> =
            (0..spec.weights()).map(|_| self.random.random_range(-0.5..0.5) * scale).collect();
        let bias = vec![0.01; outputs];
        let (height, width) = (shape.height, shape.width);
        let planned = self.plan.get(self.layers.len()).copied();
        let convolution = match planned.filter(|algorithm| algorithm.is_possible(&spec)) {
            None => Convolution::new(&spec, &weights, &bias, height, width, self.kernels),
            Some(algorithm) => Convolution::with_algorithm(
                &spec,
                &weights,
                &bias,
                height,
                width,
                self.kernels,
                algorithm,
            ),
        }
        .expect("the networks above have possible layers");
        let output = self.activations.len();
        self.shapes.push(convolution.output_shape());
        self.activations.push(AlignedBuffer::zeroed(convolution.output_shape().values()));
        self.layers.push(Layer { convolution, input, add: None, output });
        output
    }

    fn build(&mut self, network: &Network) {
        let shape = PaddedShape::new(network.height, network.width, 3);
        let mut input = AlignedBuffer::zeroed(shape.values());
        for y in 0..shape.height {
            for x in 0..shape.width {
                let start = shape.offset(y, x);
                for value in &mut input[start..start + 3] {
                    *value = self.random.random_range(-2.0..2.0);
                }
            }
        }
        self.shapes.push(shape);
        self.activations.push(input);
        let mut last = self.add(0, network.stem, 3, 2);
        for (channels, blocks) in network.stages {
            for block in 0..*blocks {
                let stride = if block == 0 { 2 } else { 1 };
                let first = self.add(last, *channels, 3, stride);
                let shortcut = if block == 0 { self.add(last, *channels, 1, 2) } else { last };
                last = self.add(first, *channels, 3, 1);
                if let Some(layer) = self.layers.last_mut() {
                    layer.add = Some(shortcut);
                }
            }
        }
        if network.head > 0 {
            self.add(last, network.head, 1, 1);
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value_of = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1)
    };
    let network = NETWORKS.iter().find(|network| arguments.iter().any(|name| name == network.name));
    let Some(network) = network else {
        let names: Vec<&str> = NETWORKS.iter().map(|network| network.name).collect();
        eprintln!("name one of the networks {}", names.join(", "));
        std::process::exit(2);
    };
    let rounds = value_of("--rounds").and_then(|count| count.parse().ok()).unwrap_or(100);
    let plan = value_of("--plan").map_or("", String::as_str);
    let is_portable = arguments.iter().any(|argument| argument == "--portable");
    let mut builder = Builder {
        random: Pcg32::seed_from_u64(1),
        kernels: if is_portable { Kernels::Portable } else { Kernels::detect() },
        plan: plan.chars().map(algorithm).collect(),
        layers: vec![],
        activations: vec![],
        shapes: vec![],
    };
    builder.build(network);
    measure(&mut builder, rounds, arguments.iter().any(|argument| argument == "--quiet"));
}

fn algorithm(digit: char) -> Algorithm {
    match digit {
        '2' => Algorithm::Winograd2,
        '4' => Algorithm::Winograd4,
        _ => Algorithm::Direct,
    }
}

fn measure(builder: &mut Builder, rounds: usize, is_quiet: bool) {
    let mut scratch = Scratch::default();
    let mut least = vec![f64::INFINITY; builder.layers.len()];
    let mut totals = vec![];
    for _ in 0..rounds {
        let begin = Instant::now();
        let mut before = 0.0;
        for (layer, least) in builder.layers.iter().zip(&mut least) {
            let (inputs, outputs) = builder.activations.split_at_mut(layer.output);
            let add = layer.add.map(|add| &*inputs[add]);
            layer.convolution.run(&inputs[layer.input], add, &mut outputs[0], &mut scratch);
            let after = begin.elapsed().as_secs_f64() * 1e3;
            *least = least.min(after - before);
            before = after;
        }
        totals.push(before);
    }
    totals.sort_by(f64::total_cmp);
    let sum: f32 = builder.activations.iter().flat_map(|values| values.iter()).sum();
    let total: usize = builder.layers.iter().map(|layer| products(&layer.convolution)).sum();
    if let (Some(least), Some(median)) = (totals.first(), totals.get(totals.len() / 2)) {
        println!(
            "least {least:.3} ms, median {median:.3} ms; {:.1} million products, sum {sum:.2}",
            total as f64 / 1e6
        );
    }
    if is_quiet {
        return;
    }
    for (layer, least) in builder.layers.iter().zip(&least) {
        let convolution = &layer.convolution;
        let (spec, shape) = (convolution.spec(), convolution.output_shape());
        let gigaproducts = products(convolution) as f64 / 1e6 / least;
        println!(
            "{least:8.4} ms  {:3} to {:3} channels, {}x{} stride {}, {}x{} outputs, {:?}: \
             {gigaproducts:.1} billion products a second",
            spec.inputs,
            spec.outputs,
            spec.kernel,
            spec.kernel,
            spec.stride,
            shape.width,
            shape.height,
            convolution.algorithm(),
        );
    }
}

/// The number of products of a weight and an input that a direct convolution computes.
fn products(convolution: &Convolution) -> usize {
    let shape = convolution.output_shape();
    shape.height * shape.width * convolution.spec().weights()
}
