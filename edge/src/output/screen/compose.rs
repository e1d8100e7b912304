//! A view as an image of the screen's size.

use std::sync::Arc;

use common::geometry::{Point, Size};
use image::{Rgb, RgbImage, imageops};

use crate::output::draw::{BACKGROUND, Mark, Text, draw_marks, mark_color};
use crate::output::resize::resize;
use crate::source::FrameImage;

/// What the screen shows.
#[derive(Debug)]
pub(crate) struct View {
    /// The frame, if there is one.
    pub frame: Option<Arc<FrameImage>>,
    /// The outlines to draw on the frame.
    pub marks: Vec<Mark>,
    /// The name of the card, or of the state if there is no card.
    pub text: String,
    /// The confidence of the named card, 0 to 1.
    pub confidence: Option<f32>,
    pub frames_per_second: f64,
    /// Whether `text` is the name of a card.
    pub is_named: bool,
    /// Whether `text` reports a fault.
    pub is_fault: bool,
}

/// The share of the screen's height that the line of text takes.
const BAR_SHARE: f32 = 0.16;

/// The colour of confidence and frame rate.
const PLAIN: Rgb<u8> = Rgb([200, 200, 205]);
/// The colour of a fault.
const FAULT: Rgb<u8> = Rgb([240, 80, 70]);

/// Draws the frame as large as it fits above a line of text. The line has the card or the
/// state on the left, and the confidence and the frame rate on the right.
pub(crate) fn compose(view: &View, size: Size) -> RgbImage {
    let mut canvas = RgbImage::from_pixel(size.width, size.height, BACKGROUND);
    let bar_height = (size.height as f32 * BAR_SHARE) as u32;
    if let Some(frame) = &view.frame {
        draw_frame(&mut canvas, frame, view, size.height - bar_height);
    }
    draw_bar(&mut canvas, view, bar_height);
    canvas
}

/// Draws the line of text at the bottom. Heights and margins are in pixels.
fn draw_bar(canvas: &mut RgbImage, view: &View, bar_height: u32) {
    let (width, height) = canvas.dimensions();
    let (bar_top, margin) = ((height - bar_height) as i32, (bar_height / 6) as i32);
    let top = |text: &Text<'_>| bar_top + (bar_height.saturating_sub(text.height) / 2) as i32;
    let figures = figures(view);
    let figures = Text::fitted(&figures, bar_height as f32 * 0.45, width / 3);
    let figures_left = width as i32 - margin - figures.width as i32;
    figures.draw(canvas, figures_left, top(&figures), PLAIN);
    let room = (figures_left - 2 * margin).max(1) as u32;
    let color = if view.is_fault { FAULT } else { mark_color(view.is_named) };
    let text = Text::fitted(&view.text, bar_height as f32 * 0.8, room);
    text.draw(canvas, margin, top(&text), color);
}

/// The confidence, if there is one, and the frame rate.
fn figures(view: &View) -> String {
    let rate = format!("{:.1} fps", view.frames_per_second);
    match view.confidence {
        Some(confidence) => format!("{:.0} %  {rate}", confidence * 100.0),
        None => rate,
    }
}

/// Draws the frame with its outlines into the upper part of the canvas, which has a height
/// of `room` pixels.
fn draw_frame(canvas: &mut RgbImage, frame: &FrameImage, view: &View, room: u32) {
    let (width, height) = (frame.size().width as f32, frame.size().height as f32);
    let scale = (canvas.width() as f32 / width).min(room as f32 / height);
    let size = Size::new(((width * scale) as u32).max(1), ((height * scale) as u32).max(1));
    let Some(scaled) = resize(frame.reduced(size), size) else { return };
    let left = canvas.width().saturating_sub(size.width) / 2;
    let top = room.saturating_sub(size.height) / 2;
    imageops::replace(canvas, &scaled, i64::from(left), i64::from(top));
    draw_marks(canvas, &view.marks, scale, Point::new(left as f32, top as f32));
}

#[cfg(test)]
mod tests {
    use common::geometry::Rect;

    use super::*;

    fn view() -> View {
        View {
            frame: Some(Arc::new(RgbImage::from_pixel(640, 480, Rgb([10, 90, 40])).into())),
            marks: vec![Mark {
                corners_in_frame: Rect::new(80.0, 0.0, 480.0, 480.0).to_quad(),
                text: String::new(),
                is_named: true,
            }],
            text: "ace of spades".into(),
            confidence: Some(0.987),
            frames_per_second: 12.34,
            is_named: true,
            is_fault: false,
        }
    }

    #[test]
    fn frame_outline_and_text_are_visible_on_any_screen() {
        for (width, height) in [(800, 480), (480, 320), (1920, 1080), (320, 480)] {
            let image = compose(&view(), Size::new(width, height));
            let bar = (height as f32 * BAR_SHARE) as u32;
            let count = |color: Rgb<u8>, rows: std::ops::Range<u32>| {
                let rows = rows.flat_map(|y| (0..width).map(move |x| (x, y)));
                rows.filter(|&(x, y)| *image.get_pixel(x, y) == color).count()
            };
            let above = 0..height - bar;
            assert!(count(Rgb([10, 90, 40]), above.clone()) > 1000, "frame on {width}×{height}");
            assert!(count(mark_color(true), above) > 100, "outline on {width}×{height}");
            assert!(
                count(mark_color(true), height - bar..height) > 100,
                "name on {width}×{height}"
            );
            assert!(count(PLAIN, height - bar..height) > 10, "rate on {width}×{height}");
        }
    }

    #[test]
    fn a_fault_is_shown_without_a_frame() {
        let view = View {
            frame: None,
            marks: Vec::new(),
            text: "fault".into(),
            confidence: None,
            is_named: false,
            is_fault: true,
            ..view()
        };
        let image = compose(&view, Size::new(800, 480));
        assert!(image.pixels().any(|pixel| *pixel == FAULT));
        assert!(image.pixels().all(|pixel| *pixel != mark_color(true)));
    }

    #[test]
    fn a_screen_of_a_few_pixels_does_not_panic() {
        compose(&view(), Size::new(8, 4));
    }
}
