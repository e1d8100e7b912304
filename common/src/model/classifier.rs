//! The classifier of a model file, ready to name the card in a prepared image.

use std::path::Path;

use super::file::{ModelFile, read_bytes};
use super::info::{INPUT, OUTPUT};
use super::network::{Graph, Network};
use super::self_test::{SelfTestOutcome, check_finite};
use crate::geometry::Size;
use crate::model::{Engine, ModelError, ModelErrorKind, ModelInfo};

/// The largest difference between a logit of the self-test and the stored one. Different
/// processors differ by less than 0.001; a damaged network differs by more than 1.
const SELF_TEST_TOLERANCE: f32 = 0.05;

/// A network that names the card in a prepared image.
#[derive(Debug)]
pub struct Classifier {
    path: String,
    info: ModelInfo,
    network: Network,
}

/// The most likely class of an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Classification {
    /// An index of the model's class map.
    pub class: usize,
    /// The calibrated probability of the class, 0 to 1.
    pub confidence: f32,
}

impl Classifier {
    /// Reads, checks and optimises a model file for the default engine.
    ///
    /// # Errors
    /// See [`ModelErrorKind`].
    pub fn from_file(path: &Path) -> Result<Self, ModelError> {
        Self::from_bytes(&read_bytes(path)?, &path.display().to_string())
    }

    /// Checks and optimises the bytes of a model file for the default engine. Error messages
    /// name the file by `path`.
    ///
    /// # Errors
    /// See [`ModelErrorKind`].
    pub fn from_bytes(bytes: &[u8], path: &str) -> Result<Self, ModelError> {
        Self::with_engine(bytes, path, Engine::default())
    }

    /// As [`Classifier::from_bytes`], for another engine.
    ///
    /// # Errors
    /// See [`ModelErrorKind`].
    pub fn with_engine(bytes: &[u8], path: &str, engine: Engine) -> Result<Self, ModelError> {
        let (info, network) = load(bytes, engine).map_err(|kind| kind.of_file(path))?;
        Ok(Self { path: path.to_owned(), info, network })
    }

    /// The file's metadata.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// The names of the operators that run for each image, after optimisation.
    pub fn operators(&self) -> Vec<String> {
        self.network.operators()
    }

    /// The network's raw outputs, one for each class.
    ///
    /// `pixels`: `side`×`side` RGB, row by row, as [`prepare`](crate::prepare::prepare)
    /// makes them.
    ///
    /// # Errors
    /// There are too many or too few pixels, or tract fails.
    pub fn logits(&self, pixels: &[u8]) -> Result<Vec<f32>, ModelError> {
        self.network.run(pixels).map_err(|kind| kind.of_file(&self.path))
    }

    /// The most likely class of a prepared image; `pixels` are those of [`Classifier::logits`].
    ///
    /// # Errors
    /// As [`Classifier::logits`].
    pub fn classify(&self, pixels: &[u8]) -> Result<Classification, ModelError> {
        Ok(most_likely(&self.logits(pixels)?, self.info.temperature))
    }

    /// Runs the self-test that the file stores: the answer to its image must be the stored one.
    ///
    /// # Errors
    /// [`ModelErrorKind::SelfTest`] when the answer differs, or tract fails.
    pub fn self_test(&self) -> Result<SelfTestOutcome, ModelError> {
        self.run_self_test().map_err(|kind| kind.of_file(&self.path))
    }

    fn run_self_test(&self) -> Result<SelfTestOutcome, ModelErrorKind> {
        let Some(test) = &self.info.self_test else {
            let grey = vec![128; Size::square(self.info.side).area() * 3];
            check_finite(&self.network.run(&grey)?)?;
            return Ok(SelfTestOutcome::NotStored);
        };
        test.check(&self.network.run(test.image.as_raw())?, SELF_TEST_TOLERANCE)?;
        Ok(SelfTestOutcome::Passed)
    }
}

fn load(bytes: &[u8], engine: Engine) -> Result<(ModelInfo, Network), ModelErrorKind> {
    let ModelFile { info, proto } = ModelFile::<ModelInfo>::decode(bytes)?;
    let network = Graph::new(proto, engine)?.network(INPUT, OUTPUT, Size::square(info.side))?;
    Ok((info, network))
}

/// The most likely class and its probability: the softmax of `logits / temperature`.
pub fn most_likely(logits: &[f32], temperature: f32) -> Classification {
    let best = logits.iter().copied().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
    let (class, highest) = best.unwrap_or((0, 0.0));
    let sum: f32 = logits.iter().map(|logit| ((logit - highest) / temperature).exp()).sum();
    Classification { class, confidence: 1.0 / sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_is_the_softmax_at_that_temperature() {
        let logits = [0.0, 2.0_f32.ln(), 0.0];
        let plain = most_likely(&logits, 1.0);
        assert_eq!(plain.class, 1);
        assert!((plain.confidence - 0.5).abs() < 1e-6);
        let hot = most_likely(&logits, 1e6);
        assert!((hot.confidence - 1.0 / 3.0).abs() < 1e-4);
    }
}
