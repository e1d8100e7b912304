//! From the padded layout to planes and back.

use crate::shape::PaddedShape;

/// Copies an activation in the layout `shape` to planes without padding: `[channels, height, width]`.
///
/// # Panics
///
/// When `input` has not `shape.values()` values, or `output` not `channels * height * width`.
pub fn to_planes(input: &[f32], shape: PaddedShape, output: &mut [f32]) {
    let pixels = shape.height * shape.width;
    assert_eq!(input.len(), shape.values(), "length of the input");
    assert_eq!(output.len(), pixels * shape.channels, "length of the output");
    for y in 0..shape.height {
        for x in 0..shape.width {
            let start = shape.offset(y, x);
            let values = &input[start..start + shape.channels];
            let targets = output[y * shape.width + x..].iter_mut().step_by(pixels);
            for (target, value) in targets.zip(values) {
                *target = *value;
            }
        }
    }
}

/// Copies planes without padding, `[channels, height, width]`, to an activation in the layout
/// `shape`. Border, slack and surplus channels of `output` stay as they are.
///
/// # Panics
///
/// When `output` has not `shape.values()` values, or `input` not `channels * height * width`.
pub fn from_planes(input: &[f32], shape: PaddedShape, output: &mut [f32]) {
    let pixels = shape.height * shape.width;
    assert_eq!(output.len(), shape.values(), "length of the output");
    assert_eq!(input.len(), pixels * shape.channels, "length of the input");
    for y in 0..shape.height {
        for x in 0..shape.width {
            let start = shape.offset(y, x);
            let values = input[y * shape.width + x..].iter().step_by(pixels);
            for (target, value) in output[start..start + shape.channels].iter_mut().zip(values) {
                *target = *value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_becomes_a_plane() {
        let shape = PaddedShape::new(2, 3, 5);
        let mut input = vec![9.0; shape.values()];
        let mut expected = vec![0.0; 30];
        for (index, value) in expected.iter_mut().enumerate() {
            *value = index as f32;
            let (channel, pixel) = (index / 6, index % 6);
            input[shape.offset(pixel / 3, pixel % 3) + channel] = *value;
        }
        let mut planes = vec![0.0; 30];
        to_planes(&input, shape, &mut planes);
        assert_eq!(planes, expected);
        let mut padded = vec![9.0; shape.values()];
        from_planes(&planes, shape, &mut padded);
        assert_eq!(padded, input);
    }
}
