//! The configuration as its users write it.

use super::*;

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(text, Path::new("gateway.toml")).map_err(|error| error.to_string())
}

#[test]
fn the_example_shows_every_key_with_its_default() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/gateway/gateway.toml");
    assert_eq!(Config::read(Path::new(path)).unwrap(), Config::default());
    let text = fs::read_to_string(path).unwrap();
    for key in
        ["socket", "preview_width", "preview_frames_per_second", "listen", "hosts", "token_file"]
    {
        assert!(text.contains(&format!("\n{key} = ")), "{key} is missing");
    }
}

#[test]
fn errors_name_the_line_the_key_and_the_range() {
    let error = parse("[http]\nlissten = []\n").unwrap_err();
    assert!(error.contains("gateway.toml") && error.contains("lissten"), "{error}");
    let error = parse("[feed]\npreview_width = 10\n").unwrap_err();
    assert!(error.contains("feed.preview_width is 10") && error.contains("64"), "{error}");
    assert!(parse("[feed]\npreview_frames_per_second = nan\n").is_err());
    assert!(parse("[http]\nlisten = [\"localhost\"]\n").is_err());
}

#[test]
fn the_page_can_be_left_out() {
    let config = parse("[http]\nlisten = []\n").unwrap();
    assert!(config.explanation().contains("page and metrics: nowhere"));
}
