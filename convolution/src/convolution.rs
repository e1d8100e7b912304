//! A layer of a network, ready to run.

use crate::algorithm::Algorithm;
use crate::buffer::Scratch;
use crate::direct::Direct;
use crate::error::ConvolutionError;
use crate::kernels::Kernels;
use crate::multiply::Finish;
use crate::shape::PaddedShape;
use crate::spec::ConvolutionSpec;
use crate::winograd::Winograd;

/// A convolution with its weights, for inputs of one size.
#[derive(Clone, Debug)]
pub struct Convolution {
    spec: ConvolutionSpec,
    kernels: Kernels,
    algorithm: Algorithm,
    input_shape: PaddedShape,
    output_shape: PaddedShape,
    layer: Layer,
}

/// The packed weights.
#[derive(Clone, Debug)]
enum Layer {
    Direct(Direct),
    Winograd(Winograd),
}

impl Convolution {
    /// Packs `weights` `[outputs, inputs, kernel, kernel]` and `bias` `[outputs]` for inputs of
    /// `input_height` rows and `input_width` columns, with the algorithm that is the fastest for
    /// them. The weights are copied.
    ///
    /// # Errors
    ///
    /// When the specification is not implemented, a size is zero or too large, a length differs
    /// from the specification, or this processor can't run `kernels`.
    pub fn new(
        spec: &ConvolutionSpec,
        weights: &[f32],
        bias: &[f32],
        input_height: usize,
        input_width: usize,
        kernels: Kernels,
    ) -> Result<Self, ConvolutionError> {
        check(spec, input_height, input_width)?;
        let algorithm = Algorithm::choose(spec, output_shape(spec, input_height, input_width));
        Self::with_algorithm(spec, weights, bias, input_height, input_width, kernels, algorithm)
    }

    /// The same as [`new`](Self::new) with a given algorithm.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new), and [`ConvolutionError::Algorithm`] when the algorithm can't
    /// compute such a convolution.
    pub fn with_algorithm(
        spec: &ConvolutionSpec,
        weights: &[f32],
        bias: &[f32],
        input_height: usize,
        input_width: usize,
        kernels: Kernels,
        algorithm: Algorithm,
    ) -> Result<Self, ConvolutionError> {
        check(spec, input_height, input_width)?;
        check_length("weights", weights.len(), spec.weights())?;
        check_length("bias", bias.len(), spec.outputs)?;
        if !kernels.is_available() {
            return Err(ConvolutionError::Unavailable { kernels });
        }
        if !algorithm.is_possible(spec) {
            return Err(ConvolutionError::Algorithm { algorithm });
        }
        // The vectors of the other kernels may be wider than four channels.
        let kernels = if spec.outputs <= 4 { Kernels::Portable } else { kernels };
        let input = PaddedShape::new(input_height, input_width, spec.inputs);
        let output = output_shape(spec, input_height, input_width);
        let layer = match algorithm {
            Algorithm::Direct => Layer::Direct(Direct::new(spec, weights, bias, input, kernels)),
            Algorithm::Winograd2 => {
                Layer::Winograd(Winograd::new(spec, weights, bias, input, output, 2, kernels))
            }
            Algorithm::Winograd4 => {
                Layer::Winograd(Winograd::new(spec, weights, bias, input, output, 4, kernels))
            }
        };
        Ok(Self {
            spec: *spec,
            kernels,
            algorithm,
            input_shape: input,
            output_shape: output,
            layer,
        })
    }

    /// What the convolution computes.
    pub const fn spec(&self) -> &ConvolutionSpec {
        &self.spec
    }

    /// How it is computed.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The layout of the input of [`run`](Self::run).
    pub const fn input_shape(&self) -> PaddedShape {
        self.input_shape
    }

    /// The layout of the output of [`run`](Self::run), and of what is added.
    pub const fn output_shape(&self) -> PaddedShape {
        self.output_shape
    }

    /// Computes the convolution of `input`, plus bias, plus `add` where given, and then ReLU where
    /// the specification asks for it.
    ///
    /// Border, slack and surplus channels of `input` and `add` must be zero. Border and slack of
    /// `output` stay as they are, and its surplus channels become zero where the inputs are finite. The old contents of the
    /// image in `output`, and those of `scratch`, don't matter. Once `scratch` is large enough,
    /// nothing is allocated.
    ///
    /// An output that depends on an infinite value or on one that is not a number is not finite,
    /// unless ReLU makes it zero. With Winograd's minimal filtering, the other outputs of the same
    /// tile are not finite either.
    ///
    /// # Panics
    ///
    /// When a length differs from `input_shape().values()` or `output_shape().values()`.
    pub fn run(
        &self,
        input: &[f32],
        add: Option<&[f32]>,
        output: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let shape = self.output_shape;
        assert_eq!(input.len(), self.input_shape.values(), "length of the input");
        assert_eq!(output.len(), shape.values(), "length of the output");
        if let Some(add) = add {
            assert_eq!(add.len(), shape.values(), "length of what is added");
        }
        let finish = Finish { add, relu: self.spec.relu };
        match &self.layer {
            Layer::Direct(layer) => layer.run(self.kernels, input, output, shape, finish),
            Layer::Winograd(layer) => layer.run(self.kernels, input, output, finish, scratch),
        }
    }
}

/// The shape of the output of a convolution whose numbers are checked.
fn output_shape(spec: &ConvolutionSpec, height: usize, width: usize) -> PaddedShape {
    let stride = spec.stride;
    PaddedShape::new(height.div_ceil(stride), width.div_ceil(stride), spec.outputs)
}

fn check(spec: &ConvolutionSpec, height: usize, width: usize) -> Result<(), ConvolutionError> {
    if spec.kernel != 1 && spec.kernel != 3 {
        return Err(ConvolutionError::Kernel { kernel: spec.kernel });
    }
    if spec.stride != 1 && spec.stride != 2 {
        return Err(ConvolutionError::Stride { stride: spec.stride });
    }
    let sizes = [
        ("input channels", spec.inputs),
        ("output channels", spec.outputs),
        ("rows", height),
        ("columns", width),
    ];
    if let Some((what, _)) = sizes.into_iter().find(|(_, size)| *size == 0) {
        return Err(ConvolutionError::Empty { what });
    }
    // With sides up to 2^16 and channels up to 2^12, no number of values below overflows.
    let is_small = height.max(width) <= 1 << 16 && spec.inputs.max(spec.outputs) <= 1 << 12;
    if is_small { Ok(()) } else { Err(ConvolutionError::TooLarge) }
}

const fn check_length(
    what: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), ConvolutionError> {
    if found == expected { Ok(()) } else { Err(ConvolutionError::Length { what, found, expected }) }
}
