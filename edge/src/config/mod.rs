//! The configuration: one TOML file, with the options of the command line merged into it,
//! checked once. Later code uses the [`Settings`] and never checks again.
//!
//! - [`mod@file`]: every key with its default
//! - [`schema`]: the search for unknown keys
//! - [`validate`]: the check
//! - [`settings`]: its result

pub(crate) mod file;
mod schema;
pub(crate) mod settings;
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
    #[error("{path:?}, line {line}: {section} has no key {key:?}; did you mean {nearest:?}?")]
    UnknownKey { path: PathBuf, line: usize, section: String, key: String, nearest: &'static str },
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
    let text = fs::read_to_string(path)
        .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    parse(&text, path)
}

/// Reads the text of a file. `path` is for error messages.
fn parse(text: &str, path: &Path) -> Result<ConfigFile, ConfigError> {
    let syntax_error = |error: toml::de::Error| ConfigError::Syntax {
        path: path.to_owned(),
        line: line_at(text, error.span().map_or(0, |span| span.start)),
        message: error.message().to_owned(),
    };
    let table = DeTable::parse(text).map_err(syntax_error)?;
    if let Some(unknown) = Schema::of::<ConfigFile>().first_unknown_key(table.get_ref()) {
        return Err(ConfigError::UnknownKey {
            path: path.to_owned(),
            line: line_at(text, unknown.span.start),
            section: unknown.section,
            key: unknown.key,
            nearest: unknown.nearest,
        });
    }
    toml::from_str(text).map_err(syntax_error)
}

/// Returns the number of the line, from 1, that contains a byte of the text.
fn line_at(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or_default().matches('\n').count() + 1
}
