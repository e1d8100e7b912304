//! Graphics cards, which show images on connectors such as HDMI (DRM/KMS).
//!
//! - [`kms`]: the cards of the kernel
//! - [`mod@screen`]: a connector as a display
//! - `fake`: a card without hardware, for tests

#[cfg(test)]
pub(crate) mod fake;
pub(crate) mod kms;
pub(crate) mod screen;

use std::cmp::Reverse;
use std::fmt;
use std::io;

use common::geometry::Size;

use crate::output::screen::layout::Layout;

/// The largest image that is drawn if the connector offers a choice: all images are composed by the
/// processor, and those of a 4K screen would take most of the time and memory of a small board.
const LARGEST: Size = Size { width: 1920, height: 1200 };

/// An open graphics card. When it is dropped, the screen shows again what it showed before.
pub(crate) trait Card {
    /// All connectors, in the order of the driver. The card looks again at what is plugged in,
    /// which takes up to a few hundred milliseconds.
    fn connectors(&mut self) -> io::Result<Vec<Connector>>;

    /// Takes the right to show images. At most one program has it: the first that has opened the
    /// card since the last one closed it.
    ///
    /// # Errors
    /// EACCES or EBUSY: another program has this right.
    fn take(&mut self) -> io::Result<()>;

    /// Lights a connector with one of its modes, black. Returns the layout of its memory.
    /// Both are positions in the last answer of [`Card::connectors`].
    fn light(&mut self, connector: usize, mode: usize) -> io::Result<Layout>;

    /// Whether a screen is still plugged into the lit connector.
    fn is_plugged(&mut self) -> io::Result<bool>;

    /// Shows the pixels of an image, which have the layout of the lit connector.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// A socket of a graphics card, or a panel that is built in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Connector {
    /// The kernel's name, such as "HDMI-A-1".
    pub name: String,
    pub plug: Plug,
    /// What the screen can show; empty if nothing is plugged in.
    pub modes: Vec<Mode>,
}

/// Whether a screen is plugged into a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plug {
    In,
    /// The hardware can't detect it, as with composite video.
    Unknown,
    Out,
}

/// A size and a rate that a screen can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mode {
    /// In pixels.
    pub size: Size,
    /// In hertz.
    pub rate: u32,
    /// Whether the screen names it as its own size.
    pub is_preferred: bool,
    /// Whether each image has only every second line.
    pub is_interlaced: bool,
}

impl Connector {
    /// The position of the mode to use: the screen's own one, or, if that is too large, the
    /// largest that is not. `None` if it has no mode.
    fn best_mode(&self) -> Option<usize> {
        let rank = |mode: &Mode| {
            let Size { width, height } = mode.size;
            let is_large = width > LARGEST.width || height > LARGEST.height;
            let pixels = u64::from(width) * u64::from(height);
            // Of modes that are all too large, the smallest is the best.
            let pixels = if is_large { i128::from(pixels) } else { -i128::from(pixels) };
            (is_large, mode.is_interlaced, !mode.is_preferred, pixels, Reverse(mode.rate))
        };
        let ranked = self.modes.iter().enumerate().map(|(index, mode)| (rank(mode), index));
        ranked.min().map(|(_, index)| index)
    }

    /// The position of the best mode, if something may be plugged in.
    pub(crate) fn usable_mode(&self) -> Option<usize> {
        self.best_mode().filter(|_| self.plug != Plug::Out)
    }
}

impl fmt::Display for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.usable_mode() {
            Some(mode) => write!(f, "{} with {}", self.name, self.modes[mode]),
            None => write!(f, "{}, nothing plugged in", self.name),
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{} pixels at {} Hz", self.size.width, self.size.height, self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::fake::{connector, mode};
    use super::*;

    fn best(modes: Vec<Mode>) -> Option<(u32, u32, u32)> {
        let connector = Connector { modes, ..connector("HDMI-A-1") };
        let best = connector.modes[connector.best_mode()?];
        Some((best.size.width, best.size.height, best.rate))
    }

    #[test]
    fn the_screens_own_mode_is_used_unless_it_is_too_large() {
        let own = |width, height| Mode { is_preferred: true, ..mode(width, height, 60) };
        assert_eq!(best(vec![mode(1920, 1080, 60), own(800, 480)]), Some((800, 480, 60)));
        let modes = vec![own(3840, 2160), mode(1280, 720, 60), mode(1920, 1080, 50)];
        assert_eq!(best(modes), Some((1920, 1080, 50)));
        assert_eq!(best(vec![own(3840, 2160)]), Some((3840, 2160, 60)), "there is no other");
        assert_eq!(best(vec![]), None);
    }

    #[test]
    fn of_equal_sizes_the_fastest_that_is_not_interlaced_is_used() {
        let interlaced = Mode { is_interlaced: true, ..mode(1920, 1080, 120) };
        let modes = vec![interlaced, mode(1920, 1080, 30), mode(1920, 1080, 60)];
        assert_eq!(best(modes), Some((1920, 1080, 60)));
    }
}
