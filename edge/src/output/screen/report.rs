//! What `cardsight doctor` reports about screens.

use std::path::Path;

use common::error::chain;

use crate::output::screen::ScreenError;
use crate::output::screen::card::kms::KmsCard;
use crate::output::screen::card::screen::take;
use crate::output::screen::choose::{Chosen, Devices as _, choose, connectors_of};
use crate::output::screen::framebuffer::Framebuffer;
use crate::output::screen::settings::ScreenSettings;
use crate::output::screen::system::SystemDevices;

/// A line for each graphics card, with all its connectors, and for each framebuffer.
pub(crate) fn list_screens() -> Vec<String> {
    let cards = SystemDevices.cards().into_iter().map(|path| line(&path, describe_card));
    let framebuffers = SystemDevices.framebuffers().into_iter();
    let framebuffers = framebuffers.map(|(path, _)| line(&path, describe_framebuffer));
    cards.chain(framebuffers).collect()
}

fn line(path: &Path, describe: impl Fn(&Path) -> Result<String, ScreenError>) -> String {
    // The messages of errors name the path.
    match describe(path) {
        Ok(text) => format!("{}: {text}", path.display()),
        Err(error) => chain(&error),
    }
}

fn describe_card(path: &Path) -> Result<String, ScreenError> {
    let error = |error| ScreenError::of_io(path, error);
    let mut card = KmsCard::open(path).map_err(error)?;
    let driver = card.driver().map_err(error)?;
    let connectors = connectors_of(path, &mut card)?;
    let lines: String = connectors.iter().map(|connector| format!("\n  {connector}")).collect();
    Ok(format!("driver {driver}, {} connectors{lines}", connectors.len()))
}

fn describe_framebuffer(path: &Path) -> Result<String, ScreenError> {
    Ok(Framebuffer::open(path)?.layout().to_string())
}

/// Chooses the configured screen, without showing anything on it. The text describes it.
///
/// # Errors
/// It can't be used.
pub(crate) fn check_screen(settings: &ScreenSettings) -> Result<String, ScreenError> {
    match choose(&settings.id, &SystemDevices)? {
        Chosen::Framebuffer(path) => {
            describe_framebuffer(&path).map(|text| format!("{}, {text}", path.display()))
        }
        Chosen::Connector(mut chosen) => {
            take(&mut chosen.card, &chosen.path)?;
            Ok(chosen.to_string())
        }
    }
}
