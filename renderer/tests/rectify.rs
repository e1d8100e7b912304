//! Whether `common`'s rectification gives back the card that the renderer laid on a table.

use common::rectify::rectify;
use common::{Point, Rect};
use image::{RgbImage, imageops};
use renderer::deck::{Style, draw_card};
use renderer::scene::blend::blend_warped;
use renderer::scene::pose::CardPose;

/// Mean difference of levels.
fn difference(a: &RgbImage, b: &RgbImage) -> f64 {
    let pairs = a.as_raw().iter().zip(b.as_raw());
    let sum: f64 = pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
    sum / a.as_raw().len() as f64
}

#[test]
fn a_card_from_any_side_is_the_card_from_above() {
    let card = draw_card("king of hearts".parse().unwrap(), &Style::classic(), 200, 280);
    let mut flat = RgbImage::new(200, 280);
    blend_warped(&mut flat, &card, Rect::new(0.0, 0.0, 200.0, 280.0).to_quad());
    let flat = imageops::resize(&flat, 96, 96, imageops::FilterType::Triangle);
    for rotation in [0.0, 40.0, 90.0, 200.0] {
        let mut frame = RgbImage::new(640, 480);
        let pose = CardPose {
            centre_in_frame: Point::new(320.0, 240.0),
            height_pixels: 290.0,
            rotation_degrees: rotation,
            tilt_degrees: 25.0,
            tilt_toward_degrees: 70.0,
        };
        let outline = pose.corners_in_frame();
        blend_warped(&mut frame, &card, outline);
        let seen = rectify(&frame, outline, 96);
        let off = difference(&seen, &flat);
        // `blend_warped` is off by up to a pixel at half turns; a wrong turn is
        // off by 40 levels and more.
        assert!(off < 12.0, "{rotation}°: {off} grey levels");
    }
}
