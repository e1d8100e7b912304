//! Both engines give the same answers for the default models.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::PathBuf;

use common::Quad;
use common::model::classifier::most_likely;
use common::model::{Classifier, Engine, Locator};
use image::imageops::{FilterType, resize};
use image::{Rgb, RgbImage};

/// Convolutions of the default classifier: its stem, and the blocks with their shortcuts.
const CLASSIFIER_CONVOLUTIONS: usize = 15;

fn bytes(file: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models").join(file);
    std::fs::read(path).unwrap()
}

fn classifier(engine: Engine) -> Classifier {
    Classifier::with_engine(&bytes("cardsight.onnx"), "cardsight.onnx", engine).unwrap()
}

fn locator(engine: Engine) -> Locator {
    Locator::with_engine(&bytes("locator.onnx"), "locator.onnx", engine).unwrap()
}

/// An image with edges at many angles and levels, different for each seed.
fn pattern(side: u32, seed: u32) -> RgbImage {
    let level =
        |x: u32, y: u32, k: u32| ((x * (seed + k) / 3) ^ (y * (2 * seed + k + 1) / 5)) as u8;
    RgbImage::from_fn(side, side, |x, y| Rgb([level(x, y, 1), level(x, y, 2), level(y, x, 3)]))
}

#[test]
fn logits_agree_within_a_thousandth() {
    let [fast, tract] = [Engine::Fast, Engine::Tract].map(classifier);
    let side = fast.info().side;
    let stored = fast.info().self_test.clone().unwrap().image;
    let images = (0..6).map(|seed| pattern(side, seed)).chain([stored, RgbImage::new(side, side)]);
    for image in images {
        let [a, b] = [&fast, &tract].map(|engine| engine.logits(image.as_raw()).unwrap());
        let largest = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(largest < 1e-3, "logits differ by {largest}");
        assert_eq!(most_likely(&a, 1.0).class, most_likely(&b, 1.0).class);
    }
}

#[test]
fn the_fast_engine_replaces_every_convolution() {
    let operators = classifier(Engine::Fast).operators();
    let count = |name: &str| operators.iter().filter(|operator| *operator == name).count();
    assert_eq!(count("FastConv"), CLASSIFIER_CONVOLUTIONS, "{operators:?}");
    assert_eq!((count("FastPixels"), count("FastToPlanes")), (1, 1), "{operators:?}");
    let tract = classifier(Engine::Tract).operators();
    assert!(!tract.iter().any(|operator| operator.starts_with("Fast")), "{tract:?}");
}

#[test]
fn located_corners_agree_for_frames_of_any_shape() {
    let [fast, tract] = [Engine::Fast, Engine::Tract].map(locator);
    let frame = fast.info().self_test.clone().unwrap().image;
    for (width, height) in [frame.dimensions(), (640, 360), (300, 400)] {
        let frame = resize(&frame, width, height, FilterType::Triangle);
        let [a, b] = [&fast, &tract].map(|engine| engine.locate(&frame).unwrap());
        assert!(!a.is_empty());
        assert_eq!(a.len(), b.len());
        let distance = |(a, b): (&Quad, &Quad)| a.largest_corner_distance(*b);
        let farthest = a.iter().zip(&b).map(distance).fold(0.0, f32::max);
        assert!(farthest < 0.05, "corners differ by {farthest} pixels");
    }
}

#[test]
fn several_threads_get_the_same_answers() {
    let classifier = classifier(Engine::Fast);
    let images: Vec<RgbImage> = (0..4).map(|seed| pattern(classifier.info().side, seed)).collect();
    let logits = |image: &RgbImage| classifier.logits(image.as_raw()).unwrap();
    let alone: Vec<_> = images.iter().map(logits).collect();
    std::thread::scope(|scope| {
        let threads = images.iter().map(|image| scope.spawn(|| logits(image)));
        let threads: Vec<_> = threads.collect();
        for (thread, alone) in threads.into_iter().zip(&alone) {
            assert_eq!(&thread.join().unwrap(), alone);
        }
    });
}
