//! The screens, and whether the configured one can be used.

use std::path::Path;

use super::finding::{Finding, present_or, works_or_fails};
use crate::config::Settings;
use crate::output::screen::framebuffer::{self, Framebuffer};

/// Lists all screens.
pub(super) fn list_screens() -> Vec<Finding> {
    present_or(framebuffer::list(), "there is no framebuffer")
}

/// Tests the configured screen, if there is one.
pub(super) fn check_screen(settings: &Settings) -> Option<Finding> {
    settings.screen.as_deref().map(open)
}

fn open(path: &Path) -> Finding {
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
