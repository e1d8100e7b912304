//! What a person sees of a run: a bar during an epoch, a line after it.

use common::Score;
use indicatif::ProgressBar;

use crate::progress::image_bar;
use crate::run::history::EpochRecord;

/// A bar over the images of an epoch. `epoch`: its number, counted from 1, and how many epochs
/// the run has.
pub(crate) fn epoch_bar(network: &str, epoch: [u64; 2], images: usize) -> ProgressBar {
    image_bar(images, format!("{network}, {}", numbered(epoch)))
}

/// Logs in one line how an epoch ended. `valid`: the score on held-out images, if the network is
/// validated, and whether it is the best one so far.
pub(crate) fn log_epoch(
    network: &str,
    epoch: [u64; 2],
    record: &EpochRecord,
    valid: Option<(Score, bool)>,
) {
    let mut line = format!("{network}, {}: train loss {:.3}", numbered(epoch), record.train_loss);
    if let Some(accuracy) = record.train_accuracy {
        line += &format!(" accuracy {:.1} %", accuracy * 100.0);
    }
    for (name, value) in &record.loss_parts {
        line += &format!(", {name} {value:.4}");
    }
    if let (Some(measure), Some((score, _))) = (record.valid, valid) {
        line += &format!(", valid loss {:.3} {}/{} right", measure.loss, score.right, score.total);
    }
    line += &format!(
        ", rate {:.1e}, {:.0} s, {:.0} images/s, {:.1} % waiting",
        record.learning_rate,
        record.seconds,
        record.images_per_second,
        record.waiting_share * 100.0,
    );
    if valid.is_some_and(|(_, improved)| improved) {
        line += ", best so far";
    }
    log::info!("{line}");
}

fn numbered([number, of]: [u64; 2]) -> String {
    format!("epoch {number}/{of}")
}
