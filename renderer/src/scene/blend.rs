//! Laying one image over another.

use std::ops::Range;

use common::Quad;
use image::{Rgb, RgbImage, Rgba, RgbaImage, imageops};
use imageproc::geometric_transformations::{Border, Interpolation, Projection, warp_into};

/// Lays a pixel with premultiplied alpha over another one.
fn over(Rgb(below): &mut Rgb<u8>, Rgba([r, g, b, alpha]): Rgba<u8>) {
    let visible = 255 - u16::from(alpha);
    for (below, above) in below.iter_mut().zip([r, g, b]) {
        *below = (u16::from(above) + u16::from(*below) * visible / 255).min(255) as u8;
    }
}

/// Lays an image with premultiplied alpha over a frame so that its corners are at
/// `corners_in_frame`. Parts outside the frame are cut off.
pub fn blend_warped(frame: &mut RgbImage, card: &RgbaImage, corners_in_frame: Quad) {
    // A transparent rim lets the card's own edge be sampled too.
    const RIM: u32 = 1;
    let mut rimmed = RgbaImage::new(card.width() + 2 * RIM, card.height() + 2 * RIM);
    imageops::replace(&mut rimmed, card, i64::from(RIM), i64::from(RIM));
    // For `warp_into`, the centre of a pixel has whole coordinates.
    let (left, top) = (RIM as f32 - 0.5, RIM as f32 - 0.5);
    let (right, bottom) = (left + card.width() as f32, top + card.height() as f32);
    let from = [(left, top), (right, top), (right, bottom), (left, bottom)];
    let bounds = corners_in_frame.bounds();
    let columns = touched(bounds.left, bounds.right(), frame.width());
    let rows = touched(bounds.top, bounds.bottom(), frame.height());
    if columns.is_empty() || rows.is_empty() {
        return;
    }
    let to = corners_in_frame
        .corners
        .map(|corner| (corner.x - 0.5 - columns.start as f32, corner.y - 0.5 - rows.start as f32));
    let Some(layer_from_card) = Projection::from_control_points(from, to) else {
        return; // Corners on one line enclose nothing.
    };
    let mut layer = RgbaImage::new(columns.len() as u32, rows.len() as u32);
    let outside = Border::Constant(Rgba([0; 4]));
    warp_into(&rimmed, layer_from_card, Interpolation::Bilinear, outside, &mut layer);
    for (x, y, above) in layer.enumerate_pixels() {
        over(frame.get_pixel_mut(columns.start + x, rows.start + y), *above);
    }
}

/// The pixels from 0 to `length` that a shape between two coordinates may touch.
fn touched(first: f32, last: f32, length: u32) -> Range<u32> {
    // A coordinate outside the frame, or one that is not a number, becomes an end of the frame.
    let clamp = |at: f32| (at.max(0.0) as u32).min(length);
    let first = clamp(first - 1.0);
    first..clamp(last + 2.0).max(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::Point;

    #[test]
    fn a_blended_image_covers_the_area_between_its_corners() {
        let white = RgbaImage::from_pixel(20, 20, Rgba([255; 4]));
        let corners = [[10.0, 5.0], [30.0, 5.0], [30.0, 25.0], [10.0, 25.0]];
        for turn in 0..4 {
            let mut frame = RgbImage::new(40, 40);
            let turned = Quad::from([0, 1, 2, 3].map(|i| corners[(i + turn) % 4]));
            blend_warped(&mut frame, &white, turned);
            blend_warped(&mut frame, &white, turned.map(|p| p + Point::new(90.0, -90.0)));
            for (x, y, pixel) in frame.enumerate_pixels() {
                let is_card = (10..30).contains(&x) && (5..25).contains(&y);
                let level = if is_card { 255 } else { 0 };
                assert!(pixel[0].abs_diff(level) <= 1, "turn {turn}: {pixel:?} at {x}, {y}");
            }
        }
    }
}
