//! The configuration: one TOML file, with the options of the command line merged into it,
//! checked once. Later code uses the [`Settings`] and never checks again.
//!
//! - [`mod@file`]: every key with its default
//! - [`schema`]: the search for unknown keys
//! - [`validate`]: the check
//! - [`source`]: the forms of a source
//! - [`settings`]: its result

pub(crate) mod file;
mod schema;
pub(crate) mod settings;
mod source;
#[cfg(test)]
mod tests;
mod validate;

use std::fs;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::config::file::ConfigFile;
use crate::config::schema::Schema;
pub(crate) use crate::config::settings::Settings;
use crate::config::validate::InvalidConfig;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("can't read the configuration {path:?}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path:?}, line {line}: {message}")]
    Syntax { path: PathBuf, line: usize, message: String },
    #[error(
        "{path:?} is UTF-16 text; save it as UTF-8, for example with \
         `iconv -f UTF-16 -t UTF-8 OLD > NEW`, or as \"UTF-8\" in the editor's dialog"
    )]
    Utf16 { path: PathBuf },
    #[error("{path:?}, line {line}: this is not UTF-8 text; save the file as UTF-8")]
    NotUtf8 { path: PathBuf, line: usize },
    #[error("{path:?}, line {line}: {section} has no key {key:?}; {suggestion}")]
    UnknownKey { path: PathBuf, line: usize, section: String, key: String, suggestion: String },
    #[error("{path:?}")]
    InvalidFile { path: PathBuf, source: InvalidConfig },
    /// There is no file: the fault is in the options of the command line.
    #[error(transparent)]
    InvalidOptions(InvalidConfig),
}

/// Returns the settings of a file, or the defaults without one, after `merge` has overridden
/// them with the options of the command line.
///
/// # Errors
/// The file cannot be read, is not TOML, or has an unknown key; or a value is not valid.
pub(crate) fn load(
    path: Option<&Path>,
    merge: impl FnOnce(&mut ConfigFile),
) -> Result<Settings, ConfigError> {
    let mut file = path.map_or_else(|| Ok(ConfigFile::default()), read)?;
    merge(&mut file);
    file.validate().map_err(|source| match path {
        Some(path) => ConfigError::InvalidFile { path: path.to_owned(), source },
        None => ConfigError::InvalidOptions(source),
    })
}

/// Returns the settings of a file without options of the command line.
///
/// # Errors
/// See [`load`].
pub(crate) fn load_file(path: &Path) -> Result<Settings, ConfigError> {
    load(Some(path), |_| {})
}

/// Returns the settings of a machine that nobody configured.
pub(crate) fn defaults() -> Settings {
    ConfigFile::default().validate().expect("the defaults are valid")
}

fn read(path: &Path) -> Result<ConfigFile, ConfigError> {
    let bytes =
        fs::read(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    parse(text_of(&bytes, path)?, path)
}

/// The content of a file as text, without a byte order mark.
fn text_of<'a>(bytes: &'a [u8], path: &Path) -> Result<&'a str, ConfigError> {
    // A configuration begins with an ASCII character.
    let is_utf16 = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [_, 0, ..] | [0, _, ..]);
    if is_utf16 {
        return Err(ConfigError::Utf16 { path: path.to_owned() });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = &bytes[..error.valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        ConfigError::NotUtf8 { path: path.to_owned(), line }
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Reads the text of a file. `path` is for error messages.
fn parse(text: &str, path: &Path) -> Result<ConfigFile, ConfigError> {
    let syntax_error = |error: toml::de::Error| ConfigError::Syntax {
        path: path.to_owned(),
        line: line_at(text, error.span().map_or(0, |span| span.start)),
        message: with_hint(error.message()),
    };
    let table = DeTable::parse(text).map_err(syntax_error)?;
    if let Some(unknown) = Schema::of::<ConfigFile>().first_unknown_key(table.get_ref()) {
        return Err(ConfigError::UnknownKey {
            path: path.to_owned(),
            line: line_at(text, unknown.span.start),
            section: unknown.section,
            key: unknown.key,
            suggestion: unknown.suggestion,
        });
    }
    toml::from_str(text).map_err(syntax_error)
}

/// A message of the parser; where it is about quotes, with the remedy.
fn with_hint(message: &str) -> String {
    let quoted =
        message.strip_prefix("invalid type: string \"").and_then(|rest| rest.split_once('"'));
    match quoted {
        Some((value, _)) if value.parse::<f64>().is_ok() || matches!(value, "true" | "false") => {
            format!("{message}; write {value} without quotes")
        }
        _ => message.to_owned(),
    }
}

/// Returns the number of the line, from 1, that contains a byte of the text.
fn line_at(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or_default().matches('\n').count() + 1
}
