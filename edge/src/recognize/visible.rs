//! The part of a card that lies in the frame.

use common::{Point, Quad, Size};

/// Returns the share, 0 to 1, of the area of a quadrilateral that lies in the frame.
pub(crate) fn visible_share(frame: Size, outline: Quad) -> f32 {
    let border = frame.to_rect().to_quad();
    (border.intersection_area(outline) / outline.area().max(f32::MIN_POSITIVE)).min(1.0)
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
    fn a_card_half_outside_the_frame_counts_half() {
        let frame = Size::new(100, 80);
        let card = |left: f32| Rect::new(left, 10.0, 20.0, 40.0).to_quad();
        for (left, expected) in [(40.0, 1.0), (-10.0, 0.5), (95.0, 0.25), (-50.0, 0.0)] {
            assert!((visible_share(frame, card(left)) - expected).abs() < 1e-5, "{left}");
        }
        assert_eq!(visible_share(frame, Quad::from([[1.0, 1.0]; 4])), 0.0);
    }
}
