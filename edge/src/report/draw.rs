//! Outlines and text on pictures.

use ab_glyph::PxScale;
use common::Corners;
use common::font::label_font;
use image::{Rgb, RgbImage};
use imageproc::drawing::{draw_polygon_mut, draw_text_mut, text_size};
use imageproc::point::Point;

/// Behind text.
pub const BACKGROUND: Rgb<u8> = Rgb([16, 16, 20]);

/// Green for a card that is named, amber for what may be one.
pub fn mark_color(is_named: bool) -> Rgb<u8> {
    if is_named { Rgb([40, 220, 90]) } else { Rgb([240, 180, 40]) }
}

/// Each edge as a bar, so that it can be seen on large pictures too. `corners` are in
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
