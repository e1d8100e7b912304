//! The video devices, and whether they deliver frames.

use std::path::Path;

use common::error::chain;

use super::finding::{Finding, present_or};
use crate::config::Settings;
use crate::config::settings::SourceSettings;
use crate::source::camera::driver::{CameraError, Driver, Stream as _};
use crate::source::camera::report::control_lines;
use crate::source::camera::v4l::{CameraId, CameraInfo, V4lDriver, cameras};
use crate::source::child::driver::ChildDriver;
use crate::util::own_service::use_by_service;

/// Lists all video devices, and tests the configured camera, or all cameras if the
/// configuration does not use one.
pub(super) fn check_cameras(settings: &Settings) -> Vec<Finding> {
    let listed = cameras();
    let configured = match &settings.source {
        SourceSettings::Camera(id) => {
            let camera = V4lDriver::new(id.clone()).with_controls(settings.controls.clone());
            Some(capture(settings, camera))
        }
        SourceSettings::Child(source) => Some(capture(settings, ChildDriver::new(source.clone()))),
        SourceSettings::Demo(_) | SourceSettings::Files(_) => None,
    };
    match configured {
        Some(outcome) => {
            let mut findings = vec![match outcome {
                Ok(text) => Finding::Works(text),
                Err(error) => in_use_by_service(&error)
                    .map_or_else(|| Finding::Fails(chain(&error)), Finding::Present),
            }];
            findings.extend(present_or(listed, "there is no video device"));
            findings
        }
        _ if listed.is_empty() => vec![Finding::Absent("there is no video device".into())],
        _ => listed.iter().map(|camera| check_unused_camera(settings, camera)).collect(),
    }
}

/// Lists the controls of all cameras.
pub(super) fn list_controls() -> Vec<Finding> {
    present_or(control_lines(&cameras()), "there is no camera with controls")
}

/// Tests a camera that the configuration does not need.
fn check_unused_camera(settings: &Settings, camera: &CameraInfo) -> Finding {
    // Not every video device is a camera.
    if camera.formats.is_err() {
        return Finding::Absent(camera.to_string());
    }
    match capture(settings, V4lDriver::new(CameraId::Path(camera.path.clone()))) {
        Ok(text) => Finding::Works(format!("{camera}; {text}")),
        Err(error) => match in_use_by_service(&error) {
            Some(text) => Finding::Present(format!("{camera}; {text}")),
            None => Finding::Absent(format!("{camera}; {}", chain(&error))),
        },
    }
}

/// Says that the service uses the camera, if that is why it can't be used here.
fn in_use_by_service(error: &CameraError) -> Option<String> {
    let CameraError::Busy { device, .. } = error else { return None };
    use_by_service(&format!("camera {device}"), Path::new(device))
}

/// Gets one frame of a camera and describes it.
fn capture(settings: &Settings, mut driver: impl Driver) -> Result<String, CameraError> {
    let mut stream = driver.open(&settings.camera, &[])?;
    let (name, format) = (stream.name().to_owned(), stream.format());
    let bytes = stream.next()?.bytes.len();
    let (width, height, pixels) = (format.width, format.height, format.pixels);
    Ok(format!("{name} delivers {width}×{height} {pixels}, {bytes} bytes per frame"))
}
