//! The configuration and the models that it names.

use std::path::Path;

use super::finding::{Finding, works_or_fails};
use crate::config::settings::SourceSettings;
use crate::config::{ConfigError, Settings};
use crate::decide::Mode;
use crate::recognize::{ModelFiles, Recognizer};
use crate::source::camera::v4l::CameraId;

pub(super) fn check_configuration(
    settings: &Result<Settings, ConfigError>,
    path: Option<&Path>,
) -> Finding {
    match settings {
        Ok(settings) => {
            let file = path.map_or("the defaults".into(), |path| path.display().to_string());
            let source = match &settings.source {
                SourceSettings::Demo(_) => "drawn cards".into(),
                SourceSettings::Files(path) => path.display().to_string(),
                SourceSettings::Child(source) => source.to_string(),
                SourceSettings::Camera(CameraId::Path(path)) => path.display().to_string(),
                SourceSettings::Camera(CameraId::Name(name)) => format!("camera:{name}"),
            };
            let leds = settings.leds.len();
            Finding::Works(format!("{file}: source {source}, {leds} LEDs"))
        }
        Err(error) => Finding::Fails(common::error::chain(error)),
    }
}

pub(super) fn check_model(settings: &Settings) -> Finding {
    let files = ModelFiles { mode: Mode::Full, ..settings.models.clone() };
    works_or_fails(Recognizer::open_and_test(&files).map(|recognizer| {
        let info = recognizer.classifier().info();
        format!(
            "{} network, {} weights, {} classes, {side}×{side} pixels, held-out accuracy {}",
            info.architecture,
            info.weights,
            info.classes.len(),
            info.valid_int8,
            side = info.side,
        )
    }))
}

pub(super) fn check_locator(settings: &Settings) -> Finding {
    let locator = settings.models.locator.as_ref();
    let name = locator.map_or("compiled in".into(), |path| path.display().to_string());
    works_or_fails(Recognizer::open(&settings.models).map(|recognizer| {
        let threshold = recognizer.accept_threshold();
        format!("{name}; cards are named from a confidence of {threshold:.2}")
    }))
}
