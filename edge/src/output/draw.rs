//! Outlines and text on images.

use ab_glyph::PxScale;
use common::{Card, Point, Quad};
use image::{Rgb, RgbImage};
use imageproc::drawing::{draw_filled_rect_mut, draw_polygon_mut, draw_text_mut, text_size};
use imageproc::point::Point as PixelPoint;
use imageproc::rect::Rect as PixelRect;

use crate::decide::{Outline, OutlineContent};
use crate::output::label_font::label_font;

/// The colour behind text.
pub(crate) const BACKGROUND: Rgb<u8> = Rgb([16, 16, 20]);

/// Returns green for a card that is named and amber for an outline that may be a card.
pub(crate) fn mark_color(is_named: bool) -> Rgb<u8> {
    if is_named { Rgb([40, 220, 90]) } else { Rgb([240, 180, 40]) }
}

/// An outline with a label, as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// In pixels of the frame.
    pub(crate) corners_in_frame: Quad,
    /// The label above the outline, such as "ace of spades 98.7 %"; may be empty.
    pub(crate) text: String,
    /// Whether the card is named.
    pub(crate) is_named: bool,
}

impl Mark {
    /// Creates the mark of a card with its name and confidence, 0 to 1.
    pub(crate) fn named(card: Card, confidence: f32, corners_in_frame: Quad) -> Self {
        let text = format!("{card} {:.1} %", confidence * 100.0);
        Self { corners_in_frame, text, is_named: true }
    }

    /// Creates the mark of an outline without a label.
    pub(crate) fn unlabeled(is_named: bool, corners_in_frame: Quad) -> Self {
        Self { corners_in_frame, text: String::new(), is_named }
    }
}

impl From<&Outline> for Mark {
    fn from(outline: &Outline) -> Self {
        let corners_in_frame = outline.corners_in_frame;
        match outline.content {
            OutlineContent::Unknown => Mark::unlabeled(false, corners_in_frame),
            // The caption names the card.
            OutlineContent::CardOfState => Mark::unlabeled(true, corners_in_frame),
            OutlineContent::Card { card, confidence } => {
                Mark::named(card, confidence, corners_in_frame)
            }
        }
    }
}

/// Draws all outlines and then all labels, so that no outline crosses a label. The canvas
/// shows the frame at this scale, with the top left corner of the frame at `origin`.
pub(crate) fn draw_marks(canvas: &mut RgbImage, marks: &[Mark], scale: f32, origin: Point) {
    for mark in marks {
        let corners = to_canvas(mark.corners_in_frame, scale, origin);
        draw_outline(canvas, corners, mark_color(mark.is_named));
    }
    for mark in marks.iter().filter(|mark| !mark.text.is_empty()) {
        let corners = to_canvas(mark.corners_in_frame, scale, origin);
        draw_label(canvas, &mark.text, corners, mark_color(mark.is_named));
    }
}

fn to_canvas(corners_in_frame: Quad, scale: f32, origin: Point) -> Quad {
    corners_in_frame.map(|corner| corner * scale + origin)
}

/// Draws a label above an outline. Where it would be cut, it is moved into the canvas.
fn draw_label(canvas: &mut RgbImage, text: &str, outline: Quad, color: Rgb<u8>) {
    let (width, height) = (canvas.width() as f32, canvas.height() as f32);
    let text = Text::fitted(text, (height / 24.0).max(12.0), canvas.width());
    let margin = (text.height as f32 / 6.0).ceil();
    let (box_width, box_height) =
        (text.width as f32 + 2.0 * margin, text.height as f32 + 2.0 * margin);
    let (outline_top, middle) = (outline.bounds().top, outline.centre().x);
    let left = (middle - box_width / 2.0).min(width - box_width).max(0.0) as i32;
    let top = (outline_top - box_height - margin).min(height - box_height).max(0.0) as i32;
    let area = PixelRect::at(left, top).of_size(box_width as u32, box_height as u32);
    draw_filled_rect_mut(canvas, area, BACKGROUND);
    text.draw(canvas, left + margin as i32, top + margin as i32, color);
}

/// Draws each edge as a bar, so that it is visible on large images too. The outline is
/// in pixels of the canvas and may lie outside it.
fn draw_outline(canvas: &mut RgbImage, outline: Quad, color: Rgb<u8>) {
    let half = (canvas.width() as f32 / 320.0).max(1.0);
    for [from, to] in outline.sides() {
        let along = to - from;
        let length = from.distance(to).max(1.0);
        let aside = Point::new(-along.y / length * half, along.x / length * half);
        let bar = [from + aside, to + aside, to - aside, from - aside]
            .map(|corner| PixelPoint::new(corner.x.round() as i32, corner.y.round() as i32));
        // A polygon without extent cannot be drawn.
        if bar[0] != bar[3] && bar[0] != bar[1] {
            draw_polygon_mut(canvas, &bar, color);
        }
    }
}

/// A line of text with its size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    text: &'a str,
    scale: PxScale,
    /// In pixels.
    pub(crate) width: u32,
    /// In pixels.
    pub(crate) height: u32,
}

impl<'a> Text<'a> {
    /// Creates text of this height in pixels, or smaller where it would be wider than
    /// `max_width` pixels.
    pub(crate) fn fitted(text: &'a str, height: f32, max_width: u32) -> Self {
        let font = label_font();
        let (full_width, _) = text_size(height, &font, text);
        let reduction = (max_width.max(1) as f32 / full_width.max(1) as f32).min(1.0);
        let scale = PxScale::from(height * reduction);
        let (width, height) = text_size(scale, &font, text);
        Self { text, scale, width, height }
    }

    /// Draws the text with its top left corner at this position.
    pub(crate) fn draw(&self, canvas: &mut RgbImage, left: i32, top: i32, color: Rgb<u8>) {
        draw_text_mut(canvas, color, left, top, self.scale, &label_font(), self.text);
    }
}

#[cfg(test)]
mod tests {
    use common::Rect;

    use super::*;

    /// Counts the pixels of about this colour. The edges of letters are blended.
    fn count(canvas: &RgbImage, color: Rgb<u8>) -> usize {
        let is_similar = |pixel: &&Rgb<u8>| {
            pixel.0.iter().zip(color.0).all(|(level, expected)| level.abs_diff(expected) < 80)
        };
        canvas.pixels().filter(is_similar).count()
    }

    #[test]
    fn each_card_has_an_outline_and_a_label_above_it() {
        let mut canvas = RgbImage::from_pixel(640, 480, Rgb([1, 2, 3]));
        let square = |left: f32| Rect::new(left, 100.0, 80.0, 100.0).to_quad();
        let card = "two of clubs".parse().unwrap();
        let marks = [Mark::named(card, 0.987, square(50.0)), Mark::unlabeled(false, square(300.0))];
        draw_marks(&mut canvas, &marks, 1.0, Point::default());
        assert_eq!(canvas.get_pixel(50, 150), &mark_color(true));
        assert_eq!(canvas.get_pixel(300, 150), &mark_color(false));
        let above = image::imageops::crop_imm(&canvas, 0, 0, 640, 95).to_image();
        assert!(count(&above, mark_color(true)) > 50, "the label is above the first card");
        assert_eq!(count(&above, mark_color(false)), 0, "an unknown card has no label");
    }

    #[test]
    fn a_label_that_would_be_cut_is_moved_into_the_image() {
        for corners in [
            [[-40.0, -40.0], [30.0, -40.0], [30.0, 60.0], [-40.0, 60.0]],
            [[600.0, 460.0], [700.0, 460.0], [700.0, 560.0], [600.0, 560.0]],
            [[f32::NAN; 2]; 4],
        ] {
            let mut canvas = RgbImage::new(640, 480);
            draw_label(
                &mut canvas,
                "queen of hearts 98.7 %",
                Quad::from(corners),
                mark_color(true),
            );
            assert!(count(&canvas, mark_color(true)) > 100, "at {corners:?}");
        }
        let mut tiny = RgbImage::new(4, 3);
        draw_label(
            &mut tiny,
            "queen of hearts 98.7 %",
            Quad::from([[1.0; 2]; 4]),
            mark_color(true),
        );
    }
}
