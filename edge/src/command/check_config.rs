//! `cardsight check-config`: what a configuration means.

use std::path::Path;
use std::process::ExitCode;

use crate::config::{Config, DecisionSettings, Source};
use crate::recognize::Recognizer;
use crate::source::camera::driver::CaptureRequest;
use crate::source::camera::v4l::CameraId;

/// Runs the command.
pub fn run(file: &Path) -> anyhow::Result<ExitCode> {
    let config = Config::read(file)?;
    let recognizer = Recognizer::load_and_test(config.model.as_deref())?
        .in_mode(config.mode, config.locator.as_deref())?;
    let threshold = recognizer.accept_threshold();
    print!("{}", explanation(&config, threshold));
    Ok(ExitCode::SUCCESS)
}

fn explanation(config: &Config, accept_threshold: f32) -> String {
    let enter = config.decide.enter.unwrap_or(accept_threshold);
    let leave = config.decide.leave.unwrap_or(DecisionSettings::LEAVE_SHARE * enter);
    let model =
        config.model.as_ref().map_or("compiled in".into(), |path| path.display().to_string());
    let source = match &config.source {
        Source::Demo => "drawn cards".to_owned(),
        Source::Files(path) => format!("images in {}", path.display()),
        Source::Camera(id) => {
            let CaptureRequest { width, height, frames_per_second, timeout } = config.camera;
            let id = match id {
                CameraId::Path(path) => path.display().to_string(),
                CameraId::Name(name) => format!("with {name:?} in its name"),
            };
            let millis = timeout.as_millis();
            format!(
                "camera {id}, {width}×{height} at {frames_per_second} frames a second, given up \
                 after {millis} ms without one"
            )
        }
    };
    let screen = config.screen.as_ref().map_or("none".into(), |path| path.display().to_string());
    let mut text = format!(
        "source: {source}\nmode: {}\nscreen: {screen}\nmodel: {model}\na card is named after {} frames in a row with a confidence \
         of {enter:.3} or more, stays down to {leave:.3}, and goes after {} ms without support\n",
        config.mode.name(),
        config.decide.agreeing_frames,
        config.decide.expire_millis,
    );
    for (number, led) in (1..).zip(&config.led) {
        let chip = led.chip.as_ref().unwrap_or(&config.gpio_chip);
        let line = led.line.as_ref();
        let line = line.map_or(String::new(), |line| format!(" on line {line} of {chip}"));
        let low = if led.active_low { ", active low" } else { "" };
        text += &format!("LED {number}{line}: lit on {}{low}\n", led.rule);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_and_lamps_are_spelled_out() {
        let text = "[[led]]\nline = 17\non = \"suit:hearts\"\nactive_low = true\n";
        let config = Config::parse(text, Path::new("x")).unwrap();
        let text = explanation(&config, 0.9);
        assert!(text.contains("0.900 or more, stays down to 0.630"), "{text}");
        assert!(
            text.contains("LED 1 on line 17 of gpiochip0: lit on suit:hearts, active low"),
            "{text}"
        );
    }
}
