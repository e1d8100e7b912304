//! Every algorithm with every set of instructions, against a plain convolution in double precision.

mod common;

use common::{Case, available_kernels, pad, random, unpad};
use convolution::{Algorithm, Convolution, ConvolutionError, ConvolutionSpec, Kernels, Scratch};
use rand::{Rng, RngExt};

/// The largest error that is allowed, as a share of the sum of all magnitudes. Rounding differs
/// with the order of summation, and Winograd's transforms enlarge it.
const fn tolerance(algorithm: Algorithm) -> f64 {
    match algorithm {
        Algorithm::Direct => 1e-6,
        Algorithm::Winograd2 => 3e-6,
        Algorithm::Winograd4 => 3e-5,
    }
}

/// Runs all algorithms and instructions on buffers that were used before, and compares every output.
fn check(case: &Case) {
    check_some(case, 1);
}

/// Compares one of `every` outputs.
fn check_some(case: &Case, every: usize) {
    let mut expected = vec![];
    for index in (0..case.outputs()).step_by(every) {
        expected.push((index, case.plain(index)));
    }
    let largest = expected.iter().map(|(_, (_, magnitude))| *magnitude).fold(0.0, f64::max);
    let mut scratch = Scratch::default();
    for kernels in available_kernels() {
        for algorithm in case.algorithms() {
            let layer = case.convolution(kernels, algorithm);
            let input = pad(&case.input, layer.input_shape());
            let add = case.add.as_ref().map(|add| pad(add, layer.output_shape()));
            let mut output = vec![0.0; layer.output_shape().values()];
            for _ in 0..2 {
                layer.run(&input, add.as_deref(), &mut output, &mut scratch);
                let found = unpad(&output, layer.output_shape());
                for (index, (expected, _)) in &expected {
                    let error = (f64::from(found[*index]) - expected).abs();
                    assert!(
                        error <= tolerance(algorithm) * largest,
                        "{kernels:?} {algorithm:?} {:?} {}x{} at {index}: {} for {expected}",
                        case.spec,
                        case.height,
                        case.width,
                        found[*index]
                    );
                }
            }
        }
    }
}

fn random_spec(random: &mut impl Rng) -> ConvolutionSpec {
    let most = if cfg!(miri) { 6 } else { 16 };
    let channels = [1, 2, 3, 4, 5, 8, 12, 16, 24, 32, 40, 48, 53, 64, 72, 96];
    ConvolutionSpec {
        inputs: channels[random.random_range(0..most)],
        outputs: channels[random.random_range(0..most)],
        kernel: if random.random_bool(0.25) { 1 } else { 3 },
        stride: if random.random_bool(0.3) { 2 } else { 1 },
        relu: random.random_bool(0.5),
    }
}

#[test]
fn random_layers_agree() {
    let count = if cfg!(miri) { 4 } else { 200 };
    for seed in 0..count {
        let mut random = random(seed);
        let spec = random_spec(&mut random);
        let most = if cfg!(miri) { 6 } else { 19 };
        let (height, width) = (random.random_range(1..=most), random.random_range(1..=most));
        let has_add = random.random_bool(0.5);
        check(&Case::random(&mut random, spec, height, width, has_add));
    }
}

#[test]
fn every_small_size_agrees() {
    let most = if cfg!(miri) { 2 } else { 13 };
    let mut random = random(1000);
    for height in 1..=most {
        for width in 1..=most {
            for stride in [1, 2] {
                let spec =
                    ConvolutionSpec { inputs: 8, outputs: 16, kernel: 3, stride, relu: false };
                check(&Case::random(&mut random, spec, height, width, height % 2 == 0));
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes hours")]
fn every_number_of_channels_agrees() {
    let mut random = random(2000);
    for channels in 1..=75 {
        for (inputs, outputs) in [(channels, 16), (16, channels), (channels, channels)] {
            let kernel = if channels % 3 == 0 { 1 } else { 3 };
            let spec = ConvolutionSpec { inputs, outputs, kernel, stride: 1, relu: true };
            check(&Case::random(&mut random, spec, 5, 6, channels % 2 == 0));
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes hours")]
fn the_layers_of_the_networks_agree() {
    let mut random = random(3000);
    let layers = [
        (3, 16, 3, 2, 160, 160),
        (3, 24, 3, 2, 160, 160),
        (16, 32, 3, 2, 80, 80),
        (16, 32, 1, 2, 80, 80),
        (32, 32, 3, 1, 40, 40),
        (64, 64, 3, 1, 20, 20),
        (128, 128, 3, 1, 10, 10),
        (24, 24, 3, 1, 36, 48),
        (96, 96, 3, 1, 9, 12),
        (96, 72, 1, 1, 9, 12),
        (96, 96, 3, 1, 4, 4),
        (256, 256, 3, 1, 5, 5),
    ];
    for (inputs, outputs, kernel, stride, height, width) in layers {
        let spec = ConvolutionSpec { inputs, outputs, kernel, stride, relu: true };
        check_some(&Case::random(&mut random, spec, height, width, true), 37);
    }
}

/// Puts `value` into a pixel, and checks that exactly the outputs that depend on it are not finite.
/// Winograd's minimal filtering may spread it over the tiles around, which end within 5 pixels.
fn check_not_finite(value: f32, relu: bool) {
    let spec = ConvolutionSpec { inputs: 8, outputs: 16, kernel: 3, stride: 1, relu };
    let mut case = Case::random(&mut random(4000), spec, 18, 17, false);
    let (y, x) = (7, 9);
    case.input[(y * case.width + x) * 8 + 3] = value;
    for kernels in available_kernels() {
        for algorithm in case.algorithms() {
            let layer = case.convolution(kernels, algorithm);
            let input = pad(&case.input, layer.input_shape());
            let mut output = vec![0.0; layer.output_shape().values()];
            layer.run(&input, None, &mut output, &mut Scratch::default());
            let found = unpad(&output, layer.output_shape());
            let reach = if algorithm == Algorithm::Direct { 1 } else { 5 };
            for (index, found) in found.iter().enumerate() {
                let (expected, _) = case.plain(index);
                let (row, column) = (index / 16 / case.width, index / 16 % case.width);
                let is_near = row.abs_diff(y) <= reach && column.abs_diff(x) <= reach;
                let is_right = (f64::from(*found) - expected).abs() < 1e-4;
                let what = format!("{kernels:?} {algorithm:?} at {row}, {column}: {found}");
                if !expected.is_finite() {
                    assert!(!found.is_finite(), "{what}");
                } else if !is_near || algorithm == Algorithm::Direct {
                    assert!(is_right, "{what}");
                }
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes an hour")]
fn what_is_not_finite_passes_through() {
    check_not_finite(f32::NAN, false);
    check_not_finite(f32::NAN, true);
    check_not_finite(f32::INFINITY, false);
    check_not_finite(f32::NEG_INFINITY, false);
}

#[test]
fn wrong_arguments_are_refused() {
    let spec = ConvolutionSpec { inputs: 2, outputs: 3, kernel: 3, stride: 1, relu: false };
    let (weights, bias) = ([0.0; 54], [0.0; 3]);
    let new = |spec: &ConvolutionSpec, weights: &[f32], height: usize| {
        Convolution::new(spec, weights, &bias, height, 4, Kernels::Portable).map(|_| ())
    };
    assert_eq!(new(&spec, &weights, 4), Ok(()));
    let kernel = ConvolutionSpec { kernel: 5, ..spec };
    assert_eq!(new(&kernel, &weights, 4), Err(ConvolutionError::Kernel { kernel: 5 }));
    for stride in [0, 3] {
        let spec = ConvolutionSpec { stride, ..spec };
        assert_eq!(new(&spec, &weights, 4), Err(ConvolutionError::Stride { stride }));
    }
    assert_eq!(new(&spec, &weights, 0), Err(ConvolutionError::Empty { what: "rows" }));
    assert_eq!(new(&spec, &weights, usize::MAX), Err(ConvolutionError::TooLarge));
    let length = ConvolutionError::Length { what: "weights", found: 53, expected: 54 };
    assert_eq!(new(&spec, &weights[1..], 4), Err(length));
    let huge = ConvolutionSpec { inputs: usize::MAX, ..spec };
    assert_eq!(new(&huge, &weights, 4), Err(ConvolutionError::TooLarge));
    let winograd = Algorithm::Winograd4;
    let found =
        Convolution::with_algorithm(&spec, &weights, &bias, 4, 4, Kernels::Portable, winograd);
    assert_eq!(found.err(), Some(ConvolutionError::Algorithm { algorithm: winograd }));
}

#[test]
fn missing_instructions_are_refused() {
    let spec = ConvolutionSpec { inputs: 1, outputs: 1, kernel: 1, stride: 1, relu: false };
    for kernels in Kernels::ALL {
        let found = Convolution::new(&spec, &[1.0], &[0.0], 1, 1, kernels);
        assert_eq!(found.is_ok(), kernels.is_available());
    }
}

#[test]
#[should_panic(expected = "length of the input")]
fn an_input_of_another_length_is_refused() {
    let spec = ConvolutionSpec { inputs: 1, outputs: 1, kernel: 1, stride: 1, relu: false };
    let layer = Convolution::new(&spec, &[1.0], &[0.0], 4, 4, Kernels::detect()).unwrap();
    let mut output = vec![0.0; layer.output_shape().values()];
    layer.run(&[0.0; 3], None, &mut output, &mut Scratch::default());
}
