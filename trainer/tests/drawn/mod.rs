//! Small drawn data sets for the tests of the program.

use std::fs;
use std::path::Path;

use common::deck::draw_sample;

/// A folder per class with that many pictures of 64×64.
pub fn draw_data_set(root: &Path, classes: &[&str], per_class: u64) {
    for name in classes {
        fs::create_dir_all(root.join(name)).unwrap();
        for seed in 0..per_class {
            let picture = draw_sample(name.parse().unwrap(), seed, 64);
            picture.save(root.join(name).join(format!("{seed}.png"))).unwrap();
        }
    }
}
