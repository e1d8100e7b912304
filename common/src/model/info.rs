//! The metadata of a classifier's model file.

use super::props::{
    LAYOUT, Props, VALUES, bad_value, check_format, fixed, parsed, share, side, text, whole_number,
};
use super::self_test::SelfTest;
use crate::geometry::Size;
use crate::model::ModelErrorKind;
use crate::model::file::{Dimension, Endpoint, Endpoints, Metadata};
use crate::model::format::FORMAT_VERSION;
use crate::prepare::RESIZE_RULE;
use crate::{ClassMap, Score};

/// The names of the classifier's input and output.
pub(super) const INPUT: &str = "pixels";
pub(super) const OUTPUT: &str = "logits";

/// The metadata of a classifier. The file stores it as texts under keys that start with
/// "cardsight.", in ONNX's `metadata_props`.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelInfo {
    /// Class names in the order of the network's outputs.
    pub classes: ClassMap,
    /// Width and height of the input in pixels.
    pub side: u32,
    /// Logits are divided by this before the softmax, so that confidences are calibrated.
    pub temperature: f32,
    /// An answer below this confidence, 0 to 1, does not name a card.
    pub accept_threshold: f32,
    /// The network's architecture, such as "compact".
    pub architecture: String,
    /// How the weights are stored: "f32" or "int8".
    pub weights: String,
    /// SHA-256 of the data set that it was trained on, in hexadecimal.
    pub data_fingerprint: String,
    /// Held-out images that the f32 network names rightly.
    pub valid_f32: Score,
    /// Held-out images that the network with int8 weights names rightly.
    pub valid_int8: Score,
    /// Seed of the training run.
    pub seed: u64,
    /// Version of the project that wrote the file.
    pub project_version: String,
    /// A prepared image and the logits for it; files of release 0.1 have none.
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
        props.extend(self.self_test.iter().flat_map(SelfTest::to_props));
        props.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    fn from_props(props: &Props<'_>) -> Result<Self, ModelErrorKind> {
        check_format(props)?;
        if props.contains_key(key::PURPOSE) {
            return Err(ModelErrorKind::Purpose { found: "locator", expected: "classifier" });
        }
        fixed(props, key::RESIZE, RESIZE_RULE)?;
        let side = side(props)?;
        let is_positive = |t: &f32| t.is_finite() && *t > 0.0;
        Ok(Self {
            classes: classes(props)?,
            side,
            temperature: parsed(props, key::TEMPERATURE, "it must be above 0", is_positive)?,
            accept_threshold: share(props, key::ACCEPT_THRESHOLD)?,
            architecture: text(props, key::ARCHITECTURE)?.to_owned(),
            weights: text(props, key::WEIGHTS)?.to_owned(),
            data_fingerprint: text(props, key::DATA_FINGERPRINT)?.to_owned(),
            valid_f32: score(props, key::VALID_F32)?,
            valid_int8: score(props, key::VALID_INT8)?,
            seed: whole_number(props, key::SEED)?,
            project_version: text(props, key::PROJECT_VERSION)?.to_owned(),
            self_test: self_test(props, side)?,
        })
    }

    fn endpoints(&self) -> Vec<Endpoints> {
        let [one, rgb, side, classes] =
            [1, 3, self.side, self.classes.len() as u32].map(Dimension::Fixed);
        vec![Endpoints {
            input: Endpoint { name: INPUT, shape: vec![one, rgb, side, side] },
            output: Endpoint { name: OUTPUT, shape: vec![one, classes] },
        }]
    }
}

mod key {
    pub(super) use super::super::props::key::*;

    pub(super) const TEMPERATURE: &str = "cardsight.temperature";
    pub(super) const VALID_F32: &str = "cardsight.valid_f32";
    pub(super) const VALID_INT8: &str = "cardsight.valid_int8";
}

/// A score such as "245/265".
fn score(props: &Props<'_>, key: &'static str) -> Result<Score, ModelErrorKind> {
    let value = text(props, key)?;
    parse_score(value).ok_or_else(|| bad_value(key, value, "it must be like 245/265".to_owned()))
}

fn parse_score(text: &str) -> Option<Score> {
    let (right, total) = text.split_once('/')?;
    let score = Score { right: right.parse().ok()?, total: total.parse().ok()? };
    (score.right <= score.total).then_some(score)
}

/// The self-test, whose image must have the size of the network's input.
fn self_test(props: &Props<'_>, side: u32) -> Result<Option<SelfTest>, ModelErrorKind> {
    let test = SelfTest::from_props(props)?;
    if let Some(test) = &test
        && Size::of_image(&test.image) != Size::square(side)
    {
        return Err(ModelErrorKind::Contradiction {
            what: "its self-test image",
            found: Size::of_image(&test.image).to_string(),
            expected: Size::square(side).to_string(),
        });
    }
    Ok(test)
}

/// The class names. A class map sorts names and drops repetitions, so that a file with another
/// order would have its outputs taken for other classes.
fn classes(props: &Props<'_>) -> Result<ClassMap, ModelErrorKind> {
    let value = text(props, key::CLASSES)?;
    let expected = "it must be a JSON array of two or more names in alphabetical order";
    let refused = || bad_value(key::CLASSES, value, expected.to_owned());
    let names: Vec<String> = serde_json::from_str(value).map_err(|_| refused())?;
    let map = ClassMap::new(names.clone());
    if map.len() >= 2 && map.names() == names { Ok(map) } else { Err(refused()) }
}
