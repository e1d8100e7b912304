//! Small drawn data sets for the tests of the program.

use std::fs;
use std::path::Path;

use renderer::sample::draw_sample;

/// Writes a folder per class with a number of images of 64×64 pixels.
pub fn draw_data_set(root: &Path, classes: &[&str], per_class: u64) {
    for name in classes {
        fs::create_dir_all(root.join(name)).unwrap();
        for seed in 0..per_class {
            let image = draw_sample(name.parse().unwrap(), seed, 64);
            image.save(root.join(name).join(format!("{seed}.png"))).unwrap();
        }
    }
}
