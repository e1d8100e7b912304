//! The part of a card that is visible: neither outside the frame nor under another card.

use common::rectify::FrameFromUnit;
use common::{Point, Quad, Size};

/// A card is covered in part if the middle of what is visible of it is farther from its own middle than
/// this share of its width or height. Chosen on photographs, on which no uncovered card reaches it.
const COVERED_OFFSET: f32 = 0.12;

/// The least share of a card's width and height that is reported as visible.
const LEAST_VISIBLE: f32 = 0.1;

/// All of a card's width or height.
const WHOLE: [f32; 2] = [0.0, 1.0];

/// Returns the share, 0 to 1, of the area of a quadrilateral that lies in the frame.
pub(crate) fn visible_share(frame: Size, outline: Quad) -> f32 {
    let border = frame.to_rect().to_quad();
    (border.intersection_area(outline) / outline.area().max(f32::MIN_POSITIVE)).min(1.0)
}

/// Returns roughly the visible part of a card: the part with sides parallel to the card's that has the
/// same middle, which is the whole card where nothing covers it.
pub(crate) fn visible_part(outline: Quad, visible_middle: Point) -> Quad {
    let frame_from_unit = FrameFromUnit::new(outline);
    let middle = frame_from_unit.unmap(visible_middle);
    let ranges = [middle.x, middle.y].map(visible_range);
    if ranges == [WHOLE; 2] {
        return outline;
    }
    let [[left, right], [top, bottom]] = ranges;
    let corners = [[left, top], [right, top], [right, bottom], [left, bottom]];
    Quad::new(corners.map(|corner| frame_from_unit.map(Point::from(corner))))
}

/// Returns the longest range between 0 and 1 with this middle; all of it where the middle is hardly off.
fn visible_range(middle: f32) -> [f32; 2] {
    // A middle that is not a number fails this comparison.
    let is_covered = (middle - 0.5).abs() > COVERED_OFFSET;
    let length = (2.0 * middle.min(1.0 - middle)).max(LEAST_VISIBLE);
    match middle {
        _ if !is_covered => WHOLE,
        middle if middle < 0.5 => [0.0, length],
        _ => [1.0 - length, 1.0],
    }
}

/// Moves the corners of a quadrilateral that lie outside the frame to its border. The result
/// is roughly the visible part.
pub(crate) fn clamp_to_frame(frame: Size, outline: Quad) -> Quad {
    let (width, height) = (frame.width as f32, frame.height as f32);
    outline.map(|corner| Point::new(corner.x.clamp(0.0, width), corner.y.clamp(0.0, height)))
}

#[cfg(test)]
mod tests {
    use common::Rect;

    use super::*;

    #[test]
    fn a_covered_card_is_reported_where_it_is_visible() {
        let outline = Rect::new(10.0, 10.0, 60.0, 80.0).to_quad();
        let part = |x, y| visible_part(outline, Point::new(x, y)).bounds();
        let is_near = |a: Rect, b: Rect| a.to_quad().largest_corner_distance(b.to_quad()) < 1e-2;
        let expected = [
            ((40.0, 50.0), [10.0, 10.0, 60.0, 80.0]),
            ((36.0, 55.0), [10.0, 10.0, 60.0, 80.0]),
            ((16.0, 50.0), [10.0, 10.0, 12.0, 80.0]),
            ((52.0, 30.0), [34.0, 10.0, 36.0, 40.0]),
            ((100.0, 50.0), [64.0, 10.0, 6.0, 80.0]),
        ];
        for ((x, y), [left, top, width, height]) in expected {
            let found = part(x, y);
            assert!(is_near(found, Rect::new(left, top, width, height)), "{x}, {y}: {found:?}");
        }
        let flat = Quad::from([[1.0, 1.0]; 4]);
        assert_eq!(visible_part(flat, Point::new(1.0, 1.0)).centre(), Point::new(1.0, 1.0));
    }

    #[test]
    fn a_card_half_outside_the_frame_counts_half() {
        let frame = Size::new(100, 80);
        let card = |left: f32| Rect::new(left, 10.0, 20.0, 40.0).to_quad();
        for (left, expected) in [(40.0, 1.0), (-10.0, 0.5), (95.0, 0.25), (-50.0, 0.0)] {
            assert!((visible_share(frame, card(left)) - expected).abs() < 1e-5, "{left}");
        }
        assert_eq!(visible_share(frame, Quad::from([[1.0, 1.0]; 4])), 0.0);
    }
}
