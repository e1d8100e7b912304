//! The part of an image that fills a frame as its background.

use common::{Point, Rect, Size};
use image::RgbImage;
use rand::RngExt;
use rand_pcg::Pcg64;

/// A part of an image, possibly mirrored or turned, that fills a frame.
pub struct BackgroundWindow {
    /// The corner of the frame at (0, 0), in the image.
    from: Point,
    /// Pixels of the image per pixel of the frame; negative along a mirrored axis.
    step: Point,
    /// Whether x and y are exchanged.
    is_turned: bool,
}

impl BackgroundWindow {
    /// Chooses a place in the image at random. At `zoom` 1, the window is as large as the image
    /// and the frame's shape allow.
    pub fn random(
        image: Size,
        frame: Size,
        zoom: f32,
        is_turned: bool,
        mirror_chance: f64,
        rng: &mut Pcg64,
    ) -> Self {
        let (width, height) =
            if is_turned { (image.height, image.width) } else { (image.width, image.height) };
        let (width, height) = (width as f32, height as f32);
        let (frame_width, frame_height) = (frame.width as f32, frame.height as f32);
        let scale = (width / frame_width).min(height / frame_height) / zoom;
        let (from_x, step_x) = axis(width, frame_width, scale, mirror_chance, rng);
        let (from_y, step_y) = axis(height, frame_height, scale, mirror_chance, rng);
        Self { from: Point::new(from_x, from_y), step: Point::new(step_x, step_y), is_turned }
    }

    /// The content of the window at the size of the frame.
    pub fn cut(&self, image: &RgbImage, frame: Size) -> RgbImage {
        let (width, height) = image.dimensions();
        RgbImage::from_fn(frame.width, frame.height, |x, y| {
            let u = self.from.x + (x as f32 + 0.5) * self.step.x;
            let v = self.from.y + (y as f32 + 0.5) * self.step.y;
            let (u, v) = if self.is_turned { (v, u) } else { (u, v) };
            *image.get_pixel(nearest(u, width), nearest(v, height))
        })
    }

    /// Where a rectangle of the image is in the frame.
    pub fn place(&self, in_image: Rect) -> Rect {
        let a = self.point(in_image.left, in_image.top);
        let b = self.point(in_image.right(), in_image.bottom());
        Rect::from_edges(a.x.min(b.x), a.y.min(b.y), a.x.max(b.x), a.y.max(b.y))
    }

    /// Where a point of the image is in the frame.
    fn point(&self, x: f32, y: f32) -> Point {
        let (u, v) = if self.is_turned { (y, x) } else { (x, y) };
        Point::new((u - self.from.x) / self.step.x, (v - self.from.y) / self.step.y)
    }
}

/// The start and the step of a window along one axis, on which the image has `length` pixels and
/// the frame `frame_length`.
fn axis(
    length: f32,
    frame_length: f32,
    scale: f32,
    mirror_chance: f64,
    rng: &mut Pcg64,
) -> (f32, f32) {
    let room = (length - frame_length * scale).max(0.0);
    let start = rng.random_range(0.0..=room);
    if rng.random_bool(mirror_chance) {
        (start, scale)
    } else {
        (start + frame_length * scale, -scale)
    }
}

/// The pixel at a coordinate, or the nearest one of the image.
fn nearest(at: f32, length: u32) -> u32 {
    (at.max(0.0) as u32).min(length - 1)
}
