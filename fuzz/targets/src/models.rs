//! Model files.

use common::model::{Classifier, Locator};

/// The largest input of a classifier whose network is run.
const LARGEST_SIDE: u32 = 32;

/// Loads a file as a classifier and as a locator, and runs the classifier's self-test.
pub fn model_file(bytes: &[u8]) -> bool {
    let classifier = Classifier::from_bytes(bytes, "input");
    let is_classifier = classifier.is_ok_and(|classifier| {
        classifier.info().side > LARGEST_SIDE || classifier.self_test().is_ok()
    });
    is_classifier || Locator::from_bytes(bytes, "input").is_ok()
}
