//! The second look: where cards lie on one another, the detector sees their part of the frame again,
//! with more pixels. The visible strips of a fan or of a dense row are closer to one another than the
//! cells of the detector's grid in the whole frame.

use super::detector_grid::{is_same_outline, without_repeats};
use super::{DetectedCard, detector_input};
use crate::geometry::{Quad, Rect, Size};
use crate::prepare::ImagePart;

/// The side of the second look's input over that of the first look's.
const SIDE_FACTOR: f32 = 1.4;

/// A card lies on another one if both have more than this share of the smaller one in common, and
/// their intersection over union is at most this: more is mostly one card that was detected twice.
const COVERED_SHARE: f32 = 0.1;
const TWO_CARDS_OVERLAP: f32 = 0.75;

/// The least score of both cards. What is less certain lies on single cards too, where a second look
/// would be in vain.
const CERTAIN_SCORE: f32 = 0.5;

/// A card is large from this share of the frame's area on.
const LARGE_SHARE: f32 = 0.4;

/// What the second look shows around the outlines on each side, as a share of their bounds: cards that
/// the first look has missed lie beside those that it has found.
const MARGIN: f32 = 0.1;

/// The size of the second look's input for a frame of this size, whatever part of it is seen, and for a
/// locator whose first look has about as many pixels as a square with sides of `side` pixels.
pub fn input_size(frame: Size, side: u32) -> Size {
    detector_input::input_size(frame, (side as f32 * SIDE_FACTOR).round() as u32)
}

/// The part of a frame that is worth a second look: around all outlines, in the frame's shape. It is
/// `None` where no card lies on another one, and where a card is large already: its own parts would be
/// taken for cards, and most such frames show one card.
///
/// `detected`: what the first look has found.
pub fn crowded_part(detected: &[DetectedCard], frame: Size) -> Option<ImagePart> {
    let outlines: Vec<Quad> = detected.iter().map(|card| card.corners_in_frame).collect();
    if outlines.iter().any(|&outline| is_large(outline, frame)) {
        return None;
    }
    let certain = detected.iter().filter(|card| card.score >= CERTAIN_SCORE);
    let certain: Vec<Quad> = certain.map(|card| card.corners_in_frame).collect();
    let is_crowded = certain
        .iter()
        .enumerate()
        .any(|(at, &card)| certain[..at].iter().any(|&other| lies_on(card, other)));
    is_crowded.then(|| part_around(&outlines, frame))
}

/// Whether one of two cards covers a part of the other one.
fn lies_on(a: Quad, b: Quad) -> bool {
    a.intersection_area(b) > COVERED_SHARE * a.area().min(b.area())
        && a.intersection_over_union(b) <= TWO_CARDS_OVERLAP
}

/// Whether an outline is that of a card which fills much of the frame.
pub fn is_large(outline: Quad, frame: Size) -> bool {
    outline.area() > LARGE_SHARE * frame.area() as f32
}

/// The cards of both looks, the one with the highest score first, each outline once.
pub fn merged(first: Vec<DetectedCard>, second: Vec<DetectedCard>) -> Vec<DetectedCard> {
    let mut all = [first, second].concat();
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    without_repeats(all, |a, b| is_same_outline(a.corners_in_frame, b.corners_in_frame))
}

/// The smallest part of the frame's shape around outlines and a margin.
fn part_around(outlines: &[Quad], frame: Size) -> ImagePart {
    let (width, height) = (frame.width as f32, frame.height as f32);
    let corners = outlines.iter().flat_map(|outline| outline.corners);
    let [mut left, mut top, mut right, mut bottom] = [width, height, 0.0, 0.0];
    for corner in corners {
        left = corner.x.min(left).max(0.0);
        top = corner.y.min(top).max(0.0);
        right = corner.x.max(right).min(width);
        bottom = corner.y.max(bottom).min(height);
    }
    let bounds = Rect::from_edges(left, top, right, bottom);
    let share = (bounds.width / width).max(bounds.height / height) * (1.0 + 2.0 * MARGIN);
    let length = |whole: u32| ((whole as f32 * share).ceil() as u32).clamp(1, whole);
    let size = Size::new(length(frame.width), length(frame.height));
    let first = |middle: f32, length: u32, whole: u32| {
        (middle - length as f32 / 2.0).clamp(0.0, (whole - length) as f32) as u32
    };
    let middle = bounds.centre();
    ImagePart {
        left: first(middle.x, size.width, frame.width),
        top: first(middle.y, size.height, frame.height),
        size,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Size = Size::new(640, 480);

    fn card(left: f32) -> Quad {
        Rect::new(left, 100.0, 63.0, 88.0).to_quad()
    }

    fn seen(corners_in_frame: Quad, score: f32) -> DetectedCard {
        DetectedCard { corners_in_frame, visible_middle_in_frame: corners_in_frame.centre(), score }
    }

    fn part(outlines: &[Quad]) -> Option<ImagePart> {
        let detected: Vec<_> = outlines.iter().map(|&outline| seen(outline, 0.9)).collect();
        crowded_part(&detected, FRAME)
    }

    #[test]
    fn cards_side_by_side_need_no_second_look() {
        assert_eq!(part(&[]), None);
        assert_eq!(part(&[card(10.0)]), None);
        assert_eq!(part(&[card(10.0), card(70.0), card(300.0)]), None);
    }

    #[test]
    fn what_may_be_one_card_needs_no_second_look() {
        let large = |left| Rect::new(left, 0.0, 330.0, 460.0).to_quad();
        assert_eq!(part(&[large(100.0), large(200.0)]), None);
        assert_eq!(part(&[card(10.0), card(15.0)]), None);
        let uncertain = [seen(card(10.0), 0.9), seen(card(40.0), 0.4)];
        assert_eq!(crowded_part(&uncertain, FRAME), None);
    }

    #[test]
    fn the_part_has_the_frames_shape_and_shows_all_outlines() {
        let pair = part(&[card(10.0), card(40.0)]).unwrap();
        // The height of 88 pixels is a larger share of the frame than the width of 93.
        assert_eq!(pair.size, Size::new(141, 106));
        assert_eq!((pair.left, pair.top), (0, 91));
        let all = part(&[card(-30.0), card(0.0), card(620.0)]).unwrap();
        assert_eq!(all, ImagePart { left: 0, top: 0, size: FRAME });
    }

    #[test]
    fn what_both_looks_find_is_kept_once() {
        let seen = |left, score| seen(card(left), score);
        let (first, second) = (vec![seen(0.0, 0.9), seen(30.0, 0.5)], vec![seen(1.0, 0.95)]);
        assert_eq!(merged(first, second), [seen(1.0, 0.95), seen(30.0, 0.5)]);
    }
}
