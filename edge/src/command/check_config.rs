//! `cardsight check-config`: what a configuration means.

use std::path::Path;
use std::process::ExitCode;

use common::output::print;

use crate::config;
use crate::config::settings::{LedSettings, Settings, SourceSettings};
use crate::decide::Policy;
use crate::recognize::Recognizer;
use crate::source::camera::driver::CaptureRequest;
use crate::source::camera::v4l::CameraId;
use crate::source::child::command::{ChildSource, Pace};

/// Checks a configuration and the models that it names, and prints what it means.
pub(super) fn run(file: &Path) -> anyhow::Result<ExitCode> {
    let settings = config::load_file(file)?;
    let recognizer = Recognizer::open_and_test(&settings.models)?;
    let policy = settings.decide.policy(recognizer.accept_threshold());
    print(&explanation(&settings, &policy))?;
    Ok(ExitCode::SUCCESS)
}

fn explanation(settings: &Settings, policy: &Policy) -> String {
    let Policy { enter, leave, agreeing_frames, expire } = policy;
    let mut lines = vec![
        format!("source: {}", source(settings)),
        format!("mode: {}", settings.models.mode.name()),
        format!("screen: {}", screen(settings)),
        format!("device: {} ({})", settings.device.name, settings.device.id),
        format!("feed: {}", path_or(settings.feed.as_deref(), "none")),
        format!("model: {}", path_or(settings.models.classifier.as_deref(), "compiled in")),
        format!(
            "a card is seen after {agreeing_frames} consecutive frames with a confidence of \
             {enter:.3} or more; it stays while the confidence is {leave:.3} or more, and is \
             dropped after {} ms without such a frame",
            expire.as_millis(),
        ),
    ];
    lines.extend((1..).zip(&settings.leds).map(|(number, led)| led_line(number, led)));
    lines.join("\n") + "\n"
}

fn source(settings: &Settings) -> String {
    match &settings.source {
        SourceSettings::Demo(_) => "drawn cards".to_owned(),
        SourceSettings::Files(path) => format!("images in {}", path.display()),
        SourceSettings::Child(ChildSource::Clip { path, pace }) => {
            let pace = match pace {
                Pace::Clip => "in real time",
                Pace::Fast => "as fast as possible",
            };
            let rate = settings.camera.frames_per_second;
            format!("the video {}, {rate} frames of each second, {pace}", path.display())
        }
        SourceSettings::Child(source) => camera(&source.to_string(), &settings.camera),
        SourceSettings::Camera(CameraId::Path(path)) => {
            camera(&path.display().to_string(), &settings.camera)
        }
        SourceSettings::Camera(CameraId::Name(name)) => {
            camera(&format!("with {name:?} in its name"), &settings.camera)
        }
    }
}

fn camera(name: &str, request: &CaptureRequest) -> String {
    let CaptureRequest { width, height, frames_per_second, first_frame_timeout, timeout } = request;
    format!(
        "camera {name}, {width}×{height} at {frames_per_second} frames per second, opened again after \
         {} ms without a first frame or {} ms without a later one",
        first_frame_timeout.as_millis(),
        timeout.as_millis()
    )
}

fn screen(settings: &Settings) -> String {
    settings.screen.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)
}

fn led_line(number: usize, led: &LedSettings) -> String {
    let LedSettings { rule, line, chip, active_low } = led;
    let line = line.as_ref().map_or(String::new(), |line| format!(" on line {line} of {chip}"));
    let polarity = if *active_low { ", active low" } else { "" };
    format!("LED {number}{line}: lit on {rule}{polarity}")
}

fn path_or(path: Option<&Path>, otherwise: &str) -> String {
    path.map_or_else(|| otherwise.to_owned(), |path| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_and_leds_are_explained() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cardsight.toml");
        let text = "[[led]]\nline = 17\non = \"suit:hearts\"\nactive_low = true\n";
        std::fs::write(&path, text).unwrap();
        let settings = config::load_file(&path).unwrap();
        let text = explanation(&settings, &settings.decide.policy(0.9));
        assert!(text.contains("0.900 or more; it stays while the confidence is 0.630"), "{text}");
        assert!(
            text.contains("LED 1 on line 17 of gpiochip0: lit on suit:hearts, active low"),
            "{text}"
        );
    }
}
