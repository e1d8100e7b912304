//! The configuration as its users write it.

use super::*;
use crate::config::settings::{LedOutputSettings, LedSettings, SourceSettings};
use crate::decide::Mode;
use crate::output::leds::gpio::{LineId, WiredLed};
use crate::source::camera::v4l::CameraId;
use crate::source::child::command::{ChildSource, Pace};

fn settings(text: &str) -> Result<Settings, ConfigError> {
    let path = Path::new("cardsight.toml");
    let file = parse(text, path)?;
    file.validate().map_err(|source| ConfigError::InvalidFile { path: path.to_owned(), source })
}

fn error(text: &str) -> String {
    format!("{:#}", anyhow::Error::from(settings(text).unwrap_err()))
}

#[test]
fn an_empty_file_means_the_defaults() {
    assert_eq!(settings("").unwrap(), defaults());
    assert_eq!(defaults().models.mode, Mode::Auto);
    assert_eq!(settings("mode = \"full\"").unwrap().models.mode, Mode::Full);
}

#[test]
fn the_example_is_valid_and_shows_the_defaults() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/cardsight.toml"));
    assert_eq!(read(path).unwrap(), ConfigFile::default());
}

#[test]
fn the_example_shows_every_key() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/cardsight.toml");
    let text = fs::read_to_string(path).unwrap();
    // Keys without a default are in comments.
    let keys: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once(" = "))
        .map(|(key, _)| key)
        .collect();
    for (section, key) in Schema::of::<ConfigFile>().value_keys() {
        let is_explained = section == "led" && text.contains(&format!("`{key}`"));
        assert!(is_explained || keys.contains(&key), "{key} of section {section:?} is missing");
    }
}

/// Files from `deploy/` in the package that are not configurations: the README and the wiring.
const OTHER_ASSETS: usize = 2;

#[test]
fn every_example_is_valid_and_in_the_package() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let examples: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    let manifest = include_str!("../../Cargo.toml");
    assert_eq!(examples.len(), manifest.matches("[\"../deploy/").count() - OTHER_ASSETS);
    for path in examples {
        assert!(load_file(&path).is_ok(), "{path:?}");
        let asset = format!("../deploy/{}", path.file_name().unwrap().display());
        assert!(manifest.contains(&asset), "the package lacks {asset}");
    }
}

#[test]
fn an_unknown_key_is_refused_with_its_line_its_section_and_the_nearest_key() {
    let error = error("mode = \"full\"\n[decide]\nagreing_frames = 3\n");
    assert!(error.contains("line 3: section [decide] has no key \"agreing_frames\""), "{error}");
    assert!(error.contains("did you mean \"agreeing_frames\""), "{error}");
}

#[test]
fn unknown_keys_are_found_at_every_level() {
    let top = error("soruce = \"demo\"\n");
    assert!(top.contains("line 1: the top level has no key \"soruce\""), "{top}");
    assert!(top.contains("did you mean \"source\""), "{top}");
    let led = error("[[led]]\non = \"seen\"\n[[led]]\non = \"fault\"\nlien = 17\n");
    assert!(led.contains("line 5: section [[led]] has no key \"lien\""), "{led}");
    assert!(led.contains("did you mean \"line\""), "{led}");
    let first = error("[demo]\nsede = 1\n[camera]\nwidht = 1\n");
    assert!(first.contains("line 2"), "the first one is reported: {first}");
}

#[test]
fn a_key_by_another_word_or_in_another_section_is_understood() {
    for (text, suggestion) in [
        ("[camera]\nfps = 5", "did you mean \"frames_per_second\"?"),
        ("[camera]\ntimeout = 5", "did you mean \"timeout_millis\"?"),
        ("[[led]]\non = \"seen\"\npin = 5", "did you mean \"line\"?"),
        ("chip = \"gpiochip0\"", "did you mean \"chip\" in the section [gpio]?"),
        ("[gpio]\nsource = \"demo\"", "did you mean \"source\" at the top level"),
        ("[gpio]\nxyzzy = 1", "it has chip"),
    ] {
        let error = error(text);
        assert!(error.contains(suggestion), "{error}");
    }
}

#[test]
fn numbers_in_quotes_are_understood_or_refused_with_a_remedy() {
    let led = settings("[[led]]\non = \"seen\"\nline = \"17\"\n").unwrap().leds.remove(0);
    assert_eq!(led.line, Some(LineId::Offset(17)));
    let error = error("[camera]\nwidth = \"640\"\n");
    assert!(error.contains("line 2") && error.contains("write 640 without quotes"), "{error}");
}

#[test]
fn the_encoding_of_a_file_is_named() {
    let path = Path::new("a.toml");
    let utf16: Vec<u8> = "leds = \"off\"".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [utf16.clone(), [&[0xff, 0xfe], &utf16[..]].concat()] {
        let error = text_of(&bytes, path).unwrap_err().to_string();
        assert!(error.contains("UTF-16") && error.contains("iconv"), "{error}");
    }
    let latin1 = text_of(b"leds = \"off\"\n# \xe9", path).unwrap_err().to_string();
    assert!(latin1.contains("line 2"), "{latin1}");
    assert_eq!(text_of(b"\xef\xbb\xbfleds = 1", path).unwrap(), "leds = 1");
    assert_eq!(text_of(b"", path).unwrap(), "");
}

#[test]
fn a_wrong_type_is_refused_with_its_line() {
    let error = error("\n[decide]\nagreeing_frames = \"three\"\n");
    assert!(error.contains("line 3"), "{error}");
}

#[test]
fn values_out_of_range_are_refused_by_name() {
    for (text, message) in [
        ("[decide]\nenter = 1.5", "decide.enter is 1.5, but must be between 0 and 1"),
        ("[decide]\nenter = 0.5\nleave = 0.6", "decide.leave is 0.6, but must be between 0 and"),
        ("[decide]\nagreeing_frames = 0", "decide.agreeing_frames is 0, but must be at least 1"),
        ("[decide]\nexpire_millis = 0", "decide.expire_millis"),
        (
            "[decide]\nread_again_millis = 1001",
            "decide.read_again_millis is 1001, but must be between 0 and decide.expire_millis",
        ),
        ("threads = 0", "threads is 0, but must be between 1 and 256"),
        ("[demo]\nframes_per_second = 0", "demo.frames_per_second is 0, but must be between 0.1"),
        ("annotate_keep = 0", "annotate_keep is 0"),
        ("[camera]\nwidth = 0", "camera.width is 0, but must be between 16 and 8192"),
        ("[camera]\nframes_per_second = 0", "camera.frames_per_second"),
        ("[camera]\ntimeout_millis = 60000", "camera.timeout_millis"),
        ("[camera]\nfirst_frame_timeout_millis = 0", "camera.first_frame_timeout_millis"),
    ] {
        let error = error(text);
        assert!(error.contains(message) && error.contains("cardsight.toml"), "{error}");
    }
}

#[test]
fn leds_in_the_file_replace_the_default_ones() {
    let text = "[[led]]\nline = 17\non = \"suit:hearts\"\nactive_low = true\n";
    let expected = LedSettings {
        rule: "suit:hearts".parse().unwrap(),
        line: Some(LineId::Offset(17)),
        chip: "gpiochip0".into(),
        active_low: true,
    };
    assert_eq!(settings(text).unwrap().leds, [expected]);
}

#[test]
fn each_gpio_led_has_a_line_of_its_own() {
    let leds = "[gpio]\nchip = \"pinctrl-rp1\"\n[[led]]\nline = 17\non = \"seen\"\n";
    let other = "[[led]]\nline = \"GPIO27\"\non = \"fault\"\nchip = \"/dev/gpiochip1\"\n";
    let settings = settings(&format!("leds = \"gpio\"\n{leds}{other}")).unwrap();
    let led = |chip: &str, line| WiredLed { chip: chip.into(), line, active_low: false };
    let expected = vec![
        led("pinctrl-rp1", LineId::Offset(17)),
        led("/dev/gpiochip1", LineId::Name("GPIO27".into())),
    ];
    assert_eq!(settings.led_output, LedOutputSettings::Gpio(expected));
    let twice = "[[led]]\nline = 17\non = \"seen\"\n".repeat(2);
    assert!(error(&format!("leds = \"gpio\"\n{twice}")).contains("same line, 17"));
    assert!(error("leds = \"gpio\"\n[[led]]\non = \"seen\"\n").contains("no line"));
}

#[test]
fn a_source_is_read_with_the_keys_that_belong_to_it() {
    let source = |text: &str| settings(&format!("source = {text:?}")).unwrap().source;
    assert_eq!(source("camera:C920"), SourceSettings::Camera(CameraId::Name("C920".into())));
    assert!(matches!(source("demo"), SourceSettings::Demo(demo) if demo.seed == 0));
    assert!(error("source = \"csi://0\"").contains("rpicam:0"));
    let clip = settings("source = \"a.mp4\"\npace = \"fast\"").unwrap().source;
    assert_eq!(
        clip,
        SourceSettings::Child(ChildSource::Clip { path: "a.mp4".into(), pace: Pace::Fast })
    );
}

#[test]
fn a_bad_rule_names_its_led() {
    let error = error("[[led]]\non = \"seen\"\n[[led]]\non = \"suit:stars\"\n");
    assert!(error.contains("number 2") && error.contains("suit:stars"), "{error}");
}

#[test]
fn thresholds_come_from_the_configuration_or_else_from_the_model() {
    let policy = defaults().decide.policy(0.9);
    assert_eq!((policy.enter, policy.leave), (0.9, 0.7 * 0.9));
    let policy = settings("[decide]\nenter = 0.8\nleave = 0.3").unwrap().decide.policy(0.9);
    assert_eq!((policy.enter, policy.leave), (0.8, 0.3));
}

#[test]
fn what_looks_the_same_is_read_again_before_it_would_expire() {
    let longest = |text: &str| settings(text).unwrap().decide.longest_reuse().as_millis();
    assert_eq!(longest("[decide]\nexpire_millis = 3000"), 2700);
    assert_eq!(longest("[decide]\nread_again_millis = 0"), 0);
    assert_eq!(settings("threads = 3").unwrap().threads.get(), 3);
}
