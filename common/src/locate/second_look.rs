//! The second look: where cards lie on one another, the detector sees their part of the frame again,
//! with more pixels. The visible strips of a fan or of a dense row are closer to one another than the
//! cells of the detector's grid in the whole frame.

use super::detector_grid::{is_same_outline, without_repeats};
use super::{DetectedCard, detector_input};
use crate::geometry::{Quad, Rect, Size};
use crate::prepare::ImagePart;

/// The side of the second look's input over that of the first look's.
const SIDE_FACTOR: f32 = 1.4;

/// A card lies on another one if both have more than this share of the smaller one in common.
const COVERED_SHARE: f32 = 0.1;

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
/// `outlines`: what the first look has found, in pixels of the frame.
pub fn crowded_part(outlines: &[Quad], frame: Size) -> Option<ImagePart> {
    let lies_on =
        |a: Quad, b: Quad| a.intersection_area(b) > COVERED_SHARE * a.area().min(b.area());
    let is_crowded =
        (1..outlines.len()).any(|at| outlines[..at].iter().any(|&b| lies_on(outlines[at], b)));
    let has_large = outlines.iter().any(|&outline| is_large(outline, frame));
    (is_crowded && !has_large).then(|| part_around(outlines, frame))
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

    #[test]
    fn cards_side_by_side_need_no_second_look() {
        assert_eq!(crowded_part(&[], FRAME), None);
        assert_eq!(crowded_part(&[card(10.0)], FRAME), None);
        assert_eq!(crowded_part(&[card(10.0), card(70.0), card(300.0)], FRAME), None);
    }

    #[test]
    fn two_outlines_of_a_large_card_need_no_second_look() {
        let large = |left| Rect::new(left, 0.0, 330.0, 460.0).to_quad();
        assert_eq!(crowded_part(&[large(100.0), large(120.0)], FRAME), None);
    }

    #[test]
    fn the_part_has_the_frames_shape_and_shows_all_outlines() {
        let part = crowded_part(&[card(10.0), card(40.0)], FRAME).unwrap();
        // The height of 88 pixels is a larger share of the frame than the width of 93.
        assert_eq!(part.size, Size::new(141, 106));
        assert_eq!((part.left, part.top), (0, 91));
        let all = crowded_part(&[card(-30.0), card(0.0), card(620.0)], FRAME).unwrap();
        assert_eq!(all, ImagePart { left: 0, top: 0, size: FRAME });
    }

    #[test]
    fn what_both_looks_find_is_kept_once() {
        let seen = |left, score| DetectedCard {
            corners_in_frame: card(left),
            visible_middle_in_frame: card(left).centre(),
            score,
        };
        let (first, second) = (vec![seen(0.0, 0.9), seen(30.0, 0.5)], vec![seen(1.0, 0.95)]);
        assert_eq!(merged(first, second), [seen(1.0, 0.95), seen(30.0, 0.5)]);
    }
}
