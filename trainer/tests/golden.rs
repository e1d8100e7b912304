//! The trainer and the device prepare an image to the same bytes, and these nearly equal the
//! result of PIL's antialiased bilinear resize.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::{Path, PathBuf};

use common::image_file::read_image;
use common::prepare::prepare;
use image::RgbImage;
use indicatif::ProgressBar;
use trainer::data::augment::Augmentation;
use trainer::data::cache::decode_all;

const SIDE: u32 = 160;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden").join(name)
}

fn prepared_on_the_device() -> RgbImage {
    prepare(&read_image(&golden("scene.png")).unwrap(), SIDE).unwrap()
}

#[test]
fn the_trainer_prepares_the_same_bytes_as_the_device() {
    let path = golden("scene.png");
    let held_out = decode_all(&[&path], SIDE, &ProgressBar::hidden()).unwrap();
    assert!(held_out[0] == prepared_on_the_device());
    let mut rng = rand_pcg::Pcg64::new(1, 1);
    let image = read_image(&path).unwrap();
    assert!(Augmentation::NONE.apply(&image, SIDE, &mut rng) == prepared_on_the_device());
}

#[test]
fn preparation_gives_the_golden_bytes() {
    let path = golden("prepared-160.png");
    if std::env::var_os("UPDATE").is_some() {
        prepared_on_the_device().save(&path).unwrap();
    }
    let golden = read_image(&path).unwrap();
    assert!(
        prepared_on_the_device() == golden,
        "if the change is intended, run the test with UPDATE=1"
    );
}

/// `tests/golden/make_pil.py` made `tests/golden/pil-160.png`.
#[test]
fn preparation_differs_from_pil_by_at_most_one_level() {
    let pil = read_image(&golden("pil-160.png")).unwrap();
    let ours = prepared_on_the_device();
    assert_eq!(pil.dimensions(), ours.dimensions());
    let differences = pil.as_raw().iter().zip(ours.as_raw()).map(|(a, b)| a.abs_diff(*b));
    assert!(differences.max() <= Some(1));
}
