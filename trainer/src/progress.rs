//! Progress bars for a person at a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over the images of a job before training, such as decoding.
pub fn job_bar(job: &'static str, images: usize) -> ProgressBar {
    image_bar(images, format!("{job:<12}"))
}

/// A bar over images, with a prefix that says what happens to them.
pub(crate) fn image_bar(images: usize, prefix: String) -> ProgressBar {
    const TEMPLATE: &str =
        "{prefix} [{bar:30}] {human_pos}/{human_len} images, {per_sec}, {eta} left {msg}";
    let style = ProgressStyle::with_template(TEMPLATE)
        .expect("the template is well-formed")
        .progress_chars("=> ");
    ProgressBar::new(images as u64).with_style(style).with_prefix(prefix)
}
