//! What light and a camera do to an image: blur, exposure, uneven light and noise.

use image::{Rgb, RgbImage};
use imageproc::filter::gaussian_blur_f32;
use rand::RngExt;
use rand_pcg::Pcg64;

use super::ranges::{CameraRanges, sample};

/// Photographs an image with a random camera in random light.
pub fn photograph(image: RgbImage, ranges: &CameraRanges, rng: &mut Pcg64) -> RgbImage {
    let (width, height) = (image.width() as f32, image.height() as f32);
    let mut image = if rng.random_bool(ranges.blur_chance) {
        gaussian_blur_f32(&image, sample(&ranges.blur_pixels, rng))
    } else {
        image
    };
    let curves = brightness_curves(ranges, rng);
    let slope = [(); 2].map(|()| sample(&ranges.slope, rng));
    let noise = if rng.random_bool(ranges.noise_chance) {
        sample(&ranges.noise_levels, rng)
    } else {
        ranges.least_noise_levels
    };
    for (x, y, Rgb(pixel)) in image.enumerate_pixels_mut() {
        let across = x as f32 / width - 0.5;
        let down = y as f32 / height - 0.5;
        let light = 1.0 + slope[0] * across + slope[1] * down;
        for (level, curve) in pixel.iter_mut().zip(&curves) {
            let grain = rng.random_range(-noise..noise);
            *level = (curve[usize::from(*level)] * light + grain) as u8;
        }
    }
    image
}

/// For each colour channel, the level that each of the 256 levels becomes.
fn brightness_curves(ranges: &CameraRanges, rng: &mut Pcg64) -> [[f32; 256]; 3] {
    let gamma = sample(&ranges.gamma, rng);
    let light = sample(&ranges.light, rng);
    let tint = [(); 3].map(|()| sample(&ranges.tint, rng));
    tint.map(|tint| {
        std::array::from_fn(|level| (level as f32 / 255.0).powf(gamma) * 255.0 * light * tint)
    })
}
