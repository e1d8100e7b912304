//! A connector of a graphics card as a display.

use std::io;
use std::path::{Path, PathBuf};

use common::geometry::Size;
use image::RgbImage;

use crate::output::screen::card::Card;
use crate::output::screen::layout::Layout;
use crate::output::screen::{Display, ScreenError};
use crate::util::errno::ErrnoKind;

/// A lit connector.
#[derive(Debug)]
pub(crate) struct CardScreen<C> {
    card: C,
    path: PathBuf,
    connector: String,
    layout: Layout,
}

impl<C: Card> CardScreen<C> {
    /// Lights a connector of a card. `connector` is its position and its name, `mode` a position
    /// too.
    ///
    /// # Errors
    /// Another program shows images on the card, or the card fails.
    pub(crate) fn light(
        mut card: C,
        path: PathBuf,
        (position, connector): (usize, String),
        mode: usize,
    ) -> Result<Self, ScreenError> {
        take(&mut card, &path)?;
        let layout = card.light(position, mode).map_err(|error| failed(&path, error))?;
        Ok(Self { card, path, connector, layout })
    }
}

/// Takes the right to show images.
///
/// # Errors
/// Another program has it.
pub(crate) fn take(card: &mut impl Card, path: &Path) -> Result<(), ScreenError> {
    card.take().map_err(|error| failed(path, error))
}

/// The error of a card that is open. The kernel then denies what only one program may do.
fn failed(path: &Path, error: io::Error) -> ScreenError {
    match ErrnoKind::of(&error) {
        ErrnoKind::PermissionDenied | ErrnoKind::Busy => ScreenError::held(path),
        _ => ScreenError::of_io(path, error),
    }
}

impl<C: Card> Display for CardScreen<C> {
    fn size(&self) -> Size {
        Size::new(self.layout.width, self.layout.height)
    }

    fn put(&mut self, image: &RgbImage) -> Result<(), ScreenError> {
        let error = |error| failed(&self.path, error);
        if !self.card.is_plugged().map_err(error)? {
            return Err(ScreenError::Unplugged { connectors: self.connector.clone() });
        }
        self.card.write(&self.layout.pack(image)).map_err(error)
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;
    use crate::output::screen::card::Plug;
    use crate::output::screen::card::fake::{FakeCard, connector};

    fn screen(card: &FakeCard) -> Result<CardScreen<FakeCard>, ScreenError> {
        let mut opened = card.open();
        opened.connectors().unwrap();
        CardScreen::light(opened, "/dev/dri/card0".into(), (0, "HDMI-A-1".into()), 0)
    }

    fn red(screen: &impl Display) -> RgbImage {
        RgbImage::from_pixel(screen.size().width, screen.size().height, Rgb([255, 0, 0]))
    }

    #[test]
    fn an_image_is_shown_opaque_and_the_console_returns_at_the_end() {
        let card = FakeCard::new(vec![connector("HDMI-A-1")]);
        let mut screen = screen(&card).unwrap();
        assert_eq!(card.lit(), Some(0));
        screen.put(&red(&screen)).unwrap();
        let shown = card.images().pop().unwrap();
        assert!(shown.chunks_exact(4).all(|pixel| pixel == [0, 0, 255, 255]));
        drop(screen);
        assert_eq!(card.lit(), None, "what was there before is shown again");
    }

    #[test]
    fn a_screen_that_is_pulled_out_is_named() {
        let card = FakeCard::new(vec![connector("HDMI-A-1")]);
        let mut screen = screen(&card).unwrap();
        card.plug(0, Plug::Out);
        let error = screen.put(&red(&screen)).unwrap_err();
        assert!(matches!(&error, ScreenError::Unplugged { .. }), "{error}");
        assert!(error.to_string().contains("HDMI-A-1"), "{error}");
    }

    #[test]
    fn a_card_that_another_program_uses_is_named_and_works_when_that_ends() {
        let card = FakeCard::new(vec![connector("HDMI-A-1")]);
        card.set_held(true);
        let error = screen(&card).unwrap_err();
        assert!(matches!(&error, ScreenError::Held { .. }), "{error}");
        card.set_held(false);
        screen(&card).unwrap();
    }

    #[test]
    fn a_second_program_can_not_show_images_on_the_same_card() {
        let card = FakeCard::new(vec![connector("HDMI-A-1")]);
        let first = screen(&card).unwrap();
        assert!(matches!(screen(&card), Err(ScreenError::Held { .. })));
        drop(first);
        screen(&card).unwrap();
    }
}
