//! Augmentation: random changes of a training image that do not change which card it shows.

use common::prepare::prepare;
use image::{Rgb, RgbImage};
use imageproc::drawing::draw_filled_rect_mut;
use imageproc::filter::gaussian_blur_f32;
use imageproc::geometric_transformations::{Border, Interpolation, Projection, warp_into};
use imageproc::noise::gaussian_noise_mut;
use imageproc::rect::Rect;
use rand::RngExt;
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

/// How far an image may be changed. An amount is the largest change in either direction; the
/// change is drawn uniformly. Chances are probabilities, 0..1. The value 0 switches a change
/// off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Augmentation {
    /// Chance of mirroring left and right.
    pub flip_chance: f64,
    /// Chance of rotating by 180°.
    pub half_turn_chance: f64,
    /// Rotation in degrees.
    pub rotation_degrees: f64,
    /// Change of size, as a share of the size.
    pub scale: f64,
    /// Change of the ratio of width to height, as a share of the ratio.
    pub stretch: f64,
    /// Shift in each direction, as a share of the image's side.
    pub shift: f64,
    /// How far each corner moves independently of the others, as a share of the side.
    pub perspective: f64,
    /// Change of brightness, as a share.
    pub brightness: f64,
    /// Change of contrast, as a share.
    pub contrast: f64,
    /// Change of each colour channel's brightness independently, as a share.
    pub tint: f64,
    /// Change of saturation, as a share.
    pub saturation: f64,
    /// Chance of a Gaussian blur.
    pub blur_chance: f64,
    /// Largest standard deviation of the blur, in pixels; at least 0.2 where there is a chance
    /// of a blur.
    pub blur_pixels: f32,
    /// Chance of Gaussian noise.
    pub noise_chance: f64,
    /// Largest standard deviation of the noise, in levels of 255.
    pub noise_deviation: f64,
    /// Chance of covering a rectangle with one random colour.
    pub erase_chance: f64,
    /// Longest side of that rectangle, as a share of the image's side.
    pub erase_side: f64,
    /// Whether the area outside the image gets a random colour instead of black.
    pub random_fill: bool,
}

/// Smallest standard deviation of a blur, in pixels; less would not be visible.
const LEAST_BLUR_PIXELS: f32 = 0.2;

/// Shortest side of an erased rectangle, as a share of the longest one.
const LEAST_ERASED: f64 = 0.2;

/// Where the left and the top edge of an erased rectangle may be, as shares of the image's
/// side.
const ERASED_FROM: [f64; 2] = [-0.1, 0.9];

impl Augmentation {
    /// Leaves images unchanged.
    pub const NONE: Augmentation = Augmentation {
        flip_chance: 0.0,
        half_turn_chance: 0.0,
        rotation_degrees: 0.0,
        scale: 0.0,
        stretch: 0.0,
        shift: 0.0,
        perspective: 0.0,
        brightness: 0.0,
        contrast: 0.0,
        tint: 0.0,
        saturation: 0.0,
        blur_chance: 0.0,
        blur_pixels: 0.0,
        noise_chance: 0.0,
        noise_deviation: 0.0,
        erase_chance: 0.0,
        erase_side: 0.0,
        random_fill: false,
    };

    /// The baseline recipe: a horizontal flip, a rotation by up to 10° and a change of
    /// brightness by up to 20 %.
    pub const BASELINE: Augmentation = Augmentation {
        flip_chance: 0.5,
        rotation_degrees: 10.0,
        brightness: 0.2,
        ..Augmentation::NONE
    };

    /// The recipe of the compact network: the changes that tables, hands and cheap cameras
    /// make.
    pub const STRONG: Augmentation = Augmentation {
        flip_chance: 0.0,
        half_turn_chance: 0.5,
        rotation_degrees: 15.0,
        scale: 0.15,
        stretch: 0.1,
        shift: 0.06,
        perspective: 0.06,
        brightness: 0.35,
        contrast: 0.3,
        tint: 0.12,
        saturation: 0.4,
        blur_chance: 0.25,
        blur_pixels: 1.2,
        noise_chance: 0.2,
        noise_deviation: 12.0,
        erase_chance: 0.25,
        erase_side: 0.35,
        random_fill: true,
    };

    /// For crops of composed scenes, whose outlines, light and noise differ already.
    pub const CROP: Augmentation = Augmentation {
        half_turn_chance: 0.5,
        rotation_degrees: 2.0,
        scale: 0.03,
        stretch: 0.03,
        shift: 0.015,
        perspective: 0.015,
        brightness: 0.15,
        contrast: 0.15,
        saturation: 0.2,
        blur_chance: 0.1,
        blur_pixels: 0.8,
        erase_chance: 0.1,
        erase_side: 0.3,
        random_fill: true,
        ..Augmentation::NONE
    };

    /// Changes an image at random and fits it to a network whose input is `side`×`side` RGB
    /// pixels.
    ///
    /// [`Augmentation::NONE`] gives exactly what [`prepare`] gives.
    pub fn apply(&self, image: &RgbImage, side: u32, rng: &mut Pcg64) -> RgbImage {
        let mut input = if *self == Augmentation::NONE {
            prepare(image, side).expect("decoded images have pixels")
        } else {
            self.warped(image, side, rng)
        };
        self.recolor(&mut input, rng);
        if rng.random_bool(self.blur_chance) {
            input =
                gaussian_blur_f32(&input, rng.random_range(LEAST_BLUR_PIXELS..=self.blur_pixels));
        }
        if rng.random_bool(self.noise_chance) {
            let deviation = rng.random_range(0.0..=self.noise_deviation);
            gaussian_noise_mut(&mut input, 0.0, deviation, rng.random());
        }
        if rng.random_bool(self.erase_chance) {
            self.erase(&mut input, rng);
        }
        input
    }

    /// Applies all geometric changes as one projection, so that the image is resampled only
    /// once: the projection maps each corner of the image to where the changes together move
    /// it.
    fn warped(&self, image: &RgbImage, side: u32, rng: &mut Pcg64) -> RgbImage {
        let (width, height) = (image.width() as f32, image.height() as f32);
        let corners_in_image = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)];
        let mirror = if rng.random_bool(self.flip_chance) { -1.0 } else { 1.0 };
        let turn = if rng.random_bool(self.half_turn_chance) { 180.0 } else { 0.0 };
        let (sin, cos) = (turn + within(self.rotation_degrees, rng)).to_radians().sin_cos();
        let scale = 1.0 + within(self.scale, rng);
        let stretch = (1.0 + within(self.stretch, rng)).sqrt();
        let shift = [within(self.shift, rng), within(self.shift, rng)];
        // The input is the square from -0.5 to 0.5 here.
        let corners_in_input =
            [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)].map(|(x, y)| {
                let (x, y) = (x * scale * stretch * mirror, y * scale / stretch);
                let (x, y) = (x * cos - y * sin, x * sin + y * cos);
                let x = x + shift[0] + within(self.perspective, rng);
                let y = y + shift[1] + within(self.perspective, rng);
                (((x + 0.5) * f64::from(side)) as f32, ((y + 0.5) * f64::from(side)) as f32)
            });
        let fill = if self.random_fill { Rgb(rng.random()) } else { Rgb([0; 3]) };
        let mut input = RgbImage::new(side, side);
        let input_from_image = Projection::from_control_points(corners_in_image, corners_in_input)
            .expect("four corners of a square moved by less than half its side");
        warp_into(
            image,
            input_from_image,
            Interpolation::Bilinear,
            Border::Constant(fill),
            &mut input,
        );
        input
    }

    fn recolor(&self, input: &mut RgbImage, rng: &mut Pcg64) {
        let brightness = 1.0 + within(self.brightness, rng);
        let contrast = 1.0 + within(self.contrast, rng);
        let saturation = (1.0 + within(self.saturation, rng)) as f32;
        let tables: [[u8; 256]; 3] = std::array::from_fn(|_| {
            let gain = brightness * (1.0 + within(self.tint, rng));
            std::array::from_fn(|level| {
                ((level as f64 * gain - 128.0) * contrast + 128.0).round() as u8
            })
        });
        for Rgb(pixel) in input.pixels_mut() {
            let [r, g, b] =
                std::array::from_fn(|channel| f32::from(tables[channel][pixel[channel] as usize]));
            // The luma of ITU-R BT.601.
            let grey = 0.299 * r + 0.587 * g + 0.114 * b;
            *pixel = [r, g, b].map(|value| (grey + saturation * (value - grey)).round() as u8);
        }
    }

    fn erase(&self, input: &mut RgbImage, rng: &mut Pcg64) {
        let side = f64::from(input.width());
        let longest = side * self.erase_side;
        let [width, height] =
            [0, 1].map(|_| rng.random_range(LEAST_ERASED * longest..=longest).max(1.0) as u32);
        let [from, to] = ERASED_FROM.map(|share| share * side);
        let [left, top] = [0, 1].map(|_| rng.random_range(from..=to) as i32);
        draw_filled_rect_mut(input, Rect::at(left, top).of_size(width, height), Rgb(rng.random()));
    }
}

/// A random number between `-amount` and `amount`.
fn within(amount: f64, rng: &mut Pcg64) -> f64 {
    rng.random_range(-amount..=amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn image() -> RgbImage {
        RgbImage::from_fn(60, 60, |x, y| Rgb([(4 * x) as u8, (4 * y) as u8, 128]))
    }

    #[test]
    fn no_augmentation_equals_the_plain_preparation() {
        let mut rng = Pcg64::seed_from_u64(1);
        let input = Augmentation::NONE.apply(&image(), 32, &mut rng);
        assert_eq!(input, prepare(&image(), 32).unwrap());
    }

    #[test]
    fn the_seed_decides_the_image() {
        fn apply(seed: u64) -> RgbImage {
            Augmentation::STRONG.apply(&image(), 32, &mut Pcg64::seed_from_u64(seed))
        }
        assert_eq!(apply(5), apply(5));
        assert_ne!(apply(5), apply(6));
    }

    #[test]
    fn a_certain_flip_mirrors_left_and_right() {
        let flip = Augmentation { flip_chance: 1.0, ..Augmentation::NONE };
        let input = flip.apply(&image(), 60, &mut Pcg64::seed_from_u64(1));
        assert!(input.get_pixel(10, 30)[0] > input.get_pixel(50, 30)[0]);
        assert!(input.get_pixel(30, 10)[1] < input.get_pixel(30, 50)[1]);
    }

    #[test]
    fn a_certain_half_turn_reverses_both_directions() {
        let turn = Augmentation { half_turn_chance: 1.0, ..Augmentation::NONE };
        let input = turn.apply(&image(), 60, &mut Pcg64::seed_from_u64(1));
        assert!(input.get_pixel(10, 30)[0] > input.get_pixel(50, 30)[0]);
        assert!(input.get_pixel(30, 10)[1] > input.get_pixel(30, 50)[1]);
    }
}
