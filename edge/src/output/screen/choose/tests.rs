//! Choosing a screen on systems with scripted cards and framebuffers.

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

    fn is_card(&self, path: &Path) -> bool {
        path.starts_with("/dev/dri")
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
