//! int8 weights: symmetric, with one scale per output channel. Only weights are quantised;
//! the arithmetic stays f32.

use crate::weights::Array;

/// int8 weights with one scale per output channel: `weight ≈ steps · scale`.
#[derive(Clone, Debug, PartialEq)]
pub struct Int8Weights {
    /// The output channels are the first dimension.
    pub shape: Vec<usize>,
    /// −127 to 127, in row-major order.
    pub steps: Vec<i8>,
    /// `[outputs]`, each above 0.
    pub scales: Vec<f32>,
}

/// Rounds the weights of each output channel to 255 equal steps between the negative and the
/// positive value of the channel's largest magnitude.
///
/// `weight` has the shape `[outputs, …]` and is not empty.
pub fn quantize(weight: &Array) -> Int8Weights {
    let per_channel = weight.values.len() / weight.shape[0];
    let mut quantized =
        Int8Weights { shape: weight.shape.clone(), steps: Vec::new(), scales: Vec::new() };
    for channel in weight.values.chunks(per_channel) {
        let largest = channel.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        // A channel that is zero, or nearly so, stays zero at any scale.
        let scale = if largest >= f32::MIN_POSITIVE * 127.0 { largest / 127.0 } else { 1.0 };
        quantized.steps.extend(channel.iter().map(|value| (value / scale).round() as i8));
        quantized.scales.push(scale);
    }
    quantized
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_has_its_own_scale() {
        let weight = Array { shape: vec![3, 2], values: vec![1.27, -0.5, 0.0, 0.0, -127.0, 1.4] };
        let quantized = quantize(&weight);
        assert_eq!(quantized.steps, [127, -50, 0, 0, -127, 1]);
        assert_eq!(quantized.scales.len(), 3);
        assert!((quantized.scales[0] - 0.01).abs() < 1e-8);
    }

    #[test]
    fn no_weight_moves_by_more_than_half_a_step() {
        let values: Vec<f32> = (0..1000).map(|i| (i as f32 * 0.37).sin()).collect();
        let quantized = quantize(&Array { shape: vec![1, 1000], values: values.clone() });
        for (value, step) in values.iter().zip(&quantized.steps) {
            let moved = (value - f32::from(*step) * quantized.scales[0]).abs();
            assert!(moved <= quantized.scales[0] * 0.5001);
        }
    }
}
