//! How sharp and how bright a frame is, for people who aim and focus a camera.

use common::geometry::Size;
use feed::Exposure;
use image::RgbImage;

use crate::source::FrameImage;

/// The figures are of the frame reduced to at least this width: in most cases what recognition has
/// looked at anyway.
const LEAST_WIDTH_PIXELS: u32 = 400;

/// Brightness, 0 to 255, up to which a pixel is nearly black, and from which it is nearly white.
const DARK: u8 = 8;
const BRIGHT: u8 = 247;

/// Added to the mean brightness by which contrasts are divided, so that the noise of a black image is
/// not a sharp image.
const BRIGHTNESS_FLOOR: f32 = 16.0;

/// What people adjust.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Figures {
    /// See [`feed::Preview::focus`].
    pub(super) focus: f32,
    pub(super) exposure: Exposure,
}

impl Figures {
    pub(super) fn of_frame(frame: &FrameImage) -> Self {
        Self::of(frame.reduced(Size::new(LEAST_WIDTH_PIXELS, 1)))
    }

    fn of(image: &RgbImage) -> Self {
        let brightness: Vec<u8> = image.pixels().map(|pixel| brightness(pixel.0)).collect();
        let count = brightness.len().max(1) as f32;
        let share = |is_counted: fn(u8) -> bool| {
            brightness.iter().filter(|level| is_counted(**level)).count() as f32 / count
        };
        let sum: u64 = brightness.iter().map(|level| u64::from(*level)).sum();
        let mean = sum as f32 / count;
        let exposure = Exposure {
            mean: mean / 255.0,
            dark: share(|level| level <= DARK),
            bright: share(|level| level >= BRIGHT),
        };
        let roughness = roughness_of_middle(&brightness, image.width() as usize);
        Self { focus: 100.0 * roughness / (mean + BRIGHTNESS_FLOOR), exposure }
    }
}

/// The weights of ITU-R BT.601, in 256ths.
fn brightness([red, green, blue]: [u8; 3]) -> u8 {
    ((77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue)) >> 8) as u8
}

/// The root mean square of the Laplacian in the middle half of an image, in brightness levels: how
/// much pixels differ from their neighbours, which is largest where the image is in focus.
fn roughness_of_middle(brightness: &[u8], width: usize) -> f32 {
    let height = brightness.len().checked_div(width).unwrap_or_default();
    let (mut sum, mut count) = (0_u64, 0_u64);
    for y in (height / 4).max(1)..(3 * height / 4).min(height.saturating_sub(1)) {
        for x in (width / 4).max(1)..(3 * width / 4).min(width - 1) {
            let at = y * width + x;
            let level = |index: usize| i64::from(brightness[index]);
            let neighbours = level(at - 1) + level(at + 1) + level(at - width) + level(at + width);
            sum += (4 * level(at) - neighbours).pow(2) as u64;
            count += 1;
        }
    }
    (sum as f32 / count.max(1) as f32).sqrt()
}

#[cfg(test)]
mod tests {
    use image::{Rgb, imageops};

    use super::*;

    fn stripes(darker: u8, brighter: u8) -> RgbImage {
        RgbImage::from_fn(320, 240, |x, _| Rgb([if x / 8 % 2 == 0 { darker } else { brighter }; 3]))
    }

    #[test]
    fn a_sharp_image_has_a_larger_focus_than_a_blurred_one() {
        let sharp = stripes(40, 200);
        let focus = |blur: f32| Figures::of(&imageops::blur(&sharp, blur)).focus;
        let (little, much) = (focus(0.8), focus(3.0));
        let best = Figures::of(&sharp).focus;
        assert!(best > 1.3 * little && little > 2.0 * much, "{best} {little} {much}");
        assert_eq!(Figures::of(&stripes(90, 90)).focus, 0.0);
    }

    #[test]
    fn less_light_changes_the_focus_little() {
        let (day, dusk) = (Figures::of(&stripes(80, 240)), Figures::of(&stripes(40, 120)));
        assert!((day.focus / dusk.focus - 1.0).abs() < 0.2, "{} {}", day.focus, dusk.focus);
    }

    #[test]
    fn the_exposure_counts_pixels_without_detail() {
        let exposure = Figures::of(&stripes(0, 255)).exposure;
        assert_eq!((exposure.dark, exposure.bright), (0.5, 0.5));
        assert!((exposure.mean - 0.5).abs() < 0.01);
        let exposure = Figures::of(&stripes(9, 246)).exposure;
        assert_eq!((exposure.dark, exposure.bright), (0.0, 0.0));
    }

    #[test]
    fn images_of_a_few_pixels_do_not_panic() {
        for (width, height) in [(0, 0), (1, 1), (2, 5), (5, 2), (3, 3)] {
            assert!(Figures::of(&RgbImage::new(width, height)).focus.is_finite());
        }
    }
}
