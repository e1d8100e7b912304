//! The metadata of a model file.

use super::props::{Fault, LAYOUT, Props, VALUES, check_format, fixed, number, side, text};
use crate::model::file::{End, Length, Metadata};
use crate::model::{ModelError, SelfTest};
use crate::prepare::RESIZE_RULE;
use crate::{ClassMap, Score};

/// The version of the contract that this code writes and reads.
pub const FORMAT_VERSION: u32 = 1;

/// What the classifier takes and gives.
pub(super) const INPUT: &str = "pixels";
pub(super) const OUTPUT: &str = "logits";

/// What a model file says of itself. In the file: text values under keys that start
/// with "cardsight.", in ONNX's `metadata_props`.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelInfo {
    /// Class names in the order of the network's outputs.
    pub classes: ClassMap,
    /// Width and height of the input in pixels.
    pub side: u32,
    /// Logits are divided by this before the softmax, so that confidences are honest.
    pub temperature: f32,
    /// Answers below this confidence, 0..1, are no answers.
    pub accept_threshold: f32,
    /// The network's architecture, such as "compact".
    pub architecture: String,
    /// How the weights are stored: "f32" or "int8".
    pub weights: String,
    /// SHA-256 of the data set that it was trained on, in hexadecimal.
    pub data_fingerprint: String,
    /// Held-out images named rightly by the f32 network.
    pub valid_f32: Score,
    /// Held-out images named rightly with int8 weights.
    pub valid_int8: Score,
    /// Seed of the training run.
    pub seed: u64,
    /// Version of the project that wrote the file.
    pub project_version: String,
    /// The right answer to the self-test; none in files that have no such key.
    pub self_test: Option<SelfTest>,
}

impl Metadata for ModelInfo {
    fn to_props(&self) -> Vec<(String, String)> {
        let score = |score: Score| format!("{}/{}", score.right, score.total);
        let classes = serde_json::Value::from(self.classes.names()).to_string();
        let mut props = vec![
            (key::FORMAT, FORMAT_VERSION.to_string()),
            (key::CLASSES, classes),
            (key::SIDE, self.side.to_string()),
            (key::LAYOUT, LAYOUT.to_owned()),
            (key::VALUES, VALUES.to_owned()),
            (key::RESIZE, RESIZE_RULE.to_owned()),
            (key::TEMPERATURE, self.temperature.to_string()),
            (key::ACCEPT_THRESHOLD, self.accept_threshold.to_string()),
            (key::ARCHITECTURE, self.architecture.clone()),
            (key::WEIGHTS, self.weights.clone()),
            (key::DATA_FINGERPRINT, self.data_fingerprint.clone()),
            (key::VALID_F32, score(self.valid_f32)),
            (key::VALID_INT8, score(self.valid_int8)),
            (key::SEED, self.seed.to_string()),
            (key::PROJECT_VERSION, self.project_version.clone()),
        ];
        props.extend(self.self_test.as_ref().map(|test| (key::SELF_TEST, test.to_string())));
        props.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    fn from_props(props: &Props<'_>, path: &str) -> Result<Self, ModelError> {
        read(props).map_err(|fault| fault.of(path))
    }

    fn ends(&self) -> Vec<[End; 2]> {
        let [one, rgb, side, classes] =
            [1, 3, self.side, self.classes.len() as u32].map(Length::Fixed);
        vec![[
            End { name: INPUT, shape: vec![one, rgb, side, side] },
            End { name: OUTPUT, shape: vec![one, classes] },
        ]]
    }
}

mod key {
    pub use super::super::props::key::*;

    pub const CLASSES: &str = "cardsight.classes";
    pub const TEMPERATURE: &str = "cardsight.temperature";
    pub const ACCEPT_THRESHOLD: &str = "cardsight.accept_threshold";
    pub const VALID_F32: &str = "cardsight.valid_f32";
    pub const VALID_INT8: &str = "cardsight.valid_int8";
    pub const SELF_TEST: &str = "cardsight.self_test";
}

fn read(props: &Props<'_>) -> Result<ModelInfo, Fault> {
    check_format(props)?;
    fixed(props, key::RESIZE, RESIZE_RULE)?;
    Ok(ModelInfo {
        classes: classes(props)?,
        side: side(props)?,
        temperature: number(props, key::TEMPERATURE, "it must be above 0", |t: &f32| {
            t.is_finite() && *t > 0.0
        })?,
        accept_threshold: number(props, key::ACCEPT_THRESHOLD, "it must be 0 to 1", |t: &f32| {
            (0.0..=1.0).contains(t)
        })?,
        architecture: text(props, key::ARCHITECTURE)?.to_owned(),
        weights: text(props, key::WEIGHTS)?.to_owned(),
        data_fingerprint: text(props, key::DATA_FINGERPRINT)?.to_owned(),
        valid_f32: score(props, key::VALID_F32)?,
        valid_int8: score(props, key::VALID_INT8)?,
        seed: number(props, key::SEED, "it must be a whole number", |_| true)?,
        project_version: text(props, key::PROJECT_VERSION)?.to_owned(),
        self_test: self_test(props)?,
    })
}

fn score(props: &Props<'_>, key: &'static str) -> Result<Score, Fault> {
    let value = text(props, key)?;
    let parse = || {
        let (right, total) = value.split_once('/')?;
        let score = Score { right: right.parse().ok()?, total: total.parse().ok()? };
        (score.right <= score.total).then_some(score)
    };
    let wanted = || "it must be like 245/265".to_owned();
    parse().ok_or_else(|| Fault::Bad { key, value: value.to_owned(), wanted: wanted() })
}

fn self_test(props: &Props<'_>) -> Result<Option<SelfTest>, Fault> {
    let Some(&value) = props.get(key::SELF_TEST) else { return Ok(None) };
    let wanted = || "it must be like \"0.987 ace of spades\"".to_owned();
    let bad = |()| Fault::Bad { key: key::SELF_TEST, value: value.to_owned(), wanted: wanted() };
    value.parse().map(Some).map_err(bad)
}

fn classes(props: &Props<'_>) -> Result<ClassMap, Fault> {
    let value = text(props, key::CLASSES)?;
    let names: Option<Vec<String>> = serde_json::from_str(value).ok();
    // A class map sorts and drops repetitions; a file in another order would have its
    // outputs mistaken for others.
    names
        .map(|names| (ClassMap::new(names.clone()), names))
        .filter(|(map, names)| map.len() >= 2 && map.names() == names.as_slice())
        .map(|(map, _)| map)
        .ok_or_else(|| Fault::Bad {
            key: key::CLASSES,
            value: value.to_owned(),
            wanted: "it must be a JSON array of two or more names in alphabetical order".into(),
        })
}
