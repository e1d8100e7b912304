//! The page in a real browser. `CARDSIGHT_SCREENSHOTS` names a folder in which screenshots are kept.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use support::browser::{Browser, Look};
use support::device::{CARD, FakeDevice, gone, seen};
use support::{Gateway, TOKEN};

const DESKTOP: Look = Look { width: 1280, height: 900, is_dark: false };
const PHONE: Look = Look { width: 390, height: 844, is_dark: false };

/// Whether a part of the page is outside the window.
const IS_TOO_WIDE: &str = "document.documentElement.scrollWidth > innerWidth";

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

/// Checks what a person sees of the page, whatever the language.
fn assert_page_lives(browser: &mut Browser) {
    browser.wait_until("document.querySelectorAll('polygon.named').length == 1");
    browser.wait_until("document.querySelectorAll('#events li').length >= 2");
    browser.wait_until("document.querySelector('#picture').naturalWidth == 640");
    assert_eq!(browser.value_of("document.querySelector('#waiting').checkVisibility()"), false);
    // The outline is where the card is: its corners as shares of the picture.
    let share = |side: &str, size: &str, browser: &mut Browser| {
        number(&browser.value_of(&format!(
            "(() => {{ const p = document.querySelector('#picture').getBoundingClientRect();
               const o = document.querySelector('polygon.named').getBoundingClientRect();
               return (o.{side} - p.{side}) / p.{size}; }})()"
        )))
    };
    let (left, top) = (share("left", "width", browser), share("top", "height", browser));
    assert!((left - f64::from(CARD[0][0]) / 640.0).abs() < 0.02, "{left}");
    assert!((top - f64::from(CARD[0][1]) / 480.0).abs() < 0.02, "{top}");
    for id in ["focus", "exposure", "state", "cards", "leds", "device", "exposure-hint"] {
        let text = browser.value_of(&format!("document.querySelector('#{id}').innerText"));
        assert!(text.as_str().is_some_and(|text| text.len() > 1), "{id}: {text}");
    }
    let lit = browser.value_of("document.querySelectorAll('#leds li.lit').length");
    assert_eq!((number(&lit), browser.value_of(IS_TOO_WIDE)), (3.0, Value::Bool(false)));
    let foreign = browser.value_of(
        "performance.getEntriesByType('resource').filter(e => !e.name.startsWith(location.origin)).length",
    );
    assert_eq!(number(&foreign), 0.0);
}

fn kept_screenshots() -> Option<PathBuf> {
    std::env::var_os("CARDSIGHT_SCREENSHOTS").map(PathBuf::from)
}

/// Draws the picture on a canvas and returns a number that changes with its content.
const PICTURE_SUM: &str = "(() => { const c = document.createElement('canvas'); c.width = 640;
    c.height = 480; const x = c.getContext('2d'); x.drawImage(document.querySelector('#picture'), 0, 0);
    return x.getImageData(0, 410, 640, 1).data.reduce((sum, level, at) => (sum * 31 + level) % 65521, 0); })()";

#[test]
fn a_person_sees_the_picture_with_outlines_and_everything_else() {
    let device = FakeDevice::start();
    let gateway = Gateway::start(&device.socket);
    let is_done = AtomicBool::new(false);
    let kept = kept_screenshots();
    std::thread::scope(|scope| {
        scope.spawn(|| device.play(|| is_done.load(Ordering::SeqCst)));
        // The pictures end with the test, whatever its outcome.
        let _end = End(&is_done);
        gateway.wait_for("/metrics", "cardsight_frames_total{");
        device.send_event(seen(1));
        device.send_event(gone());
        let mut browser = Browser::start();
        let address = format!("http://{}", gateway.address);
        for (name, look, language) in [
            ("desktop-light", DESKTOP, "en"),
            ("desktop-dark", Look { is_dark: true, ..DESKTOP }, "en"),
            ("phone-light", PHONE, "en"),
            ("phone-dark-thai", Look { is_dark: true, ..PHONE }, "th"),
            ("desktop-thai", DESKTOP, "th"),
        ] {
            browser.look(look);
            browser.open(&format!("{address}/?lang={language}"));
            assert_page_lives(&mut browser);
            if let Some(folder) = &kept {
                browser.screenshot(&folder.join(format!("{name}.png")));
            }
        }
        // The picture moves.
        let before = browser.value_of(PICTURE_SUM);
        browser.wait_until(&format!("{PICTURE_SUM} != {before}"));
        // Events arrive, and the newest one is on top.
        device.send_event(seen(59));
        browser.wait_until(
            "document.querySelector('#events time').dateTime == '2026-01-01T12:00:59.000Z'",
        );
        for number in 0..60 {
            device.send_event(seen(number));
        }
        browser.wait_until("document.querySelectorAll('#events li').length == 50");
        is_done.store(true, Ordering::SeqCst);
    });
    drop(gateway);
}

#[test]
fn a_person_logs_in_and_sees_when_the_recogniser_is_gone() {
    let device = FakeDevice::start();
    let gateway = Gateway::start(&device.socket);
    gateway.wait_for("/metrics", "cardsight_frames_total{");
    let mut browser = Browser::start();
    browser.look(PHONE);
    browser.open(&format!("http://cards.example:{}/?lang=en", gateway.address.port()));
    let type_token = |browser: &mut Browser, token: &str| {
        browser.wait_until("document.querySelector('#token')");
        browser.value_of(&format!("document.querySelector('#token').value = '{token}'"));
        browser.value_of("document.querySelector('form').submit()");
    };
    type_token(&mut browser, "a wrong token");
    browser.wait_until("document.querySelector('.notice')");
    if let Some(folder) = kept_screenshots() {
        browser.screenshot(&folder.join("login.png"));
    }
    type_token(&mut browser, TOKEN);
    browser.wait_until("document.querySelector('#device dd')");
    drop(device);
    browser.wait_until("!document.querySelector('#notice').hidden");
    let notice = browser.value_of("document.querySelector('#notice').innerText");
    assert!(notice.as_str().unwrap().contains("recogniser"), "{notice}");
}

/// Ends the pictures when it is dropped.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
