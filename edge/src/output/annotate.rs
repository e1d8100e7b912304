//! Images with the recognised cards drawn on them.

use common::Point;
use image::imageops::{FilterType, resize};
use image::{Rgb, RgbImage};
use imageproc::drawing::draw_filled_rect_mut;
use imageproc::rect::Rect;

use crate::output::draw::{BACKGROUND, Mark, Text, draw_marks, mark_color};

/// Images that are narrower than this are enlarged, so that the text on them is legible.
const LEGIBLE_WIDTH_PIXELS: u32 = 480;

/// What is drawn on an image.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Annotation<'a> {
    pub(crate) marks: &'a [Mark],
    /// The line at the bottom, such as "ace of spades  98.7 %  6.1 ms".
    pub(crate) text: &'a str,
    /// Whether a card is named.
    pub(crate) is_named: bool,
}

/// Returns the image with outlines and text. A small image is enlarged by an integer factor.
pub(crate) fn annotate(image: &RgbImage, annotation: &Annotation<'_>) -> RgbImage {
    let factor = LEGIBLE_WIDTH_PIXELS.div_ceil(image.width().max(1)).clamp(1, 8);
    let (width, height) = (image.width() * factor, image.height() * factor);
    let mut canvas = if factor == 1 {
        image.clone()
    } else {
        resize(image, width, height, FilterType::Triangle)
    };
    draw_marks(&mut canvas, annotation.marks, factor as f32, Point::default());
    draw_caption(&mut canvas, annotation.text, mark_color(annotation.is_named));
    canvas
}

/// Draws one line of text at the bottom left, reduced in size if it does not fit.
fn draw_caption(canvas: &mut RgbImage, text: &str, color: Rgb<u8>) {
    let (width, height) = canvas.dimensions();
    let text_height = (height as f32 / 16.0).max(16.0);
    let margin = (text_height / 4.0).ceil() as u32;
    let text = Text::fitted(text, text_height, width.saturating_sub(4 * margin));
    let box_height = text.height + 2 * margin;
    let top = height.saturating_sub(box_height + margin) as i32;
    let left = margin as i32;
    let area = Rect::at(left, top).of_size(text.width + 2 * margin, box_height.max(1));
    draw_filled_rect_mut(canvas, area, BACKGROUND);
    text.draw(canvas, left + margin as i32, top + margin as i32, color);
}

#[cfg(test)]
mod tests {
    use common::Quad;

    use super::*;

    fn annotate_card(image: &RgbImage, corners: [[f32; 2]; 4]) -> RgbImage {
        let corners_in_frame = Quad::from(corners);
        let mark = Mark { corners_in_frame, text: String::new(), is_named: true };
        let annotation =
            Annotation { marks: &[mark], text: "ace of spades 98.7 %", is_named: true };
        annotate(image, &annotation)
    }

    #[test]
    fn a_small_image_is_enlarged_and_annotated() {
        let image = RgbImage::new(224, 224);
        let corners = [[20.0, 20.0], [200.0, 20.0], [200.0, 200.0], [20.0, 200.0]];
        let annotated = annotate_card(&image, corners);
        assert_eq!(annotated.width(), 3 * 224);
        assert_eq!(annotated.get_pixel(60, 300), &mark_color(true));
    }

    #[test]
    fn corners_outside_the_image_are_allowed() {
        let image = RgbImage::new(640, 480);
        annotate_card(&image, [[-50.0, -50.0], [900.0, 0.0], [900.0, 700.0], [-50.0, 700.0]]);
        annotate_card(&image, [[5.0, 5.0]; 4]);
    }
}
