//! The screens, and whether the configured one can be used.

use super::finding::{Finding, present_or, works_or_fails};
use crate::config::Settings;
use crate::output::screen::ScreenError;
use crate::output::screen::report;
use crate::util::own_service::use_by_service;

/// Lists all screens.
pub(super) fn list_screens() -> Vec<Finding> {
    present_or(report::list_screens(), "there is no graphics card and no framebuffer")
}

/// Tests the configured screen, if there is one.
pub(super) fn check_screen(settings: &Settings) -> Option<Finding> {
    let screen = settings.screen.as_ref()?;
    Some(match report::check_screen(screen) {
        Err(error) => {
            in_use_by_service(&error).map_or_else(|| works_or_fails(Err(error)), Finding::Present)
        }
        outcome => works_or_fails(outcome),
    })
}

/// Says that the service shows images on the graphics card, if that is why it can't be used here.
fn in_use_by_service(error: &ScreenError) -> Option<String> {
    let ScreenError::Held { path, .. } = error else { return None };
    use_by_service(&format!("screen {}", path.display()), path)
}
