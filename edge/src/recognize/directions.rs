//! The name of a card in whatever direction it lies.
//!
//! The classifier reads cards that are upright or upside down. Of other cards its answer is wrong
//! and confident in one of eight images, so a single answer counts only where it is very sure.
//! Otherwise the image is turned and read again, and one softmax over all directions and all cards
//! decides: a card must fit better in its direction than any card does in any other direction. The
//! constants were chosen on images of the data set's training part that were turned.

use common::Quad;
use common::model::{Classification, ModelError};
use common::rectify::rectify;
use image::RgbImage;
use image::imageops::{rotate90, rotate180, rotate270};

use crate::recognize::classify::Classify;
use crate::util::elapsed::{Elapsed, timed};
use crate::util::parallel::Workers;

/// From this confidence on, the upright reading is not questioned.
const SURE_ALONE: f32 = 0.98;

/// From this confidence on, the upright and the sideways reading together are not questioned.
const SURE_TOGETHER: f32 = 0.9;

/// How many times as likely a card is to lie along the sides of the image as along its diagonals.
const ALONG_SIDES: f32 = 3.0;

/// From this confidence on, all directions together confirm the upright reading, whose own
/// confidence then stands. Upright cards are therefore named as often as by that reading alone.
const CONFIRMS_UPRIGHT: f32 = 0.5;

/// From this confidence on, the reading of a located card is not questioned.
const SURE_OF_LOCATED: f32 = 0.95;

/// Below this confidence, a second reading does not make the name of a located card credible.
const HOPELESS: f32 = 0.2;

/// The weight of the mean of both readings of a located card. Two readings that agree are better evidence
/// than one.
const BOTH_WAYS: f32 = 1.1;

/// The most likely card, and what it took to find it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DirectedReading {
    pub(crate) classification: Classification,
    /// How often the classifier ran.
    pub(crate) runs: usize,
    pub(crate) classify: Elapsed,
}

/// Reads a prepared image upright. If that is not sure, the image is read sideways too, and if both
/// together are not sure, in all eight directions that are multiples of 45° apart.
///
/// # Errors
/// The network fails.
pub(crate) fn read_in_any_direction(
    classifier: &dyn Classify,
    workers: &Workers,
    input: &RgbImage,
) -> Result<DirectedReading, ModelError> {
    let (upright, mut classify) = timed(|| classifier.scores(input));
    let upright = upright?;
    let alone = most_likely_of(&[&upright], &[1.0]);
    if alone.confidence >= SURE_ALONE {
        return Ok(DirectedReading { classification: alone, runs: 1, classify });
    }
    let (sideways, again) = timed(|| classifier.scores(&rotate90(input)));
    let sideways = sideways?;
    classify += again;
    let together = most_likely_of(&[&upright, &sideways], &[1.0, 1.0]);
    if together.confidence >= SURE_TOGETHER {
        return Ok(DirectedReading { classification: together, runs: 2, classify });
    }
    let tilted = turned_by_an_eighth(input);
    let others = vec![
        rotate180(input),
        rotate270(input),
        rotate180(&tilted),
        rotate270(&tilted),
        rotate90(&tilted),
        tilted,
    ];
    let runs = 2 + others.len();
    let mut scores = Vec::with_capacity(others.len());
    for (read, again) in workers.map(others, |input| timed(|| classifier.scores(&input))) {
        classify += again;
        scores.push(read?);
    }
    let [upside_down, other_side, tilted_down, other_down, other_tilted, tilted] =
        scores.as_slice()
    else {
        unreachable!("there are scores for each image")
    };
    let axes = [
        mean(&upright, upside_down),
        mean(&sideways, other_side),
        mean(tilted, tilted_down),
        mean(other_tilted, other_down),
    ];
    let weights = [ALONG_SIDES, ALONG_SIDES, 1.0, 1.0];
    let mut classification = most_likely_of(&axes.each_ref().map(Vec::as_slice), &weights);
    if classification.class == alone.class && classification.confidence >= CONFIRMS_UPRIGHT {
        classification.confidence = classification.confidence.max(alone.confidence);
    }
    Ok(DirectedReading { classification, runs, classify })
}

/// Reads a prepared image in the direction in which it is.
///
/// # Errors
/// The network fails.
pub(crate) fn read_once(
    classifier: &dyn Classify,
    input: &RgbImage,
) -> Result<DirectedReading, ModelError> {
    let (scores, classify) = timed(|| classifier.scores(input));
    let classification = most_likely_of(&[&scores?], &[1.0]);
    Ok(DirectedReading { classification, runs: 1, classify })
}

/// Reads a located card, which is upright or upside down in a prepared image. If that is in doubt, it is
/// read the other way round too, and the mean of both readings decides: of what is covered in part or
/// small, the errors of the two differ.
///
/// # Errors
/// The network fails.
pub(crate) fn read_both_ways(
    classifier: &dyn Classify,
    input: &RgbImage,
) -> Result<DirectedReading, ModelError> {
    let (scores, mut classify) = timed(|| classifier.scores(input));
    let scores = scores?;
    let alone = most_likely_of(&[&scores], &[1.0]);
    if !(HOPELESS..SURE_OF_LOCATED).contains(&alone.confidence) {
        return Ok(DirectedReading { classification: alone, runs: 1, classify });
    }
    let (turned, again) = timed(|| classifier.scores(&rotate180(input)));
    classify += again;
    let mut both = mean(&scores, &turned?);
    both.iter_mut().for_each(|score| *score *= BOTH_WAYS);
    let classification = most_likely_of(&[&both], &[1.0]);
    Ok(DirectedReading { classification, runs: 2, classify })
}

/// Reads a prepared image upright. If the answer has at least the confidence `enter`, the image is read
/// sideways too, and both together decide: of what is not a card, both name something.
///
/// # Errors
/// The network fails.
pub(crate) fn read_and_confirm(
    classifier: &dyn Classify,
    input: &RgbImage,
    enter: f32,
) -> Result<DirectedReading, ModelError> {
    let (upright, mut classify) = timed(|| classifier.scores(input));
    let upright = upright?;
    let alone = most_likely_of(&[&upright], &[1.0]);
    if alone.confidence < enter {
        return Ok(DirectedReading { classification: alone, runs: 1, classify });
    }
    let (sideways, again) = timed(|| classifier.scores(&rotate90(input)));
    classify += again;
    let classification = most_likely_of(&[&upright, &sideways?], &[1.0, 1.0]);
    Ok(DirectedReading { classification, runs: 2, classify })
}

/// Returns the image as a camera sees it that is turned by 45°. Outside the image, its border is
/// repeated.
fn turned_by_an_eighth(image: &RgbImage) -> RgbImage {
    let side = image.width() as f32;
    let (middle, reach) = (side / 2.0, side * std::f32::consts::FRAC_1_SQRT_2);
    let corners = [
        [middle - reach, middle],
        [middle, middle - reach],
        [middle + reach, middle],
        [middle, middle + reach],
    ];
    rectify(image, Quad::from(corners), image.width())
}

/// Returns the means of the scores of two opposite directions, whose outlines are the same.
fn mean(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| (a + b) / 2.0).collect()
}

/// Returns the most likely class, whatever the direction. Its confidence is the sum of its
/// probabilities in all directions, of all that add up to 1 over directions and classes.
///
/// `scores`: for each direction the logarithms of the likelihood of each class, up to a constant
/// that is the same for all directions. `weights`: how likely each direction is, in any unit.
fn most_likely_of(scores: &[&[f32]], weights: &[f32]) -> Classification {
    let highest = scores.iter().copied().flatten().copied().fold(f32::MIN, f32::max);
    let classes = scores.iter().map(|scores| scores.len()).max().unwrap_or(0);
    let mut shares = vec![0.0_f32; classes];
    for (scores, weight) in scores.iter().zip(weights) {
        for (share, score) in shares.iter_mut().zip(*scores) {
            *share += weight * (score - highest).exp();
        }
    }
    let sum: f32 = shares.iter().sum();
    let best = shares.into_iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
    let (class, share) = best.unwrap_or((0, 0.0));
    Classification { class, confidence: share / sum.max(f32::MIN_POSITIVE) }
}

#[cfg(test)]
mod tests {
    use common::Card;
    use image::Rgb;

    use super::*;

    const SIDE: u32 = 33;

    /// Answers by the place of a white spot: at the top, on the right, at the bottom, on the left,
    /// and in the corners. Each place has a class and a confidence.
    #[derive(Clone, Copy, Debug)]
    struct SpotClassifier {
        upright: (usize, f32),
        sideways: (usize, f32),
        tilted: (usize, f32),
    }

    /// Answers by the place of a white spot: at the top or elsewhere.
    #[derive(Clone, Copy, Debug)]
    struct TurnClassifier {
        first: (usize, f32),
        turned: (usize, f32),
    }

    impl Classify for TurnClassifier {
        fn side(&self) -> u32 {
            SIDE
        }

        fn card(&self, class: usize) -> Card {
            Card::all().nth(class).unwrap()
        }

        fn scores(&self, input: &RgbImage) -> Result<Vec<f32>, ModelError> {
            let is_at_top = input.get_pixel(SIDE / 2, 3).0[0] > 200;
            let (class, confidence) = if is_at_top { self.first } else { self.turned };
            Ok(scores(class, confidence))
        }
    }

    fn scores(class: usize, confidence: f32) -> Vec<f32> {
        let others = Card::all().count() - 1;
        let mut scores = vec![0.0; others + 1];
        scores[class] = (others as f32 * confidence / (1.0 - confidence)).ln();
        scores
    }

    impl Classify for SpotClassifier {
        fn side(&self) -> u32 {
            SIDE
        }

        fn card(&self, class: usize) -> Card {
            Card::all().nth(class).unwrap()
        }

        fn scores(&self, input: &RgbImage) -> Result<Vec<f32>, ModelError> {
            let (middle, last) = (SIDE / 2, SIDE - 4);
            let is_white = |x, y| input.get_pixel(x, y).0[0] > 200;
            let (class, confidence) = if is_white(middle, 3) || is_white(middle, last) {
                self.upright
            } else if is_white(3, middle) || is_white(last, middle) {
                self.sideways
            } else {
                self.tilted
            };
            Ok(scores(class, confidence))
        }
    }

    /// An image with a white spot at the top.
    fn spot() -> RgbImage {
        RgbImage::from_fn(SIDE, SIDE, |x, y| {
            let is_spot = x.abs_diff(SIDE / 2) <= 2 && y.abs_diff(3) <= 2;
            Rgb([if is_spot { 255 } else { 0 }; 3])
        })
    }

    fn read(classifier: &SpotClassifier, image: &RgbImage) -> (usize, f32, usize) {
        let read = read_in_any_direction(classifier, &Workers::default(), image).unwrap();
        (read.classification.class, read.classification.confidence, read.runs)
    }

    #[test]
    fn a_sure_upright_reading_is_the_only_one() {
        let classifier =
            SpotClassifier { upright: (3, 0.99), sideways: (7, 0.99), tilted: (9, 0.99) };
        let (class, confidence, runs) = read(&classifier, &spot());
        assert_eq!((class, runs), (3, 1));
        assert!((confidence - 0.99).abs() < 1e-4);
    }

    #[test]
    fn a_sideways_card_is_named_by_the_turned_reading() {
        let classifier =
            SpotClassifier { upright: (3, 0.999), sideways: (7, 0.8), tilted: (9, 0.3) };
        let (class, confidence, runs) = read(&classifier, &rotate90(&spot()));
        assert_eq!((class, runs), (3, 2));
        assert!(confidence > 0.95, "{confidence}");
    }

    #[test]
    fn a_tilted_card_is_named_by_the_readings_along_the_diagonals() {
        let classifier =
            SpotClassifier { upright: (3, 0.999), sideways: (7, 0.3), tilted: (9, 0.7) };
        let (class, confidence, runs) = read(&classifier, &turned_by_an_eighth(&spot()));
        assert_eq!((class, runs), (3, 8));
        assert!(confidence > 0.85, "{confidence}");
    }

    #[test]
    fn what_looks_like_a_card_in_two_directions_is_not_confirmed() {
        let sure = SpotClassifier { upright: (3, 0.9), sideways: (7, 0.3), tilted: (9, 0.3) };
        let both = SpotClassifier { sideways: (7, 0.9), ..sure };
        let unsure = SpotClassifier { upright: (3, 0.5), ..both };
        let read = |classifier: &SpotClassifier| {
            let read = read_and_confirm(classifier, &spot(), 0.7).unwrap();
            (read.classification.confidence, read.runs)
        };
        assert!(read(&sure).0 > 0.75 && read(&both).0 < 0.5);
        assert_eq!([read(&sure).1, read(&both).1, read(&unsure).1], [2, 2, 1]);
    }

    #[test]
    fn a_doubtful_card_is_read_both_ways() {
        let read = |first: (usize, f32), turned: (usize, f32)| {
            let read = read_both_ways(&TurnClassifier { first, turned }, &spot()).unwrap();
            (read.classification.class, read.classification.confidence, read.runs)
        };
        assert_eq!(read((3, 0.97), (7, 0.99)).2, 1);
        assert_eq!(read((3, 0.1), (3, 0.99)).2, 1);
        let (class, confidence, runs) = read((3, 0.6), (3, 0.95));
        assert_eq!((class, runs), (3, 2));
        assert!(confidence > 0.85, "{confidence}");
        let (class, confidence, _) = read((3, 0.6), (7, 0.95));
        assert!(class == 7 && confidence < 0.8, "{class}, {confidence}");
    }

    #[test]
    fn two_directions_with_different_names_are_not_sure() {
        let classifier =
            SpotClassifier { upright: (3, 0.95), sideways: (7, 0.95), tilted: (9, 0.5) };
        let (_, confidence, runs) = read(&classifier, &spot());
        assert_eq!(runs, 8);
        assert!(confidence < 0.5, "{confidence}");
    }

    #[test]
    fn an_upright_reading_that_the_others_confirm_keeps_its_confidence() {
        let classifier = SpotClassifier { upright: (3, 0.9), sideways: (7, 0.8), tilted: (9, 0.3) };
        let (class, confidence, runs) = read(&classifier, &spot());
        assert_eq!((class, runs), (3, 8));
        assert!((confidence - 0.9).abs() < 1e-4, "{confidence}");
    }
}
