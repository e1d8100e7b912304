//! What the screen shows, as an image of its size.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{Rgb, RgbImage, imageops};

use crate::output::draw::{BACKGROUND, Text, draw_marks, mark_color};
use crate::output::screen::View;

/// Share of the screen's height that the line of text takes.
const BAR_SHARE: f32 = 0.16;

const PLAIN: Rgb<u8> = Rgb([200, 200, 205]);
const FAULT: Rgb<u8> = Rgb([240, 80, 70]);

/// The frame as large as it fits above a line of text: the card or the state at the
/// left, confidence and frames a second at the right.
pub fn compose(view: &View, width: u32, height: u32) -> RgbImage {
    let mut canvas = RgbImage::from_pixel(width, height, BACKGROUND);
    let bar = (height as f32 * BAR_SHARE) as u32;
    if let Some(frame) = &view.frame {
        draw_frame(&mut canvas, frame, view, height - bar);
    }
    let margin = (bar / 6) as i32;
    let top = (height - bar) as i32;
    let rate = format!("{:.1} fps", view.frames_per_second);
    let aside = match view.confidence {
        Some(confidence) => format!("{:.0} %  {rate}", confidence * 100.0),
        None => rate,
    };
    let aside = Text::fitted(&aside, bar as f32 * 0.45, width / 3);
    let left = width as i32 - margin - aside.width as i32;
    aside.draw(&mut canvas, left, top + (bar.saturating_sub(aside.height) / 2) as i32, PLAIN);
    let room = (left - 2 * margin).max(1) as u32;
    let color = if view.is_fault { FAULT } else { mark_color(view.is_named) };
    let text = Text::fitted(&view.text, bar as f32 * 0.8, room);
    text.draw(&mut canvas, margin, top + (bar.saturating_sub(text.height) / 2) as i32, color);
    canvas
}

fn draw_frame(canvas: &mut RgbImage, frame: &RgbImage, view: &View, room: u32) {
    let (width, height) = frame.dimensions();
    let scale = (canvas.width() as f32 / width as f32).min(room as f32 / height as f32);
    let size = [width, height].map(|edge| ((edge as f32 * scale) as u32).max(1));
    let Some(scaled) = resize(frame, size) else { return };
    let left = canvas.width().saturating_sub(size[0]) / 2;
    let top = room.saturating_sub(size[1]) / 2;
    imageops::replace(canvas, &scaled, i64::from(left), i64::from(top));
    draw_marks(canvas, &view.marks, scale, [left as f32, top as f32]);
}

/// None of a frame without pixels.
fn resize(frame: &RgbImage, [width, height]: [u32; 2]) -> Option<RgbImage> {
    let pixels: &[U8x3] = &frame.pixels().map(|pixel| U8x3::new(pixel.0)).collect::<Vec<_>>();
    let from = TypedImageRef::new(frame.width(), frame.height(), pixels).ok()?;
    let mut to = TypedImage::<U8x3>::new(width, height);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Interpolation(FilterType::Bilinear));
    Resizer::new().resize_typed(&from, &mut to, &options).ok()?;
    RgbImage::from_raw(width, height, to.pixels().iter().flat_map(|pixel| pixel.0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::draw::Mark;

    fn view() -> View {
        View {
            frame: Some(RgbImage::from_pixel(640, 480, Rgb([10, 90, 40]))),
            marks: vec![Mark {
                corners_in_frame: [[80.0, 0.0], [560.0, 0.0], [560.0, 480.0], [80.0, 480.0]],
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
    fn frame_outline_and_text_are_there_on_any_screen() {
        for (width, height) in [(800, 480), (480, 320), (1920, 1080), (320, 480)] {
            let image = compose(&view(), width, height);
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
    fn a_fault_is_told_without_a_frame() {
        let view = View {
            frame: None,
            marks: Vec::new(),
            text: "fault".into(),
            confidence: None,
            is_named: false,
            is_fault: true,
            ..view()
        };
        let image = compose(&view, 800, 480);
        assert!(image.pixels().any(|pixel| *pixel == FAULT));
        assert!(image.pixels().all(|pixel| *pixel != mark_color(true)));
    }

    #[test]
    fn a_screen_of_a_few_pixels_does_no_harm() {
        compose(&view(), 8, 4);
    }
}
