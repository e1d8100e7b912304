//! Procedural table tops.

use fastnoise_lite::{FastNoiseLite, FractalType, NoiseType};
use image::{Rgb, RgbImage};

/// The number of table tops.
pub const COUNT: usize = TEXTURES.len();

/// A pattern between two colours.
struct Texture {
    pattern: Pattern,
    /// Colours at 0 and 1 of the pattern.
    colors: [[u8; 3]; 2],
    /// Size of the pattern's features as a share of the image's height.
    scale: f32,
}

#[derive(Clone, Copy)]
enum Pattern {
    Plain,
    /// Fine grain everywhere: felt, carpet, concrete.
    Grain,
    /// Soft clouds: stone, leather.
    Clouds,
    /// Grain along one direction in planks.
    Wood,
    /// Thin wandering lines.
    Marble,
    Checks,
    Stripes,
    /// Squares with joints.
    Tiles,
    /// Threads that cross over and under each other.
    Weave,
}

const fn texture(pattern: Pattern, dark: [u8; 3], light: [u8; 3], scale: f32) -> Texture {
    Texture { pattern, colors: [dark, light], scale }
}

const TEXTURES: [Texture; 22] = [
    texture(Pattern::Grain, [14, 78, 42], [30, 110, 62], 0.01),
    texture(Pattern::Grain, [22, 34, 92], [40, 58, 130], 0.01),
    texture(Pattern::Grain, [110, 20, 28], [150, 40, 44], 0.012),
    texture(Pattern::Wood, [84, 52, 28], [150, 104, 62], 0.12),
    texture(Pattern::Wood, [170, 130, 88], [214, 178, 134], 0.18),
    texture(Pattern::Wood, [44, 28, 20], [84, 56, 40], 0.1),
    texture(Pattern::Wood, [200, 190, 176], [236, 230, 220], 0.15),
    texture(Pattern::Marble, [150, 150, 156], [240, 240, 238], 0.25),
    texture(Pattern::Marble, [24, 26, 30], [110, 112, 118], 0.2),
    texture(Pattern::Checks, [236, 236, 232], [190, 40, 44], 0.12),
    texture(Pattern::Checks, [240, 240, 240], [50, 84, 150], 0.08),
    texture(Pattern::Stripes, [60, 66, 80], [200, 196, 180], 0.07),
    texture(Pattern::Tiles, [120, 118, 112], [206, 200, 190], 0.3),
    texture(Pattern::Tiles, [70, 40, 32], [172, 96, 70], 0.2),
    texture(Pattern::Weave, [128, 108, 82], [196, 178, 146], 0.025),
    texture(Pattern::Weave, [60, 62, 68], [120, 122, 130], 0.03),
    texture(Pattern::Clouds, [96, 92, 88], [160, 154, 146], 0.15),
    texture(Pattern::Clouds, [70, 44, 30], [112, 76, 54], 0.08),
    texture(Pattern::Grain, [112, 104, 96], [186, 176, 164], 0.02),
    texture(Pattern::Plain, [232, 232, 230], [232, 232, 230], 1.0),
    texture(Pattern::Plain, [22, 22, 24], [22, 22, 24], 1.0),
    texture(Pattern::Plain, [128, 132, 138], [128, 132, 138], 1.0),
];

/// Draws a table top, moved and turned by the seed. From [`COUNT`] on, the numbers start again
/// at the first table top.
pub fn draw(number: usize, width: u32, height: u32, seed: u64) -> RgbImage {
    let texture = &TEXTURES[number % COUNT];
    let mut noise = FastNoiseLite::with_seed(seed as i32);
    noise.set_noise_type(Some(NoiseType::Value));
    noise.set_fractal_type(Some(FractalType::FBm));
    noise.set_fractal_octaves(Some(3));
    noise.set_frequency(Some(1.0));
    let turn = (seed >> 32) as f32 / u32::MAX as f32 * std::f32::consts::TAU;
    let (sin, cos) = turn.sin_cos();
    let unit = 1.0 / (texture.scale * height as f32);
    RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32 * unit, y as f32 * unit);
        let (u, v) = (x * cos - y * sin, x * sin + y * cos);
        let share = texture.pattern.at(u, v, &noise).clamp(0.0, 1.0);
        let [dark, light] = texture.colors;
        Rgb(std::array::from_fn(|channel| {
            let (dark, light) = (f32::from(dark[channel]), f32::from(light[channel]));
            (dark + share * (light - dark)) as u8
        }))
    })
}

impl Pattern {
    /// The share of the second colour at a point, about 0 to 1, where features have size 1.
    fn at(self, u: f32, v: f32, noise: &FastNoiseLite) -> f32 {
        let smooth = |u: f32, v: f32| 0.5 + 0.5 * noise.get_noise_2d(u, v);
        let edge = |at: f32| if at.rem_euclid(2.0) < 1.0 { 0.0 } else { 1.0 };
        match self {
            Pattern::Plain => 0.5,
            Pattern::Grain | Pattern::Clouds => smooth(u, v),
            Pattern::Wood => {
                let plank = (v / 1.5).floor();
                let joint = if (v / 1.5).rem_euclid(1.0) < 0.03 { 0.0 } else { 1.0 };
                joint * smooth(u * 0.4 + 31.0 * plank, v * 9.0)
            }
            Pattern::Marble => {
                1.0 - (1.0 - (3.0 * noise.get_noise_2d(u, v)).abs()).powi(6).max(0.0)
            }
            Pattern::Checks => {
                0.5 * (edge(u) + edge(v)) + 0.06 * noise.get_noise_2d(u * 8.0, v * 8.0)
            }
            Pattern::Stripes => edge(u) * 0.9 + 0.1 * smooth(u * 6.0, v * 6.0),
            Pattern::Tiles => {
                let joint = u.rem_euclid(1.0).min(v.rem_euclid(1.0)) < 0.04;
                if joint { 0.0 } else { 0.6 + 0.4 * smooth(u * 2.0, v * 2.0) }
            }
            Pattern::Weave => {
                let over = (edge(u) - edge(v)).abs();
                let thread = if over > 0.5 { u } else { v };
                0.3 * over + 0.5 * (std::f32::consts::PI * thread).sin().abs() + 0.2 * smooth(u, v)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_top_is_drawn_in_its_own_way() {
        let images: std::collections::HashSet<Vec<u8>> =
            (0..COUNT).map(|number| draw(number, 48, 32, 9).into_raw()).collect();
        assert_eq!(images.len(), COUNT);
    }

    #[test]
    fn the_seed_moves_a_pattern() {
        assert_ne!(draw(3, 48, 32, 1), draw(3, 48, 32, 1 << 40));
        assert_eq!(draw(3, 48, 32, 1), draw(3, 48, 32, 1));
    }
}
