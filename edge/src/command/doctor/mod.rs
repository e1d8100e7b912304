//! `cardsight doctor`: which devices and models work on this machine.
//!
//! Each file checks some parts of the machine and returns a [`Finding`] for each of them.

mod cameras;
mod finding;
mod leds;
mod machine;
mod models;
mod power;
mod screens;

use std::process::ExitCode;

use common::output::print;

use self::finding::Finding;
use crate::cli::DoctorArgs;
use crate::config;
use crate::decide::Mode;

/// Prints all findings. Fails if a part that the configuration needs does not work.
pub(super) fn run(args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let path = args.config.as_deref();
    let settings = path.map_or_else(|| Ok(config::defaults()), config::load_file);
    let mut findings = vec![("configuration", models::check_configuration(&settings, path))];
    let settings = settings.unwrap_or_else(|_| config::defaults());
    let mut add = |part, found: Vec<Finding>| {
        findings.extend(found.into_iter().map(|finding| (part, finding)));
    };
    add("model", vec![models::check_model(&settings)]);
    if settings.models.mode == Mode::Auto {
        add("locator", vec![models::check_locator(&settings)]);
    }
    add("camera", cameras::check_cameras(&settings));
    add("control", cameras::list_controls());
    add("LEDs", vec![leds::check_leds(&settings)]);
    add("GPIO chip", leds::list_gpio_chips());
    add("screen", screens::list_screens());
    add("configured screen", screens::check_screen(&settings).into_iter().collect());
    add("system", vec![machine::system()]);
    add("processor", vec![machine::processor()]);
    add("temperature", vec![machine::temperature()]);
    add("power", vec![power::check_power()]);
    let line =
        |(part, finding): &(&str, Finding)| format!("{}  {part}: {finding}\n", finding.label());
    print(&findings.iter().map(line).collect::<String>())?;
    let has_failed = findings.iter().any(|(_, finding)| matches!(finding, Finding::Fails(_)));
    Ok(if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
