//! Reading the keys and values of a model file's metadata.

use std::collections::HashMap;
use std::str::FromStr;

use crate::model::ModelErrorKind;
use crate::model::format::{FORMAT_VERSION, OLDEST_READ_VERSION};

/// All metadata of a file by key.
pub type Props<'a> = HashMap<&'a str, &'a str>;

/// The keys that each kind of model file has.
pub(super) mod key {
    /// Only locators have it.
    pub const PURPOSE: &str = "cardsight.purpose";
    /// Only classifiers have it.
    pub const CLASSES: &str = "cardsight.classes";
    pub const FORMAT: &str = "cardsight.format_version";
    pub const SIDE: &str = "cardsight.input_side";
    pub const LAYOUT: &str = "cardsight.input_layout";
    pub const VALUES: &str = "cardsight.input_values";
    pub const RESIZE: &str = "cardsight.resize";
    pub const ACCEPT_THRESHOLD: &str = "cardsight.accept_threshold";
    pub const ARCHITECTURE: &str = "cardsight.architecture";
    pub const WEIGHTS: &str = "cardsight.weights";
    pub const DATA_FINGERPRINT: &str = "cardsight.data_fingerprint";
    pub const SEED: &str = "cardsight.seed";
    pub const PROJECT_VERSION: &str = "cardsight.project_version";
}

/// The order of the input's dimensions: batch, channels, height, width.
pub(super) const LAYOUT: &str = "NCHW";

/// The input's channels and their values; the network itself normalises them.
pub(super) const VALUES: &str = "RGB 0..255";

/// Checks what all files have in common. The format version comes first, so that a file of
/// another version is refused for that reason and for no other one.
pub(super) fn check_format(props: &Props<'_>) -> Result<(), ModelErrorKind> {
    let found = whole_number(props, key::FORMAT)?;
    if !(OLDEST_READ_VERSION..=FORMAT_VERSION).contains(&found) {
        return Err(ModelErrorKind::Version { found });
    }
    fixed(props, key::LAYOUT, LAYOUT)?;
    fixed(props, key::VALUES, VALUES)
}

/// The width and height of the input in pixels.
pub(super) fn side(props: &Props<'_>) -> Result<u32, ModelErrorKind> {
    parsed(props, key::SIDE, "it must be 1 to 4096 pixels", |side| (1..=4096).contains(side))
}

/// A number from 0 to 1.
pub(super) fn share(props: &Props<'_>, key: &'static str) -> Result<f32, ModelErrorKind> {
    parsed(props, key, "it must be 0 to 1", |value: &f32| (0.0..=1.0).contains(value))
}

/// A number without a fraction.
pub(super) fn whole_number<T: FromStr>(
    props: &Props<'_>,
    key: &'static str,
) -> Result<T, ModelErrorKind> {
    parsed(props, key, "it must be a whole number", |_| true)
}

/// The value of a key as it is.
pub(super) fn text<'a>(props: &Props<'a>, key: &'static str) -> Result<&'a str, ModelErrorKind> {
    props.get(key).copied().ok_or(ModelErrorKind::MissingKey { key })
}

/// Requires one certain value.
pub(super) fn fixed(
    props: &Props<'_>,
    key: &'static str,
    only: &str,
) -> Result<(), ModelErrorKind> {
    let value = text(props, key)?;
    if value == only {
        return Ok(());
    }
    Err(bad_value(key, value, format!("this program knows only {only:?}")))
}

/// A value that parses and fulfils `is_valid`; `expected` says in words what that is.
pub(super) fn parsed<T: FromStr>(
    props: &Props<'_>,
    key: &'static str,
    expected: &str,
    is_valid: impl Fn(&T) -> bool,
) -> Result<T, ModelErrorKind> {
    let value = text(props, key)?;
    value.parse().ok().filter(is_valid).ok_or_else(|| bad_value(key, value, expected.to_owned()))
}

/// The error about a value that can't be used.
pub(super) fn bad_value(key: &'static str, value: &str, expected: String) -> ModelErrorKind {
    ModelErrorKind::BadValue { key, value: value.to_owned(), expected }
}
