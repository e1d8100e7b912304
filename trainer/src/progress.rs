//! What a person sees while a run goes on.

use common::Score;
use indicatif::{ProgressBar, ProgressStyle};

use crate::history::EpochRecord;

/// A bar over the images of a job before training, such as decoding.
pub fn job_bar(job: &'static str, images: usize) -> ProgressBar {
    bar(images, format!("{job:<12}"))
}

/// A bar over the images of an epoch, counted from 0.
pub fn epoch_bar(epoch: usize, epochs: usize, images: usize) -> ProgressBar {
    bar(images, format!("epoch {}/{epochs}", epoch + 1))
}

/// Says in one line how an epoch ended.
pub fn epoch_done(epoch: usize, epochs: usize, record: &EpochRecord, valid: Score, improved: bool) {
    let EpochRecord { train, valid: measure, learning_rate, seconds, .. } = record;
    log::info!(
        "epoch {}/{epochs}: train loss {:.3} accuracy {:.1} %, valid loss {:.3} {}/{} right, \
         rate {learning_rate:.1e}, {seconds:.0} s, {:.0} images/s, {:.1} % waiting{}",
        epoch + 1,
        train.loss,
        train.accuracy * 100.0,
        measure.loss,
        valid.right,
        valid.total,
        record.images_per_second,
        record.waiting_share * 100.0,
        if improved { ", best so far" } else { "" },
    );
}

fn bar(images: usize, prefix: String) -> ProgressBar {
    const TEMPLATE: &str =
        "{prefix} [{bar:30}] {human_pos}/{human_len} images, {per_sec}, {eta} left {msg}";
    let style = ProgressStyle::with_template(TEMPLATE)
        .expect("the template is well-formed")
        .progress_chars("=> ");
    ProgressBar::new(images as u64).with_style(style).with_prefix(prefix)
}
