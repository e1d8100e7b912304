//! Whether a model file answers on this machine as it did where it was exported.
//!
//! The file itself stores an image and the network's answer to it, so that the test depends on
//! nothing but the file: not on how the renderer draws cards, and not on the program's version.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use image::{ImageFormat, RgbImage};

use super::props::{Props, bad_value, text};
use crate::image_file;
use crate::model::ModelErrorKind;

/// The PNG file of the image, in Base64.
const IMAGE: &str = "cardsight.self_test_image";

/// The answer as a JSON array of numbers.
const ANSWER: &str = "cardsight.self_test_answer";

/// An image, and what the network answers to it.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfTest {
    /// What the network is shown: a prepared image, or a frame for a locator.
    pub image: RgbImage,
    /// The classifier's logits, or x and y of each corner that the locator finds, in pixels of
    /// the image.
    pub answer: Vec<f32>,
}

/// How a self-test ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfTestOutcome {
    /// The answer is the stored one.
    Passed,
    /// The file stores no image; the network gives numbers, and more is not known.
    NotStored,
}

impl SelfTest {
    /// The keys and values that store the test in a file's metadata.
    pub(super) fn to_props(&self) -> Vec<(&'static str, String)> {
        let mut png = Cursor::new(Vec::new());
        self.image
            .write_to(&mut png, ImageFormat::Png)
            .expect("encoding an image in memory does not fail");
        let answer = serde_json::to_string(&self.answer).expect("numbers serialise");
        vec![(IMAGE, BASE64.encode(png.into_inner())), (ANSWER, answer)]
    }

    /// Reads the test. A file without both keys has none.
    pub(super) fn from_props(props: &Props<'_>) -> Result<Option<Self>, ModelErrorKind> {
        if !props.contains_key(IMAGE) && !props.contains_key(ANSWER) {
            return Ok(None);
        }
        let (image, answer) = (text(props, IMAGE)?, text(props, ANSWER)?);
        let png = BASE64
            .decode(image)
            .map_err(|error| bad_value(IMAGE, image, format!("it must be Base64 ({error})")))?;
        let image = image_file::decode(&png, "self-test image")
            .map_err(|error| bad_value(IMAGE, image, format!("it must hold an image ({error})")))?;
        let answer = serde_json::from_str(answer).map_err(|error| {
            bad_value(ANSWER, answer, format!("it must be a JSON array of numbers ({error})"))
        })?;
        Ok(Some(Self { image, answer }))
    }

    /// Compares an answer with the stored one.
    ///
    /// # Errors
    /// The answers have different lengths, or two values differ by more than `tolerance`.
    /// Processors round differently, so that equality can't be asked for.
    pub fn check(&self, found: &[f32], tolerance: f32) -> Result<(), ModelErrorKind> {
        let fails = |difference| Err(ModelErrorKind::SelfTest { difference });
        if found.len() != self.answer.len() {
            let expected = self.answer.len();
            return fails(format!("it answers {} values instead of {expected}", found.len()));
        }
        // A value that is not a number is never within the tolerance.
        let is_far = |(found, expected): &(&f32, &f32)| {
            let is_near = (*found - *expected).abs() <= tolerance;
            !is_near
        };
        match found.iter().zip(&self.answer).enumerate().find(|(_, pair)| is_far(pair)) {
            None => Ok(()),
            Some((i, (found, expected))) => {
                fails(format!("value {i} of its answer is {found} instead of {expected}"))
            }
        }
    }
}

/// The test of a file that stores none: the network must give finite numbers.
pub(super) fn check_finite(found: &[f32]) -> Result<(), ModelErrorKind> {
    if found.iter().all(|value| value.is_finite()) {
        return Ok(());
    }
    Err(ModelErrorKind::SelfTest { difference: "its answers are not finite numbers".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn self_test() -> SelfTest {
        let image = RgbImage::from_fn(6, 4, |x, y| image::Rgb([x as u8, y as u8, 7]));
        SelfTest { image, answer: vec![0.5, -1.25, 3.0] }
    }

    #[test]
    fn another_answer_is_refused_and_rounding_is_not() {
        let test = self_test();
        assert!(test.check(&[0.501, -1.25, 3.0], 0.01).is_ok());
        for other in [&[0.6, -1.25, 3.0][..], &[0.5, f32::NAN, 3.0], &[0.5, -1.25], &[]] {
            assert!(test.check(other, 0.01).is_err(), "{other:?}");
        }
        let error = test.check(&[0.6, -1.25, 3.0], 0.01).unwrap_err().to_string();
        assert!(error.contains("0.6") && error.contains("0.5"), "{error}");
    }

    #[test]
    fn a_stored_test_reads_back() {
        let stored = self_test().to_props();
        let props: Props<'_> = stored.iter().map(|(key, value)| (*key, value.as_str())).collect();
        assert_eq!(SelfTest::from_props(&props).unwrap(), Some(self_test()));
        assert_eq!(SelfTest::from_props(&Props::new()).unwrap(), None);
    }

    #[test]
    fn a_damaged_test_is_refused_by_the_name_of_its_key() {
        let stored = self_test().to_props();
        for (key, value) in [(IMAGE, "%"), (IMAGE, "aGVsbG8="), (ANSWER, "[1, 2")] {
            let mut props: Props<'_> =
                stored.iter().map(|(key, value)| (*key, value.as_str())).collect();
            props.insert(key, value);
            let error = SelfTest::from_props(&props).unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        }
        let mut props: Props<'_> =
            stored.iter().map(|(key, value)| (*key, value.as_str())).collect();
        props.remove(ANSWER);
        assert!(matches!(
            SelfTest::from_props(&props),
            Err(ModelErrorKind::MissingKey { key: ANSWER })
        ));
    }
}
