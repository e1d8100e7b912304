//! Which of a system's screens the settings mean. Connectors of graphics cards come first; a
//! framebuffer is used where it is named, or where there is none of these.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::output::screen::ScreenError;
use crate::output::screen::card::{Card, Connector, Plug};
use crate::output::screen::settings::ScreenId;
use crate::util::list::choice;

/// The screens of a system.
pub(super) trait Devices {
    type Card: Card;

    /// The paths of all graphics cards, sorted by their numbers.
    fn cards(&self) -> Vec<PathBuf>;

    /// Whether a path, or what it leads to, is a graphics card.
    fn is_card(&self, path: &Path) -> bool;

    /// Opens a card.
    fn open_card(&self, path: &Path) -> io::Result<Self::Card>;

    /// The framebuffers, each with whether it shows its image by a graphics card.
    fn framebuffers(&self) -> Vec<(PathBuf, bool)>;
}

/// A screen that was chosen and does not show anything yet.
#[derive(Debug)]
pub(super) enum Chosen<C> {
    Connector(ChosenConnector<C>),
    Framebuffer(PathBuf),
}

/// A connector that a screen is plugged into.
#[derive(Debug)]
pub(super) struct ChosenConnector<C> {
    pub card: C,
    pub path: PathBuf,
    /// Its position on the card.
    pub position: usize,
    pub connector: Connector,
    /// The position of the mode to use.
    pub mode: usize,
}

impl<C> fmt::Display for ChosenConnector<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.connector, self.path.display())
    }
}

/// Chooses a screen.
///
/// # Errors
/// None of those that are meant can be used.
pub(super) fn choose<D: Devices>(
    id: &ScreenId,
    devices: &D,
) -> Result<Chosen<D::Card>, ScreenError> {
    match id {
        ScreenId::Auto => choose_any(devices),
        ScreenId::Connector(name) => choose_by_name(name, devices).map(Chosen::Connector),
        ScreenId::Device(path) if devices.is_card(path) => {
            pick(vec![open_card(devices, path)?], |_, _| true).map(Chosen::Connector)
        }
        ScreenId::Device(path) => Ok(Chosen::Framebuffer(path.clone())),
    }
}

fn choose_any<D: Devices>(devices: &D) -> Result<Chosen<D::Card>, ScreenError> {
    let (cards, error) = open_cards(devices);
    let has_cards = !cards.is_empty();
    let picked = if has_cards {
        pick(cards, |_, _| true)
    } else {
        Err(error.unwrap_or(ScreenError::NoScreen))
    };
    // The image of a framebuffer that belongs to a card is visible only where something is
    // plugged into the card.
    let is_useful = |belongs_to_card: bool| !(has_cards && belongs_to_card);
    let mut framebuffers = devices.framebuffers().into_iter();
    picked.map(Chosen::Connector).or_else(|error| {
        let useful = framebuffers.find(|(_, belongs_to_card)| is_useful(*belongs_to_card));
        useful.map(|(path, _)| Chosen::Framebuffer(path)).ok_or(error)
    })
}

fn choose_by_name<D: Devices>(
    name: &str,
    devices: &D,
) -> Result<ChosenConnector<D::Card>, ScreenError> {
    let (cards, error) = open_cards(devices);
    let is_meant = |card: &Path, connector: &Connector| is_called(name, card, connector);
    if !cards.iter().any(|card| card.connectors.iter().any(|other| is_meant(&card.path, other))) {
        let names: Vec<&str> =
            cards.iter().flat_map(|card| &card.connectors).map(|other| &*other.name).collect();
        let present = if names.is_empty() { "none".into() } else { names.join(", ") };
        let missing = ScreenError::NoConnector { name: name.to_owned(), present };
        return Err(error.unwrap_or(missing));
    }
    pick(cards, is_meant)
}

/// Whether a configuration means a connector by "HDMI-A-1", or by "card1-HDMI-A-1", as it is called
/// in /sys/class/drm.
fn is_called(name: &str, card: &Path, connector: &Connector) -> bool {
    let card = card.file_name().unwrap_or_default().to_string_lossy();
    let full_name = format!("{card}-{}", connector.name);
    [connector.name.as_str(), &full_name].iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// A card with what it says about its connectors.
struct OpenCard<C> {
    card: C,
    path: PathBuf,
    connectors: Vec<Connector>,
}

/// Opens all cards that have connectors. Also returns why the first other card can't be opened.
fn open_cards<D: Devices>(devices: &D) -> (Vec<OpenCard<D::Card>>, Option<ScreenError>) {
    let (mut cards, mut first_error) = (Vec::new(), None);
    for path in devices.cards() {
        match open_card(devices, &path) {
            Ok(card) => cards.push(card),
            // Many cards only compute.
            Err(ScreenError::NoConnectors { .. }) => {}
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    (cards, first_error)
}

fn open_card<D: Devices>(devices: &D, path: &Path) -> Result<OpenCard<D::Card>, ScreenError> {
    let mut card = devices.open_card(path).map_err(|error| ScreenError::of_io(path, error))?;
    let connectors = connectors_of(path, &mut card)?;
    Ok(OpenCard { card, path: path.to_owned(), connectors })
}

/// The connectors of a card, of which there is at least one.
pub(super) fn connectors_of(
    path: &Path,
    card: &mut impl Card,
) -> Result<Vec<Connector>, ScreenError> {
    match card.connectors() {
        Ok(connectors) if !connectors.is_empty() => Ok(connectors),
        // A card that only computes may also refuse to be asked.
        Err(error) if Errno::from_io_error(&error) != Some(Errno::OPNOTSUPP) => {
            Err(ScreenError::of_io(path, error))
        }
        _ => Err(ScreenError::NoConnectors { path: path.to_owned() }),
    }
}

/// The first connector of those that are meant into which a screen is plugged. Where the
/// hardware can't detect this, a screen may be there, but others come first.
fn pick<C>(
    mut cards: Vec<OpenCard<C>>,
    is_meant: impl Fn(&Path, &Connector) -> bool,
) -> Result<ChosenConnector<C>, ScreenError> {
    let mut meant = Vec::new();
    let mut usable = Vec::new();
    for (number, OpenCard { path, connectors, .. }) in cards.iter().enumerate() {
        for (position, connector) in connectors.iter().enumerate() {
            if is_meant(path, connector) {
                let is_uncertain = connector.plug == Plug::Unknown;
                meant.push(&connector.name);
                usable.extend(
                    connector.usable_mode().map(|mode| (is_uncertain, number, position, mode)),
                );
            }
        }
    }
    let Some((_, number, position, mode)) = usable.into_iter().min() else {
        return Err(ScreenError::Unplugged { connectors: choice(&meant) });
    };
    let OpenCard { card, path, mut connectors } = cards.swap_remove(number);
    let connector = connectors.swap_remove(position);
    Ok(ChosenConnector { card, path, position, connector, mode })
}

#[cfg(test)]
mod tests;
