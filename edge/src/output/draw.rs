//! Outlines and text on images.

use ab_glyph::PxScale;
use common::{Card, Corners};
use image::{Rgb, RgbImage};
use imageproc::drawing::{draw_filled_rect_mut, draw_polygon_mut, draw_text_mut, text_size};
use imageproc::point::Point;
use imageproc::rect::Rect;

use crate::output::label_font::label_font;

/// Behind text.
pub const BACKGROUND: Rgb<u8> = Rgb([16, 16, 20]);

/// Green for a card that is named, amber for what may be one.
pub fn mark_color(is_named: bool) -> Rgb<u8> {
    if is_named { Rgb([40, 220, 90]) } else { Rgb([240, 180, 40]) }
}

/// What to draw around a card.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// In pixels of the frame.
    pub corners_in_frame: Corners,
    /// Above the outline, such as "ace of spades 98.7 %"; may be empty.
    pub text: String,
    /// Whether the card is named.
    pub is_named: bool,
}

impl Mark {
    /// A card with its name and confidence.
    pub fn named(card: Card, confidence: f32, corners_in_frame: Corners) -> Self {
        let text = format!("{card} {:.1} %", confidence * 100.0);
        Self { corners_in_frame, text, is_named: true }
    }

    /// What may be a card.
    pub fn doubtful(corners_in_frame: Corners) -> Self {
        Self { corners_in_frame, text: String::new(), is_named: false }
    }
}

/// Outlines first, then all texts, so that no outline crosses one. The canvas shows the
/// frame at that scale, its top left corner at `origin`.
pub fn draw_marks(canvas: &mut RgbImage, marks: &[Mark], scale: f32, origin: [f32; 2]) {
    let place =
        |corners: &Corners| corners.map(|[x, y]| [x * scale + origin[0], y * scale + origin[1]]);
    for mark in marks {
        outline(canvas, place(&mark.corners_in_frame), mark_color(mark.is_named));
    }
    for mark in marks.iter().filter(|mark| !mark.text.is_empty()) {
        tag(canvas, &mark.text, &place(&mark.corners_in_frame), mark_color(mark.is_named));
    }
}

/// Text above an outline, moved into the canvas where it would be cut.
fn tag(canvas: &mut RgbImage, text: &str, corners: &Corners, color: Rgb<u8>) {
    let (width, height) = (canvas.width() as f32, canvas.height() as f32);
    let text = Text::fitted(text, (height / 24.0).max(12.0), canvas.width());
    let margin = (text.height as f32 / 6.0).ceil();
    let (box_width, box_height) =
        (text.width as f32 + 2.0 * margin, text.height as f32 + 2.0 * margin);
    let least = |axis: usize| corners.iter().map(|corner| corner[axis]).fold(f32::MAX, f32::min);
    let middle = corners.iter().map(|corner| corner[0]).sum::<f32>() / 4.0;
    let left = (middle - box_width / 2.0).min(width - box_width).max(0.0) as i32;
    let top = (least(1) - box_height - margin).min(height - box_height).max(0.0) as i32;
    let area = Rect::at(left, top).of_size(box_width as u32, box_height as u32);
    draw_filled_rect_mut(canvas, area, BACKGROUND);
    text.draw(canvas, left + margin as i32, top + margin as i32, color);
}

/// Each edge as a bar, so that it can be seen on large images too. `corners` are in
/// pixels of the canvas, and may lie outside it.
pub fn outline(canvas: &mut RgbImage, corners: Corners, color: Rgb<u8>) {
    let half = (canvas.width() as f32 / 320.0).max(1.0);
    for (from, to) in (0..4).map(|i| (corners[i], corners[(i + 1) % 4])) {
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let length = dx.hypot(dy).max(1.0);
        let (aside_x, aside_y) = (-dy / length * half, dx / length * half);
        let bar = [
            [from[0] + aside_x, from[1] + aside_y],
            [to[0] + aside_x, to[1] + aside_y],
            [to[0] - aside_x, to[1] - aside_y],
            [from[0] - aside_x, from[1] - aside_y],
        ]
        .map(|[x, y]| Point::new(x.round() as i32, y.round() as i32));
        // A polygon of no extent can't be drawn.
        if bar[0] != bar[3] && bar[0] != bar[1] {
            draw_polygon_mut(canvas, &bar, color);
        }
    }
}

/// A line of text and its size in pixels.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    text: &'a str,
    scale: PxScale,
    pub width: u32,
    pub height: u32,
}

impl<'a> Text<'a> {
    /// Text of that height, or smaller where it would be wider than `room`.
    pub fn fitted(text: &'a str, wanted_height: f32, room: u32) -> Self {
        let font = label_font();
        let (full, _) = text_size(wanted_height, &font, text);
        let scale =
            PxScale::from(wanted_height * (room.max(1) as f32 / full.max(1) as f32).min(1.0));
        let (width, height) = text_size(scale, &font, text);
        Self { text, scale, width, height }
    }

    /// Draws it with its top left corner there.
    pub fn draw(&self, canvas: &mut RgbImage, left: i32, top: i32, color: Rgb<u8>) {
        draw_text_mut(canvas, color, left, top, self.scale, &label_font(), self.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pixels of about that colour: the edges of letters are blended.
    fn count(canvas: &RgbImage, color: Rgb<u8>) -> usize {
        let is_like = |pixel: &&Rgb<u8>| {
            pixel.0.iter().zip(color.0).all(|(level, wanted)| level.abs_diff(wanted) < 80)
        };
        canvas.pixels().filter(is_like).count()
    }

    #[test]
    fn each_card_has_its_outline_and_its_name_above_it() {
        let mut canvas = RgbImage::from_pixel(640, 480, Rgb([1, 2, 3]));
        let square =
            |left: f32| [[left, 100.0], [left + 80.0, 100.0], [left + 80.0, 200.0], [left, 200.0]];
        let card = "two of clubs".parse().unwrap();
        let marks = [Mark::named(card, 0.987, square(50.0)), Mark::doubtful(square(300.0))];
        draw_marks(&mut canvas, &marks, 1.0, [0.0, 0.0]);
        assert_eq!(canvas.get_pixel(50, 150), &mark_color(true));
        assert_eq!(canvas.get_pixel(300, 150), &mark_color(false));
        let above = image::imageops::crop_imm(&canvas, 0, 0, 640, 95).to_image();
        assert!(count(&above, mark_color(true)) > 50, "a name above the first card");
        assert_eq!(count(&above, mark_color(false)), 0, "no text above what is doubtful");
    }

    #[test]
    fn a_name_that_would_be_cut_is_moved_into_the_image() {
        for corners in [
            [[-40.0, -40.0], [30.0, -40.0], [30.0, 60.0], [-40.0, 60.0]],
            [[600.0, 460.0], [700.0, 460.0], [700.0, 560.0], [600.0, 560.0]],
            [[f32::NAN; 2]; 4],
        ] {
            let mut canvas = RgbImage::new(640, 480);
            tag(&mut canvas, "queen of hearts 98.7 %", &corners, mark_color(true));
            assert!(count(&canvas, mark_color(true)) > 100, "at {corners:?}");
        }
        let mut tiny = RgbImage::new(4, 3);
        tag(&mut tiny, "queen of hearts 98.7 %", &[[1.0; 2]; 4], mark_color(true));
    }
}
