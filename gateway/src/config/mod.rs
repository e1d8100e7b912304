//! The configuration: one TOML file. [deploy/gateway.toml](../../../deploy/gateway/gateway.toml) shows every key
//! with its default.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The content of the file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub feed: FeedConfig,
    pub http: HttpConfig,
}

/// Where the feed of the recogniser is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeedConfig {
    pub socket: PathBuf,
    /// The largest width of the page's picture in pixels.
    pub preview_width: u32,
    /// The most pictures in a second, while somebody looks at the page.
    pub preview_frames_per_second: f32,
}

/// The page and the metrics.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// Where the page is served; empty for nowhere.
    pub listen: Vec<SocketAddr>,
    /// Names by which browsers may reach the page, beside the addresses of the device, `localhost` and
    /// the name of the machine with and without `.local`.
    pub hosts: Vec<String>,
    /// A file with the token that is asked of everybody who is not on the device itself.
    pub token_file: PathBuf,
}

/// A configuration that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("can't read the configuration {path:?}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path:?}: {source}")]
    Syntax { path: PathBuf, source: Box<toml::de::Error> },
    #[error("{path:?}: {key} is {value}, but must be {expected}")]
    Value { path: PathBuf, key: &'static str, value: String, expected: &'static str },
}

impl Default for FeedConfig {
    fn default() -> Self {
        Self {
            socket: feed::DEFAULT_SOCKET.into(),
            preview_width: 640,
            preview_frames_per_second: 5.0,
        }
    }
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 8480))],
            hosts: Vec::new(),
            token_file: "/etc/cardsight/gateway.token".into(),
        }
    }
}

impl Config {
    /// Reads a file and checks it.
    ///
    /// # Errors
    /// The file can't be read, is not TOML, has an unknown key, or a value is out of its range.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// Reads the text of a file. `path` is for messages.
    fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|source| ConfigError::Syntax {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        let invalid = |key, value: String, expected| {
            Err(ConfigError::Value { path: path.to_owned(), key, value, expected })
        };
        let FeedConfig { preview_width: width, preview_frames_per_second: rate, .. } = config.feed;
        if !(64..=1920).contains(&width) {
            return invalid("feed.preview_width", width.to_string(), "between 64 and 1920");
        }
        if !(0.1..=30.0).contains(&rate) {
            let expected = "between 0.1 and 30";
            return invalid("feed.preview_frames_per_second", rate.to_string(), expected);
        }
        Ok(config)
    }

    /// Returns what the configuration means, for people.
    pub fn explanation(&self) -> String {
        let FeedConfig { socket, preview_width, preview_frames_per_second } = &self.feed;
        let listen: Vec<String> = self.http.listen.iter().map(SocketAddr::to_string).collect();
        let page = if listen.is_empty() { "nowhere".to_owned() } else { listen.join(", ") };
        format!(
            "feed: {}, pictures up to {preview_width} pixels wide, {preview_frames_per_second} a \
             second\npage and metrics: {page}",
            socket.display(),
        )
    }
}

#[cfg(test)]
mod tests;
