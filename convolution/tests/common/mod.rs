//! Random layers, and a plain convolution in double precision to compare with.
#![allow(dead_code, reason = "each test file uses some of it")]

use convolution::{Algorithm, Convolution, ConvolutionSpec, Kernels, PaddedShape};
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg32;

/// Random numbers of a test.
pub fn random(stream: u64) -> Pcg32 {
    Pcg32::seed_from_u64(stream)
}

/// The sets of instructions that this processor can run.
pub fn available_kernels() -> Vec<Kernels> {
    Kernels::ALL.into_iter().filter(|kernels| kernels.is_available()).collect()
}

/// A layer with random numbers.
#[derive(Clone, Debug)]
pub struct Case {
    pub spec: ConvolutionSpec,
    pub height: usize,
    pub width: usize,
    pub weights: Vec<f32>,
    pub bias: Vec<f32>,
    /// `[height, width, inputs]`
    pub input: Vec<f32>,
    /// `[output height, output width, outputs]`
    pub add: Option<Vec<f32>>,
}

impl Case {
    pub fn random(
        random: &mut impl Rng,
        spec: ConvolutionSpec,
        height: usize,
        width: usize,
        has_add: bool,
    ) -> Self {
        let mut values = |count: usize| -> Vec<f32> {
            (0..count).map(|_| random.random_range(-1.0..1.0)).collect()
        };
        let outputs = height.div_ceil(spec.stride) * width.div_ceil(spec.stride) * spec.outputs;
        Self {
            spec,
            height,
            width,
            weights: values(spec.weights()),
            bias: values(spec.outputs),
            input: values(height * width * spec.inputs),
            add: has_add.then(|| values(outputs)),
        }
    }

    /// The number of outputs, of all pixels and channels.
    pub fn outputs(&self) -> usize {
        let stride = self.spec.stride;
        self.height.div_ceil(stride) * self.width.div_ceil(stride) * self.spec.outputs
    }

    /// The algorithms that can compute the layer.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        Algorithm::ALL.into_iter().filter(|algorithm| algorithm.is_possible(&self.spec)).collect()
    }

    pub fn convolution(&self, kernels: Kernels, algorithm: Algorithm) -> Convolution {
        let (height, width) = (self.height, self.width);
        let (weights, bias) = (&self.weights, &self.bias);
        Convolution::with_algorithm(&self.spec, weights, bias, height, width, kernels, algorithm)
            .expect("the lengths and the algorithm fit the layer")
    }

    /// What the output at an index of `[output height, output width, outputs]` must be, and the sum
    /// of the magnitudes of all that is added up for it.
    pub fn plain(&self, index: usize) -> (f64, f64) {
        let spec = &self.spec;
        let columns = self.width.div_ceil(spec.stride);
        let (pixel, output) = (index / spec.outputs, index % spec.outputs);
        let (y, x) = (pixel / columns * spec.stride, pixel % columns * spec.stride);
        let taps = spec.kernel * spec.kernel;
        let weights = &self.weights[output * spec.inputs * taps..][..spec.inputs * taps];
        let add = self.add.as_ref().map_or(0.0, |add| f64::from(add[index]));
        let bias = f64::from(self.bias[output]);
        let (mut sum, mut magnitude) = (bias + add, bias.abs() + add.abs());
        for tap in 0..taps {
            let row = (y + tap / spec.kernel).wrapping_sub(spec.kernel / 2);
            let column = (x + tap % spec.kernel).wrapping_sub(spec.kernel / 2);
            if row >= self.height || column >= self.width {
                continue;
            }
            let inputs = &self.input[(row * self.width + column) * spec.inputs..];
            for (value, weights) in inputs.iter().zip(weights.chunks_exact(taps)) {
                let product = f64::from(*value) * f64::from(weights[tap]);
                sum += product;
                magnitude += product.abs();
            }
        }
        (if spec.relu && sum < 0.0 { 0.0 } else { sum }, magnitude)
    }
}

/// Spreads `[height, width, channels]` over a buffer in the padded layout.
pub fn pad(values: &[f32], shape: PaddedShape) -> Vec<f32> {
    let mut padded = vec![0.0; shape.values()];
    for (pixel, channels) in values.chunks_exact(shape.channels).enumerate() {
        let start = shape.offset(pixel / shape.width, pixel % shape.width);
        padded[start..start + shape.channels].copy_from_slice(channels);
    }
    padded
}

/// The opposite of [`pad`]. What is not part of the image must be zero.
pub fn unpad(padded: &[f32], shape: PaddedShape) -> Vec<f32> {
    let mut rest = padded.to_vec();
    let mut values = vec![];
    for pixel in 0..shape.height * shape.width {
        let start = shape.offset(pixel / shape.width, pixel % shape.width);
        values.extend_from_slice(&padded[start..start + shape.channels]);
        rest[start..start + shape.channels].fill(0.0);
    }
    assert!(rest.iter().all(|value| *value == 0.0), "border, slack or surplus is not zero");
    values
}
