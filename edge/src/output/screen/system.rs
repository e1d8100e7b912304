//! The screens of this machine.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use common::geometry::Size;
use image::RgbImage;

use crate::output::screen::card::kms::KmsCard;
use crate::output::screen::card::screen::CardScreen;
use crate::output::screen::choose::{Chosen, ChosenConnector, Devices, choose};
use crate::output::screen::framebuffer::Framebuffer;
use crate::output::screen::rotate::RotatedDisplay;
use crate::output::screen::settings::ScreenSettings;
use crate::output::screen::{Display, ScreenError};
use crate::util::numbered::numbered_entries;

/// The folders of graphics cards and of framebuffers.
const CARDS: &str = "/dev/dri";
const FRAMEBUFFERS: &str = "/dev";

/// The devices of this machine.
pub(super) struct SystemDevices;

impl Devices for SystemDevices {
    type Card = KmsCard;

    fn cards(&self) -> Vec<PathBuf> {
        // A system without graphics cards has no such folder.
        numbered_entries(Path::new(CARDS), "card").unwrap_or_default()
    }

    fn is_card(&self, path: &Path) -> bool {
        let leads_to_card = |device: PathBuf| device.starts_with(CARDS);
        path.starts_with(CARDS) || fs::canonicalize(path).is_ok_and(leads_to_card)
    }

    fn open_card(&self, path: &Path) -> io::Result<KmsCard> {
        KmsCard::open(path)
    }

    fn framebuffers(&self) -> Vec<(PathBuf, bool)> {
        let paths = numbered_entries(Path::new(FRAMEBUFFERS), "fb").unwrap_or_default();
        paths.into_iter().map(|path| (path.clone(), belongs_to_card(&path))).collect()
    }
}

/// An open screen.
#[derive(Debug)]
pub(crate) enum SystemScreen {
    Connector(CardScreen<KmsCard>),
    Framebuffer(Framebuffer),
}

/// Opens the screen that the settings mean.
///
/// # Errors
/// It is missing, not plugged in, used by another program, or not accessible to the user.
pub(crate) fn open(settings: &ScreenSettings) -> Result<RotatedDisplay<SystemScreen>, ScreenError> {
    let screen = match choose(&settings.id, &SystemDevices)? {
        Chosen::Framebuffer(path) => {
            let screen = Framebuffer::open(&path)?;
            log::info!("the screen is the framebuffer {}", path.display());
            SystemScreen::Framebuffer(screen)
        }
        Chosen::Connector(chosen) => {
            let text = chosen.to_string();
            let ChosenConnector { card, path, position, connector, mode } = chosen;
            let screen = CardScreen::light(card, path, (position, connector.name), mode)?;
            log::info!("the screen is {text}");
            SystemScreen::Connector(screen)
        }
    };
    Ok(RotatedDisplay::new(screen, settings.rotation))
}

impl Display for SystemScreen {
    fn size(&self) -> Size {
        match self {
            SystemScreen::Connector(screen) => screen.size(),
            SystemScreen::Framebuffer(screen) => screen.size(),
        }
    }

    fn put(&mut self, image: &RgbImage) -> Result<(), ScreenError> {
        match self {
            SystemScreen::Connector(screen) => screen.put(image),
            SystemScreen::Framebuffer(screen) => screen.put(image),
        }
    }
}

/// Whether the kernel shows a framebuffer by a graphics card.
fn belongs_to_card(framebuffer: &Path) -> bool {
    let name = framebuffer.file_name().unwrap_or_default();
    Path::new("/sys/class/graphics").join(name).join("device/drm").is_dir()
}
