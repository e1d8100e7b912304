//! Whether a model file answers on this machine as it did where it was exported.

use std::fmt;
use std::str::FromStr;

use image::RgbImage;

use crate::model::{Classifier, ModelError};
use crate::prepare::prepare;

/// How far a confidence may be from the exported one: processors round differently.
const TOLERANCE: f32 = 0.05;

/// The answer to the image on the machine that exported the file.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfTest {
    pub class: String,
    /// 0..1, at the file's temperature.
    pub confidence: f32,
}

/// What the network says of the image.
///
/// # Errors
/// The network can't be run.
pub fn answer(
    classifier: &Classifier,
    image: &RgbImage,
    path: &str,
) -> Result<SelfTest, ModelError> {
    let run_error = |reason: String| ModelError::Run { path: path.to_owned(), reason };
    let input = prepare(image, classifier.info().side).map_err(|e| run_error(e.to_string()))?;
    let answer = classifier.classify(input.as_raw())?;
    if !answer.confidence.is_finite() {
        return Err(run_error("its answers are no numbers".into()));
    }
    let class = classifier.info().classes.names()[answer.class].clone();
    Ok(SelfTest { class, confidence: answer.confidence })
}

impl SelfTest {
    /// Holds another machine's answer against this one.
    ///
    /// # Errors
    /// [`ModelError::SelfTest`]: they differ.
    pub fn check(&self, found: &SelfTest, path: &str) -> Result<(), ModelError> {
        let is_near = (self.confidence - found.confidence).abs() <= TOLERANCE;
        if self.class == found.class && is_near {
            return Ok(());
        }
        let (wanted, found) = (self.to_string(), found.to_string());
        Err(ModelError::SelfTest { path: path.to_owned(), wanted, found })
    }
}

/// As in the metadata: "0.987 ace of spades".
impl fmt::Display for SelfTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} {}", self.confidence, self.class)
    }
}

impl FromStr for SelfTest {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (confidence, class) = text.split_once(' ').ok_or(())?;
        let confidence = confidence.parse().map_err(|_| ())?;
        Ok(Self { class: class.to_owned(), confidence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(text: &str) -> SelfTest {
        text.parse().unwrap()
    }

    #[test]
    fn another_answer_is_refused_and_rounding_is_not() {
        let wanted = test("0.987 ace of spades");
        assert_eq!(wanted.to_string(), "0.987 ace of spades");
        assert!(wanted.check(&test("0.985 ace of spades"), "x").is_ok());
        for other in ["0.700 ace of spades", "0.987 two of spades"] {
            let error = wanted.check(&test(other), "x").unwrap_err().to_string();
            assert!(error.contains(other), "{error}");
        }
        assert!("ace".parse::<SelfTest>().is_err());
    }
}
