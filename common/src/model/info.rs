//! The metadata of a model file.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use crate::model::{ModelError, SelfTest};
use crate::prepare::RESIZE_RULE;
use crate::{ClassMap, Score};

/// The version of the contract that this code writes and reads.
pub const FORMAT_VERSION: u32 = 1;

/// Order of the input's dimensions: batch, channels, height, width.
const LAYOUT: &str = "NCHW";

/// The input's channels and their values; normalisation is part of the network.
const VALUES: &str = "RGB 0..255";

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
    /// Held-out pictures named rightly by the f32 network.
    pub valid_f32: Score,
    /// Held-out pictures named rightly with int8 weights.
    pub valid_int8: Score,
    /// Seed of the training run.
    pub seed: u64,
    /// Version of the project that wrote the file.
    pub project_version: String,
    /// The right answer to the self-test; none in files that have no such key.
    pub self_test: Option<SelfTest>,
}

/// A key, and what is wrong with its value.
enum Fault {
    Missing(&'static str),
    Bad { key: &'static str, value: String, wanted: String },
    Version(u32),
}

impl ModelInfo {
    /// All keys and values, in a fixed order.
    pub fn to_props(&self) -> Vec<(String, String)> {
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

    /// Reads the keys and values of a model file; `path` is for the error text.
    ///
    /// # Errors
    /// A key is missing, its value is of no use, or the format version is unknown.
    pub fn from_props(props: &HashMap<&str, &str>, path: &str) -> Result<Self, ModelError> {
        let path = path.to_owned();
        read(props).map_err(|fault| match fault {
            Fault::Missing(key) => ModelError::MissingKey { path, key },
            Fault::Bad { key, value, wanted } => ModelError::BadValue { path, key, value, wanted },
            Fault::Version(found) => ModelError::Version { path, found },
        })
    }
}

mod key {
    pub const FORMAT: &str = "cardsight.format_version";
    pub const CLASSES: &str = "cardsight.classes";
    pub const SIDE: &str = "cardsight.input_side";
    pub const LAYOUT: &str = "cardsight.input_layout";
    pub const VALUES: &str = "cardsight.input_values";
    pub const RESIZE: &str = "cardsight.resize";
    pub const TEMPERATURE: &str = "cardsight.temperature";
    pub const ACCEPT_THRESHOLD: &str = "cardsight.accept_threshold";
    pub const ARCHITECTURE: &str = "cardsight.architecture";
    pub const WEIGHTS: &str = "cardsight.weights";
    pub const DATA_FINGERPRINT: &str = "cardsight.data_fingerprint";
    pub const VALID_F32: &str = "cardsight.valid_f32";
    pub const VALID_INT8: &str = "cardsight.valid_int8";
    pub const SEED: &str = "cardsight.seed";
    pub const PROJECT_VERSION: &str = "cardsight.project_version";
    pub const SELF_TEST: &str = "cardsight.self_test";
}

fn read(props: &HashMap<&str, &str>) -> Result<ModelInfo, Fault> {
    // First, so that files of another version say so and nothing else.
    let format = number(props, key::FORMAT, "it must be a whole number", |_| true)?;
    if format != FORMAT_VERSION {
        return Err(Fault::Version(format));
    }
    fixed(props, key::LAYOUT, LAYOUT)?;
    fixed(props, key::VALUES, VALUES)?;
    fixed(props, key::RESIZE, RESIZE_RULE)?;
    Ok(ModelInfo {
        classes: classes(props)?,
        side: number(props, key::SIDE, "it must be 1 to 4096 pixels", |side| {
            (1..=4096).contains(side)
        })?,
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

fn text<'a>(props: &HashMap<&str, &'a str>, key: &'static str) -> Result<&'a str, Fault> {
    props.get(key).copied().ok_or(Fault::Missing(key))
}

fn fixed(props: &HashMap<&str, &str>, key: &'static str, only: &str) -> Result<(), Fault> {
    let value = text(props, key)?;
    if value == only {
        return Ok(());
    }
    let wanted = format!("this program knows only {only:?}");
    Err(Fault::Bad { key, value: value.to_owned(), wanted })
}

fn number<T: FromStr>(
    props: &HashMap<&str, &str>,
    key: &'static str,
    wanted: impl Display,
    is_right: impl Fn(&T) -> bool,
) -> Result<T, Fault> {
    let value = text(props, key)?;
    let bad = || Fault::Bad { key, value: value.to_owned(), wanted: wanted.to_string() };
    value.parse().ok().filter(is_right).ok_or_else(bad)
}

fn score(props: &HashMap<&str, &str>, key: &'static str) -> Result<Score, Fault> {
    let value = text(props, key)?;
    let parse = || {
        let (right, total) = value.split_once('/')?;
        let score = Score { right: right.parse().ok()?, total: total.parse().ok()? };
        (score.right <= score.total).then_some(score)
    };
    let wanted = || "it must be like 245/265".to_owned();
    parse().ok_or_else(|| Fault::Bad { key, value: value.to_owned(), wanted: wanted() })
}

fn self_test(props: &HashMap<&str, &str>) -> Result<Option<SelfTest>, Fault> {
    let Some(&value) = props.get(key::SELF_TEST) else { return Ok(None) };
    let wanted = || "it must be like \"0.987 ace of spades\"".to_owned();
    let bad = |()| Fault::Bad { key: key::SELF_TEST, value: value.to_owned(), wanted: wanted() };
    value.parse().map(Some).map_err(bad)
}

fn classes(props: &HashMap<&str, &str>) -> Result<ClassMap, Fault> {
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
