//! The configuration as its users write it.

use super::*;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("cardsight.toml"))
}

fn error(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn an_empty_file_is_the_default() {
    assert_eq!(parse("").unwrap(), Config::default());
}

#[test]
fn the_example_is_valid_and_shows_the_defaults() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/cardsight.toml"));
    assert_eq!(Config::read(path).unwrap(), Config::default());
}

#[test]
fn every_example_is_valid() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let examples = paths.filter(|path| path.extension().is_some_and(|end| end == "toml"));
    let checked = examples.inspect(|path| assert!(Config::read(path).is_ok(), "{path:?}"));
    assert_eq!(checked.count(), 5);
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_one_and_its_line() {
    let error = error("mode = \"full\"\n[decide]\nagreing_frames = 3\n");
    assert!(error.contains("line 3") && error.contains("agreing_frames"), "{error}");
    assert!(error.contains("did you mean \"agreeing_frames\""), "{error}");
}

#[test]
fn a_wrong_type_is_refused_with_its_line() {
    let error = error("\n[decide]\nagreeing_frames = \"three\"\n");
    assert!(error.contains("line 3"), "{error}");
}

#[test]
fn values_out_of_range_are_refused_by_name() {
    for (text, key) in [
        ("[decide]\nenter = 1.5", "decide.enter"),
        ("[decide]\nenter = 0.5\nleave = 0.6", "decide.leave"),
        ("[decide]\nagreeing_frames = 0", "decide.agreeing_frames"),
        ("[decide]\nexpire_millis = 0", "decide.expire_millis"),
        ("[demo]\nframes_per_second = 0", "demo.frames_per_second"),
        ("annotate_keep = 0", "annotate_keep"),
        ("[camera]\nwidth = 0", "camera.width"),
        ("[camera]\nframes_per_second = 0", "camera.frames_per_second"),
        ("[camera]\ntimeout_millis = 60000", "camera.timeout_millis"),
    ] {
        assert!(error(text).contains(key), "{text}");
    }
}

#[test]
fn leds_replace_the_default_ones() {
    let config = parse("[[led]]\nline = 17\non = \"suit:hearts\"\nactive_low = true\n").unwrap();
    let rule = Rule::Suit(common::Suit::Hearts);
    let line = Some(LineId::Offset(17));
    assert_eq!(config.led, [LedSettings { rule, line, chip: None, active_low: true }]);
}

#[test]
fn each_gpio_lamp_has_a_line_of_its_own() {
    let leds = "[gpio]\nchip = \"pinctrl-rp1\"\n[[led]]\nline = 17\non = \"seen\"\n";
    let other = "[[led]]\nline = \"GPIO27\"\non = \"fault\"\nchip = \"/dev/gpiochip1\"\n";
    let config = parse(&format!("leds = \"gpio\"\n{leds}{other}")).unwrap();
    let wired = config.wired_leds().unwrap();
    assert_eq!((wired[0].chip.as_str(), &wired[0].line), ("pinctrl-rp1", &LineId::Offset(17)));
    assert_eq!(wired[1].chip, "/dev/gpiochip1");
    let twice = "[[led]]\nline = 17\non = \"seen\"\n".repeat(2);
    assert!(error(&format!("leds = \"gpio\"\n{twice}")).contains("same line, 17"));
    assert!(error("leds = \"gpio\"\n[[led]]\non = \"seen\"\n").contains("no line"));
}

#[test]
fn a_source_is_a_camera_by_path_or_name_or_else_images() {
    let name = |text| Source::Camera(CameraId::Name(text));
    assert_eq!(Source::from_text("camera:C920"), name("C920".into()));
    let path = CameraId::Path("/dev/video2".into());
    assert_eq!(Source::from_text("/dev/video2"), Source::Camera(path));
    assert_eq!(Source::from_text("cards"), Source::Files("cards".into()));
}

#[test]
fn a_bad_rule_names_its_led() {
    let error = error("[[led]]\non = \"seen\"\n[[led]]\non = \"suit:stars\"\n");
    assert!(error.contains("number 2") && error.contains("suit:stars"), "{error}");
}
