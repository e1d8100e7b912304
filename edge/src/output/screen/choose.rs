//! The screen of the system that the settings mean. Connectors of graphics cards come first; a
//! framebuffer is used where it is named, or where there is none of these.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use common::geometry::Size;
use image::RgbImage;
use rustix::io::Errno;

use crate::output::screen::card::kms::KmsCard;
use crate::output::screen::card::screen::CardScreen;
use crate::output::screen::card::{Card, Connector, Plug};
use crate::output::screen::framebuffer::Framebuffer;
use crate::output::screen::rotate::RotatedDisplay;
use crate::output::screen::settings::{ScreenId, ScreenSettings};
use crate::output::screen::{Display, ScreenError};
use crate::util::list::choice;
use crate::util::numbered::numbered_entries;

/// The folders of graphics cards and of framebuffers.
const CARDS: &str = "/dev/dri";
const FRAMEBUFFERS: &str = "/dev";

/// The screens of a system.
pub(super) trait Devices {
    type Card: Card;

    /// The paths of all graphics cards, sorted by their numbers.
    fn cards(&self) -> Vec<PathBuf>;

    /// Opens a card.
    fn open_card(&self, path: &Path) -> io::Result<Self::Card>;

    /// The framebuffers, each with whether it shows its image by a graphics card.
    fn framebuffers(&self) -> Vec<(PathBuf, bool)>;
}

/// The devices of this machine.
pub(super) struct SystemDevices;

impl Devices for SystemDevices {
    type Card = KmsCard;

    fn cards(&self) -> Vec<PathBuf> {
        // A system without graphics cards has no such folder.
        numbered_entries(Path::new(CARDS), "card").unwrap_or_default()
    }

    fn open_card(&self, path: &Path) -> io::Result<KmsCard> {
        KmsCard::open(path)
    }

    fn framebuffers(&self) -> Vec<(PathBuf, bool)> {
        let paths = numbered_entries(Path::new(FRAMEBUFFERS), "fb").unwrap_or_default();
        paths.into_iter().map(|path| (path.clone(), belongs_to_card(&path))).collect()
    }
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
        ScreenId::Device(path) if is_card(path) => {
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
    cards: Vec<OpenCard<C>>,
    is_meant: impl Fn(&Path, &Connector) -> bool,
) -> Result<ChosenConnector<C>, ScreenError> {
    let mut found = None;
    let mut empty = Vec::new();
    for OpenCard { card, path, connectors } in cards {
        let connectors = connectors.into_iter().enumerate();
        let meant: Vec<_> = connectors.filter(|(_, other)| is_meant(&path, other)).collect();
        empty.extend(meant.iter().map(|(_, connector)| connector.name.clone()));
        let usable = meant.into_iter().filter_map(|(position, connector)| {
            connector.usable_mode().map(|mode| (position, connector, mode))
        });
        let Some((position, connector, mode)) =
            usable.min_by_key(|(_, connector, _)| connector.plug == Plug::Unknown)
        else {
            continue;
        };
        let is_certain = connector.plug == Plug::In;
        if found.is_none() || is_certain {
            found = Some(ChosenConnector { card, path, position, connector, mode });
        }
        if is_certain {
            break;
        }
    }
    found.ok_or_else(|| ScreenError::Unplugged { connectors: choice(&empty) })
}

/// Whether a path, or what it leads to, is a graphics card.
fn is_card(path: &Path) -> bool {
    path.starts_with(CARDS) || fs::canonicalize(path).is_ok_and(|device| device.starts_with(CARDS))
}

/// Whether the kernel shows a framebuffer by a graphics card.
fn belongs_to_card(framebuffer: &Path) -> bool {
    let name = framebuffer.file_name().unwrap_or_default();
    Path::new("/sys/class/graphics").join(name).join("device/drm").is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::screen::card::fake::{FakeCard, connector};

    /// A system with cards, which may refuse to be opened, and framebuffers.
    #[derive(Default)]
    struct FakeDevices {
        cards: Vec<Result<FakeCard, Errno>>,
        framebuffers: Vec<(PathBuf, bool)>,
    }

    impl Devices for FakeDevices {
        type Card = FakeCard;

        fn cards(&self) -> Vec<PathBuf> {
            (0..self.cards.len()).map(|number| format!("/dev/dri/card{number}").into()).collect()
        }

        fn open_card(&self, path: &Path) -> io::Result<FakeCard> {
            let position = self.cards().iter().position(|card| card == path);
            let card = &self.cards[position.ok_or(Errno::NOENT)?];
            card.as_ref().map(FakeCard::open).map_err(|errno| (*errno).into())
        }

        fn framebuffers(&self) -> Vec<(PathBuf, bool)> {
            self.framebuffers.clone()
        }
    }

    fn card(connectors: &[(&str, Plug)]) -> Result<FakeCard, Errno> {
        let described = |(name, plug): &(&str, Plug)| Connector { plug: *plug, ..connector(name) };
        Ok(FakeCard::new(connectors.iter().map(described).collect()))
    }

    /// What is chosen, as text.
    fn chosen(id: &str, devices: &FakeDevices) -> String {
        match choose(&ScreenId::from_text(id).unwrap(), devices) {
            Ok(Chosen::Framebuffer(path)) => path.display().to_string(),
            Ok(Chosen::Connector(chosen)) => {
                format!("{} of {}", chosen.connector.name, chosen.path.display())
            }
            Err(error) => error.to_string(),
        }
    }

    fn raspberry_pi() -> FakeDevices {
        FakeDevices {
            cards: vec![
                card(&[]),
                card(&[
                    ("HDMI-A-1", Plug::Out),
                    ("HDMI-A-2", Plug::In),
                    ("Composite-1", Plug::Unknown),
                ]),
            ],
            framebuffers: vec![("/dev/fb0".into(), true)],
        }
    }

    #[test]
    fn auto_takes_the_first_screen_that_is_plugged_in() {
        let devices = raspberry_pi();
        assert_eq!(chosen("auto", &devices), "HDMI-A-2 of /dev/dri/card1");
        let Ok(second) = &devices.cards[1] else { unreachable!() };
        second.plug(1, Plug::Out);
        assert_eq!(chosen("auto", &devices), "Composite-1 of /dev/dri/card1");
        second.plug(2, Plug::Out);
        let text = chosen("auto", &devices);
        assert!(text.contains("HDMI-A-1, HDMI-A-2 or Composite-1"), "{text}");
        second.plug(0, Plug::In);
        assert_eq!(chosen("auto", &devices), "HDMI-A-1 of /dev/dri/card1");
    }

    #[test]
    fn auto_falls_back_to_a_framebuffer_that_shows_its_image_itself() {
        let mut devices = raspberry_pi();
        devices.cards[1] = card(&[("HDMI-A-1", Plug::Out)]);
        assert!(chosen("auto", &devices).contains("no screen is plugged into HDMI-A-1"));
        devices.framebuffers.push(("/dev/fb1".into(), false));
        assert_eq!(chosen("auto", &devices), "/dev/fb1");
        devices.cards.clear();
        assert_eq!(chosen("auto", &devices), "/dev/fb0");
        devices.framebuffers.clear();
        assert!(chosen("auto", &devices).contains("neither a graphics card"));
        devices.cards = vec![Err(Errno::ACCESS)];
        assert!(chosen("auto", &devices).contains("permission denied"));
    }

    #[test]
    fn a_connector_is_found_by_its_name_on_any_card() {
        let mut devices = raspberry_pi();
        devices.cards.push(card(&[("HDMI-A-2", Plug::In)]));
        assert_eq!(chosen("hdmi-a-2", &devices), "HDMI-A-2 of /dev/dri/card1");
        assert_eq!(chosen("card2-HDMI-A-2", &devices), "HDMI-A-2 of /dev/dri/card2");
        assert!(chosen("HDMI-A-1", &devices).contains("no screen is plugged into HDMI-A-1"));
        let text = chosen("DSI-1", &devices);
        assert!(text.contains("no connector DSI-1; the system has HDMI-A-1, HDMI-A-2"), "{text}");
    }

    #[test]
    fn a_card_or_a_framebuffer_is_found_by_its_path() {
        let devices = raspberry_pi();
        assert_eq!(chosen("/dev/dri/card1", &devices), "HDMI-A-2 of /dev/dri/card1");
        assert!(chosen("/dev/dri/card0", &devices).contains("has no connectors"));
        assert!(chosen("/dev/dri/card7", &devices).contains("there is no screen"));
        assert_eq!(chosen("/dev/fb3", &devices), "/dev/fb3");
    }
}
