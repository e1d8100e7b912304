//! From pixels of a byte per colour to the input of a network.

use crate::kernels::Kernels;
use crate::kernels::simd::{Simd, Task};
use crate::shape::PaddedShape;

/// Writes `(value - mean) * scale` of each colour of `pixels` into `output`, whose layout is `shape`.
///
/// `pixels` are the rows of an RGB image of `shape`'s height and width without gaps; the three
/// channels are red, green and blue, and `mean` and `scale` are in the same order. Border and slack
/// of `output` stay as they are.
///
/// # Panics
///
/// When `shape` has not 3 channels, or a length differs from what `shape` says.
pub fn write_pixels(
    pixels: &[u8],
    shape: PaddedShape,
    mean: [f32; 3],
    scale: [f32; 3],
    output: &mut [f32],
) {
    assert_eq!(shape.channels, 3, "RGB has three channels");
    assert_eq!(pixels.len(), shape.height * shape.width * 3, "length of the pixels");
    assert_eq!(output.len(), shape.values(), "length of the output");
    Kernels::detect().run(WritePixels { pixels, shape, mean, scale, output });
}

struct WritePixels<'a> {
    pixels: &'a [u8],
    shape: PaddedShape,
    mean: [f32; 3],
    scale: [f32; 3],
    output: &'a mut [f32],
}

impl Task for WritePixels<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        // A pixel is a vector of four lanes, whose last one becomes zero.
        let mean = [self.mean[0], self.mean[1], self.mean[2], 0.0];
        let scale = [self.scale[0], self.scale[1], self.scale[2], 0.0];
        let width = self.shape.width;
        for (y, row) in self.pixels.chunks_exact(width * 3).enumerate() {
            let start = self.shape.offset(y, 0);
            let targets = self.output[start..start + width * 4].as_chunks_mut::<4>().0;
            // The byte after a pixel belongs to the next one. It is multiplied by zero.
            for (bytes, target) in row.windows(4).step_by(3).zip(targets.iter_mut()) {
                let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
                *target = simd.normalize(bytes, &mean, &scale);
            }
            if let (Some(&[red, green, blue]), Some(target)) =
                (row.last_chunk(), targets.last_mut())
            {
                *target = simd.normalize([red, green, blue, 0], &mean, &scale);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_normalized_and_the_border_is_left_alone() {
        let shape = PaddedShape::new(3, 5, 3);
        let pixels: Vec<u8> = (0..45).map(|value| value * 5 + 1).collect();
        let (mean, scale) = ([1.0, 2.0, 3.0], [1.0, 0.5, 2.0]);
        let mut output = vec![0.0; shape.values()];
        write_pixels(&pixels, shape, mean, scale, &mut output);
        for (index, value) in pixels.iter().enumerate() {
            let (pixel, color) = (index / 3, index % 3);
            let place = &mut output[shape.offset(pixel / 5, pixel % 5) + color];
            assert_eq!(*place, (f32::from(*value) - mean[color]) * scale[color]);
            *place = 0.0;
        }
        assert!(output.iter().all(|value| *value == 0.0));
    }

    #[test]
    fn each_set_of_instructions_normalizes_alike() {
        let shape = PaddedShape::new(16, 16, 3);
        let pixels: Vec<u8> = (0..=255).chain(0..=255).chain(0..=255).collect();
        let (mean, scale) = ([123.7, 116.3, 103.5], [0.017, 0.018, 0.019]);
        let mut expected = vec![0.0; shape.values()];
        let output = &mut expected[..];
        Kernels::Portable.run(WritePixels { pixels: &pixels, shape, mean, scale, output });
        let mut found = vec![0.0; shape.values()];
        write_pixels(&pixels, shape, mean, scale, &mut found);
        assert_eq!(found, expected);
    }
}
