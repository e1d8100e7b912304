//! A model file, ready to name images.

use std::path::Path;

use super::file::{ModelFile, read_bytes};
use super::info::{INPUT, OUTPUT};
use super::network::{Graph, Network};
use crate::model::{ModelError, ModelInfo};

/// A network that names one card in a prepared image.
#[derive(Debug)]
pub struct Classifier {
    info: ModelInfo,
    network: Network,
}

/// What the network makes of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The likeliest class, an index of the model's class map.
    pub class: usize,
    /// Its calibrated probability, 0..1.
    pub confidence: f32,
}

impl Classifier {
    /// Reads, checks and optimises a model file.
    ///
    /// # Errors
    /// See [`ModelError`].
    pub fn from_file(path: &Path) -> Result<Self, ModelError> {
        Self::from_bytes(&read_bytes(path)?, &path.display().to_string())
    }

    /// Checks and optimises the bytes of a model file; `path` is for the error text.
    ///
    /// # Errors
    /// See [`ModelError`].
    pub fn from_bytes(bytes: &[u8], path: &str) -> Result<Self, ModelError> {
        let ModelFile { info, proto } = ModelFile::<ModelInfo>::decode(bytes, path)?;
        let network = Graph::new(proto, path)?.network(INPUT, OUTPUT, [info.side; 2])?;
        Ok(Self { info, network })
    }

    /// What the file says of itself.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// Names of the operators that run for each image, after optimisation.
    pub fn operators(&self) -> Vec<String> {
        self.network.operators()
    }

    /// The network's raw outputs, one per class.
    ///
    /// `pixels`: `side`×`side` RGB, row by row, as [`prepare`](crate::prepare::prepare)
    /// makes them.
    ///
    /// # Errors
    /// There are too many or too few pixels, or tract fails.
    pub fn logits(&self, pixels: &[u8]) -> Result<Vec<f32>, ModelError> {
        self.network.run(pixels)
    }

    /// Names a prepared image; for `pixels` and errors see [`Classifier::logits`].
    ///
    /// # Errors
    /// As [`Classifier::logits`].
    pub fn classify(&self, pixels: &[u8]) -> Result<Answer, ModelError> {
        Ok(answer(&self.logits(pixels)?, self.info.temperature))
    }
}

/// The likeliest class and its probability: the softmax of `logits / temperature`.
pub fn answer(logits: &[f32], temperature: f32) -> Answer {
    let best = logits.iter().copied().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
    let (class, highest) = best.unwrap_or((0, 0.0));
    let sum: f32 = logits.iter().map(|logit| ((logit - highest) / temperature).exp()).sum();
    Answer { class, confidence: 1.0 / sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_is_the_softmax_at_that_temperature() {
        let logits = [0.0, 2.0_f32.ln(), 0.0];
        let plain = answer(&logits, 1.0);
        assert_eq!(plain.class, 1);
        assert!((plain.confidence - 0.5).abs() < 1e-6);
        let hot = answer(&logits, 1e6);
        assert!((hot.confidence - 1.0 / 3.0).abs() < 1e-4);
    }
}
