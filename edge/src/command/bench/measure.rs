//! Rounds over all images, and the time of each stage in them.

use crate::command::bench::images::Images;
use crate::recognize::Recognizer;
use crate::util::elapsed::{Elapsed, Stopwatch, timed};

/// Stages in the order in which they are printed. The last one reaches from the file to the answer,
/// and counts all threads.
pub(super) const STAGES: [&str; 5] = ["decode", "locate", "prepare", "classify", "whole"];

/// The times of one frame, in the order of [`STAGES`].
pub(super) type StageTimes = [Elapsed; STAGES.len()];

/// One entry for each round; a round has one entry for each frame.
pub(super) type Rounds = Vec<Vec<StageTimes>>;

/// Recognises each image once, and returns the names of all cards.
///
/// # Errors
/// An image can't be read, or a network fails.
pub(super) fn name_cards(recognizer: &Recognizer, images: &Images) -> anyhow::Result<Vec<String>> {
    let mut cards = Vec::new();
    for index in 0..images.len() {
        let observations = recognizer.recognize(&images.frame(index)?.image)?.observations;
        cards.extend(observations.iter().map(|observation| observation.card.to_string()));
    }
    Ok(cards)
}

/// Recognises each image once, and returns the times of all frames.
///
/// # Errors
/// As [`name_cards`].
pub(super) fn measure_round(
    recognizer: &Recognizer,
    images: &Images,
) -> anyhow::Result<Vec<StageTimes>> {
    (0..images.len()).map(|index| measure_frame(recognizer, images, index)).collect()
}

fn measure_frame(
    recognizer: &Recognizer,
    images: &Images,
    index: usize,
) -> anyhow::Result<StageTimes> {
    let stopwatch = Stopwatch::for_process();
    let (frame, decode) = timed(|| images.frame(index));
    let stages = recognizer.recognize(&frame?.image)?.durations;
    let whole = stopwatch.elapsed();
    Ok([decode, stages.locate, stages.prepare, stages.classify, whole])
}

/// The CPU time of each round of a program in relation to that of another one.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub(super) struct Ratio {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) greatest: f64,
}

/// Compares the CPU time of a stage in rounds that were measured in turn. A stage that takes no
/// measurable time, and an empty list of rounds, have no ratio.
pub(super) fn ratio(stage: usize, rounds: &Rounds, compared: &Rounds) -> Option<Ratio> {
    let pairs = rounds.iter().zip(compared);
    let mut ratios: Vec<f64> = pairs
        .map(|(round, compared)| cpu_seconds(stage, round) / cpu_seconds(stage, compared))
        .collect();
    ratios.sort_unstable_by(f64::total_cmp);
    let (least, greatest) = (*ratios.first()?, *ratios.last()?);
    let has_ratio = least > 0.0 && greatest.is_finite();
    has_ratio.then(|| Ratio { median: ratios[ratios.len() / 2], least, greatest })
}

/// The CPU time of a stage in a whole round.
fn cpu_seconds(stage: usize, round: &[StageTimes]) -> f64 {
    round.iter().map(|times| times[stage]).sum::<Elapsed>().cpu.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn rounds(millis: &[u64]) -> Rounds {
        let of = |millis| Elapsed { cpu: Duration::from_millis(millis), wall: Duration::ZERO };
        millis.iter().map(|millis| vec![[of(*millis); STAGES.len()]; 2]).collect()
    }

    #[test]
    fn rounds_are_compared_in_pairs() {
        let ratio = ratio(0, &rounds(&[1, 4, 8]), &rounds(&[2, 4, 4])).unwrap();
        assert_eq!(ratio, Ratio { median: 1.0, least: 0.5, greatest: 2.0 });
    }

    #[test]
    fn a_stage_without_time_has_no_ratio() {
        assert_eq!(ratio(1, &rounds(&[1]), &rounds(&[0])), None);
        assert_eq!(ratio(1, &rounds(&[0]), &rounds(&[0])), None);
        assert_eq!(ratio(1, &rounds(&[]), &rounds(&[])), None);
    }
}
