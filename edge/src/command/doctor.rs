//! `cardsight doctor`: what works on this machine.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use common::error::one_line;

use crate::cli::DoctorArgs;
use crate::config::{Config, Leds, Mode, Source};
use crate::output::leds::gpio::{GpioLeds, describe_chips};
use crate::output::screen::framebuffer::Framebuffer;
use crate::recognize::Recognizer;
use crate::service::temperature;
use crate::source::camera::driver::{Driver as _, Stream as _};
use crate::source::camera::v4l::{CameraId, V4lDriver, cameras};

/// What was found out about one thing.
enum Finding {
    Works(String),
    /// What is wrong, and the remedy.
    Fails(String),
    /// Not there, and not asked for by the configuration.
    Absent(String),
}

/// Runs the command; fails when anything does not work that the configuration asks for.
pub fn run(args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let config = args.config.as_deref().map_or(Ok(Config::default()), Config::read);
    let mut findings = vec![("configuration", configuration(&config, args.config.as_deref()))];
    let config = config.unwrap_or_default();
    findings.push(("model", model(config.model.as_deref())));
    if config.mode == Mode::Auto {
        findings.push(("locator", locator(&config)));
    }
    findings.extend(camera(&config).into_iter().map(|finding| ("camera", finding)));
    findings.push(("LEDs", leds(&config)));
    findings.push(("screen", screen(config.screen.as_deref())));
    findings.push(("processor", Finding::Works(processor())));
    findings.push(("temperature", processor_temperature()));
    for (what, finding) in &findings {
        println!("{finding:#}  {what}: {finding}");
    }
    let all_fine = !findings.iter().any(|(_, finding)| matches!(finding, Finding::Fails(_)));
    Ok(if all_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Plain: what was found. Alternate: how that is.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (how, text) = match self {
            Finding::Works(text) => ("ok    ", text),
            Finding::Fails(text) => ("FAILED", text),
            Finding::Absent(text) => ("absent", text),
        };
        f.write_str(if f.alternate() { how } else { text })
    }
}

fn works_or_fails<E: std::error::Error + 'static>(outcome: Result<String, E>) -> Finding {
    outcome.map_or_else(|error| Finding::Fails(one_line(&error)), Finding::Works)
}

fn configuration(
    config: &Result<Config, crate::config::ConfigError>,
    path: Option<&Path>,
) -> Finding {
    match config {
        Ok(config) => {
            let file = path.map_or("the defaults".into(), |path| path.display().to_string());
            Finding::Works(format!("{file}: source {:?}, {} LEDs", config.source, config.led.len()))
        }
        Err(error) => Finding::Fails(one_line(error)),
    }
}

fn model(path: Option<&Path>) -> Finding {
    works_or_fails(Recognizer::load_and_test(path).map(|recognizer| {
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

fn locator(config: &Config) -> Finding {
    let recognizer = Recognizer::load(config.model.as_deref())
        .and_then(|recognizer| recognizer.in_mode(config.mode, config.locator.as_deref()));
    works_or_fails(recognizer.map(|recognizer| {
        let name =
            config.locator.as_ref().map_or("compiled in".into(), |path| path.display().to_string());
        format!("{name}; names from a confidence of {:.2} on", recognizer.accept_threshold())
    }))
}

/// The configured camera, opened for a frame; or each that there is.
fn camera(config: &Config) -> Vec<Finding> {
    let look = |id: CameraId| {
        let mut stream = V4lDriver::new(id).open(&config.camera)?;
        let (name, format) = (stream.name().to_owned(), stream.format());
        let bytes = stream.next()?.bytes.len();
        let (width, height) = (format.width, format.height);
        Ok(format!("{name} gives {width}×{height} {:?}, {bytes} bytes a frame", format.pixels))
    };
    let look = |id| works_or_fails::<crate::source::camera::driver::CameraError>(look(id));
    if let Source::Camera(id) = &config.source {
        return vec![look(id.clone())];
    }
    let listed = cameras();
    if listed.is_empty() {
        return vec![Finding::Absent("there is no video device".into())];
    }
    let asked = |listed: crate::source::camera::v4l::CameraInfo| {
        match look(CameraId::Path(listed.path.clone())) {
            Finding::Works(found) => Finding::Works(format!("{} ({found})", listed.name)),
            // Not every video device is a camera, and nobody asked for this one.
            Finding::Fails(text) | Finding::Absent(text) => Finding::Absent(text),
        }
    };
    listed.into_iter().map(asked).collect()
}

fn leds(config: &Config) -> Finding {
    let chips = describe_chips();
    let chips = if chips.is_empty() { "no GPIO chips".into() } else { chips.join("; ") };
    if config.leds != Leds::Gpio {
        return Finding::Absent(format!("not on GPIO; there are: {chips}"));
    }
    match config.wired_leds() {
        Ok(leds) => works_or_fails(
            GpioLeds::open(&leds).map(|_| format!("{} lines are free; {chips}", leds.len())),
        ),
        Err(error) => Finding::Fails(one_line(&error)),
    }
}

fn screen(wanted: Option<&Path>) -> Finding {
    let first = PathBuf::from("/dev/fb0");
    let outcome = Framebuffer::open(wanted.unwrap_or(&first)).map(|screen| {
        let layout = screen.layout();
        format!(
            "{}×{}, {} bits a pixel, {} bytes a line",
            layout.width,
            layout.height,
            8 * layout.bytes_per_pixel,
            layout.bytes_per_line
        )
    });
    match works_or_fails(outcome) {
        Finding::Fails(text) if wanted.is_none() => Finding::Absent(text),
        finding => finding,
    }
}

fn processor_temperature() -> Finding {
    match temperature::celsius() {
        Some(celsius) => Finding::Works(format!("{celsius:.0} °C")),
        None => Finding::Absent("the kernel tells none".into()),
    }
}

/// The features that make the network fast.
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
    let known: Vec<&str> =
        features.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect();
    format!("{} with {}", std::env::consts::ARCH, known.join(", "))
}
