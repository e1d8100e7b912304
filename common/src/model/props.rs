//! Reading the keys and values of a model file's metadata.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use crate::model::{FORMAT_VERSION, ModelError};

/// All of a file's metadata.
pub(super) type Props<'a> = HashMap<&'a str, &'a str>;

/// What each kind of model file has.
pub(super) mod key {
    pub const FORMAT: &str = "cardsight.format_version";
    pub const SIDE: &str = "cardsight.input_side";
    pub const LAYOUT: &str = "cardsight.input_layout";
    pub const VALUES: &str = "cardsight.input_values";
    pub const RESIZE: &str = "cardsight.resize";
    pub const ARCHITECTURE: &str = "cardsight.architecture";
    pub const WEIGHTS: &str = "cardsight.weights";
    pub const DATA_FINGERPRINT: &str = "cardsight.data_fingerprint";
    pub const SEED: &str = "cardsight.seed";
    pub const PROJECT_VERSION: &str = "cardsight.project_version";
}

/// Order of the input's dimensions: batch, channels, height, width.
pub(super) const LAYOUT: &str = "NCHW";

/// The input's channels and their values; normalisation is part of the network.
pub(super) const VALUES: &str = "RGB 0..255";

/// A key, and what is wrong with its value.
pub(super) enum Fault {
    Missing(&'static str),
    Bad { key: &'static str, value: String, wanted: String },
    Version(u32),
}

impl Fault {
    /// With the file's path.
    pub(super) fn of(self, path: &str) -> ModelError {
        let path = path.to_owned();
        match self {
            Fault::Missing(key) => ModelError::MissingKey { path, key },
            Fault::Bad { key, value, wanted } => ModelError::BadValue { path, key, value, wanted },
            Fault::Version(found) => ModelError::Version { path, found },
        }
    }
}

/// Checks the format's version, before all else, so that files of another version say so
/// and nothing else; and what all files of this version have in common.
pub(super) fn check_format(props: &Props<'_>) -> Result<(), Fault> {
    let format = number(props, key::FORMAT, "it must be a whole number", |_| true)?;
    if format != FORMAT_VERSION {
        return Err(Fault::Version(format));
    }
    fixed(props, key::LAYOUT, LAYOUT)?;
    fixed(props, key::VALUES, VALUES)
}

/// The input's width and height in pixels.
pub(super) fn side(props: &Props<'_>) -> Result<u32, Fault> {
    number(props, key::SIDE, "it must be 1 to 4096 pixels", |side| (1..=4096).contains(side))
}

pub(super) fn text<'a>(props: &Props<'a>, key: &'static str) -> Result<&'a str, Fault> {
    props.get(key).copied().ok_or(Fault::Missing(key))
}

pub(super) fn fixed(props: &Props<'_>, key: &'static str, only: &str) -> Result<(), Fault> {
    let value = text(props, key)?;
    if value == only {
        return Ok(());
    }
    let wanted = format!("this program knows only {only:?}");
    Err(Fault::Bad { key, value: value.to_owned(), wanted })
}

pub(super) fn number<T: FromStr>(
    props: &Props<'_>,
    key: &'static str,
    wanted: impl Display,
    is_right: impl Fn(&T) -> bool,
) -> Result<T, Fault> {
    let value = text(props, key)?;
    let bad = || Fault::Bad { key, value: value.to_owned(), wanted: wanted.to_string() };
    value.parse().ok().filter(is_right).ok_or_else(bad)
}
