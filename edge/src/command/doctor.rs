//! `cardsight doctor`: which devices and models work on this machine.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use common::output::print;

use crate::cli::DoctorArgs;
use crate::config::settings::{LedOutputSettings, SourceSettings};
use crate::config::{self, ConfigError, Settings};
use crate::decide::Mode;
use crate::output::leds::gpio::{GpioLeds, list_chips};
use crate::output::screen::framebuffer::{self, Framebuffer};
use crate::recognize::{ModelFiles, Recognizer};
use crate::service::temperature;
use crate::source::camera::driver::{CameraError, Driver, Stream as _};
use crate::source::camera::report::control_lines;
use crate::source::camera::v4l::{CameraId, CameraInfo, V4lDriver, cameras};
use crate::source::child::driver::ChildDriver;

/// What was found out about a part of the machine.
enum Finding {
    /// The part works.
    Works(String),
    /// The configuration needs the part, and it does not work. The text names the remedy.
    Fails(String),
    /// The part is there. Whether it works was not tested.
    Present(String),
    /// The part is missing or does not work, and the configuration does not need it.
    Absent(String),
}

/// Prints all findings. Fails if a part that the configuration needs does not work.
pub(super) fn run(args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let path = args.config.as_deref();
    let settings = path.map_or_else(|| Ok(config::defaults()), config::load_file);
    let mut findings = vec![("configuration", check_configuration(&settings, path))];
    let settings = settings.unwrap_or_else(|_| config::defaults());
    let mut add = |part, found: Vec<Finding>| {
        findings.extend(found.into_iter().map(|finding| (part, finding)));
    };
    add("model", vec![check_model(&settings)]);
    if settings.models.mode == Mode::Auto {
        add("locator", vec![check_locator(&settings)]);
    }
    add("camera", check_cameras(&settings));
    add("control", control_lines(&cameras()).into_iter().map(Finding::Present).collect());
    add("LEDs", vec![check_leds(&settings)]);
    add("GPIO chip", present_or(list_chips(), "there is no GPIO chip"));
    add("framebuffer", present_or(framebuffer::list(), "there is no framebuffer"));
    if let Some(path) = &settings.screen {
        add("screen", vec![check_screen(path)]);
    }
    add("processor", vec![Finding::Present(processor())]);
    add("temperature", vec![check_temperature()]);
    let line =
        |(part, finding): &(&str, Finding)| format!("{}  {part}: {finding}\n", finding.label());
    print(&findings.iter().map(line).collect::<String>())?;
    let has_failed = findings.iter().any(|(_, finding)| matches!(finding, Finding::Fails(_)));
    Ok(if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

impl Finding {
    /// Returns a word of six characters.
    fn label(&self) -> &'static str {
        match self {
            Finding::Works(_) => "ok    ",
            Finding::Fails(_) => "FAILED",
            Finding::Present(_) => "found ",
            Finding::Absent(_) => "absent",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Works(text)
            | Finding::Fails(text)
            | Finding::Present(text)
            | Finding::Absent(text) => f.write_str(text),
        }
    }
}

/// A test of a part that the configuration needs.
fn works_or_fails<E: Into<anyhow::Error>>(outcome: Result<String, E>) -> Finding {
    outcome.map_or_else(|error| Finding::Fails(format!("{:#}", error.into())), Finding::Works)
}

/// A list of the devices that are there.
fn present_or(devices: impl IntoIterator<Item = impl fmt::Display>, none: &str) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        devices.into_iter().map(|device| Finding::Present(device.to_string())).collect();
    if findings.is_empty() {
        findings.push(Finding::Absent(none.to_owned()));
    }
    findings
}

fn check_configuration(settings: &Result<Settings, ConfigError>, path: Option<&Path>) -> Finding {
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

fn check_model(settings: &Settings) -> Finding {
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

fn check_locator(settings: &Settings) -> Finding {
    let locator = settings.models.locator.as_ref();
    let name = locator.map_or("compiled in".into(), |path| path.display().to_string());
    works_or_fails(Recognizer::open(&settings.models).map(|recognizer| {
        let threshold = recognizer.accept_threshold();
        format!("{name}; cards are named from a confidence of {threshold:.2}")
    }))
}

/// Lists all video devices, and tests the configured camera, or all cameras if the
/// configuration does not use one.
fn check_cameras(settings: &Settings) -> Vec<Finding> {
    let listed = cameras();
    match &settings.source {
        SourceSettings::Camera(id) => {
            let mut findings =
                vec![works_or_fails(capture(settings, configured_camera(settings, id)))];
            findings.extend(present_or(listed, "there is no video device"));
            findings
        }
        SourceSettings::Child(source) => {
            let mut findings =
                vec![works_or_fails(capture(settings, ChildDriver::new(source.clone())))];
            findings.extend(present_or(listed, "there is no video device"));
            findings
        }
        _ if listed.is_empty() => vec![Finding::Absent("there is no video device".into())],
        _ => listed.iter().map(|camera| check_unused_camera(settings, camera)).collect(),
    }
}

/// Tests a camera that the configuration does not need.
fn check_unused_camera(settings: &Settings, camera: &CameraInfo) -> Finding {
    // Not every video device is a camera.
    if camera.formats.is_err() {
        return Finding::Absent(camera.to_string());
    }
    match capture(settings, V4lDriver::new(CameraId::Path(camera.path.clone()))) {
        Ok(text) => Finding::Works(format!("{camera}; {text}")),
        Err(error) => Finding::Absent(format!("{camera}; {:#}", anyhow::Error::from(error))),
    }
}

/// The camera of the configuration, with its controls.
fn configured_camera(settings: &Settings, id: &CameraId) -> V4lDriver {
    V4lDriver::new(id.clone()).with_controls(settings.controls.clone())
}

/// Gets one frame of a camera and describes it.
fn capture(settings: &Settings, mut driver: impl Driver) -> Result<String, CameraError> {
    let mut stream = driver.open(&settings.camera, &[])?;
    let (name, format) = (stream.name().to_owned(), stream.format());
    let bytes = stream.next()?.bytes.len();
    let (width, height, pixels) = (format.width, format.height, format.pixels);
    Ok(format!("{name} delivers {width}×{height} {pixels}, {bytes} bytes per frame"))
}

/// Tests the lines of the configured LEDs.
fn check_leds(settings: &Settings) -> Finding {
    match &settings.led_output {
        LedOutputSettings::Gpio(leds) => {
            works_or_fails(GpioLeds::open(leds).map(|_| format!("{} lines are free", leds.len())))
        }
        LedOutputSettings::Panel => {
            Finding::Absent("not on GPIO lines, but on the terminal".into())
        }
        LedOutputSettings::Off => Finding::Absent("not configured".into()),
    }
}

/// Tests the configured screen.
fn check_screen(path: &Path) -> Finding {
    works_or_fails(Framebuffer::open(path).map(|screen| {
        let layout = screen.layout();
        format!(
            "{}×{}, {} bits per pixel, {} bytes per line",
            layout.width,
            layout.height,
            8 * layout.bytes_per_pixel,
            layout.bytes_per_line
        )
    }))
}

fn check_temperature() -> Finding {
    match temperature::celsius() {
        Some(celsius) => Finding::Present(format!("{celsius:.0} °C")),
        None => Finding::Absent("the kernel does not report it".into()),
    }
}

/// Returns the architecture and the features that make the networks fast.
fn processor() -> String {
    #[cfg(target_arch = "x86_64")]
    let features = [
        ("AVX2", std::arch::is_x86_feature_detected!("avx2")),
        ("FMA", std::arch::is_x86_feature_detected!("fma")),
        ("AVX-512", std::arch::is_x86_feature_detected!("avx512f")),
    ];
    #[cfg(target_arch = "aarch64")]
    let features = [
        ("NEON", std::arch::is_aarch64_feature_detected!("neon")),
        ("FP16", std::arch::is_aarch64_feature_detected!("fp16")),
        ("dot product", std::arch::is_aarch64_feature_detected!("dotprod")),
    ];
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let features: [(&str, bool); 0] = [];
    let present: Vec<&str> =
        features.iter().filter(|(_, is_present)| *is_present).map(|(name, _)| *name).collect();
    format!("{} with {}", std::env::consts::ARCH, present.join(", "))
}
