//! Which screen is meant, and how it is turned.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::output::screen::rotate::Rotation;

/// The screen of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScreenSettings {
    pub(crate) id: ScreenId,
    pub(crate) rotation: Rotation,
}

/// How a configuration names a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ScreenId {
    /// The first screen that is plugged in, on whichever card.
    Auto,
    /// A graphics card such as /dev/dri/card1, or a framebuffer such as /dev/fb0.
    Device(PathBuf),
    /// A connector such as "HDMI-A-1", or "card1-HDMI-A-1" where several cards have one.
    Connector(String),
}

impl ScreenId {
    /// Reads "auto", an absolute path, or the name of a connector, which ends in a number.
    /// Returns `None` for anything else.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let is_number =
            |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        match text.trim() {
            "auto" => Some(ScreenId::Auto),
            path if Path::new(path).is_absolute() => Some(ScreenId::Device(path.into())),
            name => {
                let (kind, number) = name.rsplit_once('-')?;
                let is_name = !kind.is_empty() && is_number(number);
                is_name.then(|| ScreenId::Connector(name.to_owned()))
            }
        }
    }
}

impl fmt::Display for ScreenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ScreenId::Auto => f.write_str("the first that is plugged in"),
            ScreenId::Device(path) => path.display().fmt(f),
            ScreenId::Connector(name) => write!(f, "connector {name}"),
        }
    }
}

impl fmt::Display for ScreenSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rotation {
            Rotation::None => self.id.fmt(f),
            rotation => write!(f, "{}, turned by {}°", self.id, rotation.degrees()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_is_named_by_auto_a_path_or_a_connector() {
        assert_eq!(ScreenId::from_text("auto"), Some(ScreenId::Auto));
        for path in ["/dev/dri/card1", "/dev/fb0"] {
            assert_eq!(ScreenId::from_text(path), Some(ScreenId::Device(path.into())));
        }
        for name in ["HDMI-A-1", "DSI-1", "card1-HDMI-A-2"] {
            assert_eq!(ScreenId::from_text(name), Some(ScreenId::Connector(name.into())));
        }
        for text in ["", "hdmi", "HDMI-A-", "-1", "fb0", "none"] {
            assert_eq!(ScreenId::from_text(text), None, "{text}");
        }
    }

    #[test]
    fn the_rotation_is_described_when_there_is_one() {
        let mut settings = ScreenSettings { id: ScreenId::Auto, rotation: Rotation::None };
        assert_eq!(settings.to_string(), "the first that is plugged in");
        settings.rotation = Rotation::Quarter;
        assert_eq!(settings.to_string(), "the first that is plugged in, turned by 90°");
    }
}
