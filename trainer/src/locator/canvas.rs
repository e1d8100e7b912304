//! The canvas of a training scene: images are put on top of one another, and it is known which
//! card is visible in each pixel.

use common::{Point, Quad, Rect};
use image::{RgbImage, RgbaImage};
use imageproc::geometric_transformations::Projection;

/// The owner of the pixels that do not show a card.
pub const NO_OWNER: u8 = 0;

/// An image under construction.
pub struct SceneCanvas {
    pub image: RgbImage,
    /// For each pixel, the number of the card that is visible there, or [`NO_OWNER`].
    owners: Vec<u8>,
}

/// How an image is lit: a factor for each colour channel.
pub type Tone = [f32; 3];

/// The visible part of a card.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VisibleArea {
    /// The number of pixels.
    pub pixels: f32,
    /// The sum of the pixels' coordinates.
    sum: Point,
}

impl VisibleArea {
    /// The mean of the pixels' coordinates, or (0, 0) if there are no pixels.
    pub fn centre(&self) -> Point {
        let pixels = self.pixels.max(1.0);
        Point::new(self.sum.x / pixels, self.sum.y / pixels)
    }
}

impl SceneCanvas {
    /// A canvas that shows only a background.
    pub fn new(background: RgbImage) -> Self {
        let owners = vec![NO_OWNER; (background.width() * background.height()) as usize];
        Self { image: background, owners }
    }

    /// Puts an image with straight alpha on top, its corners at `corners`. Its colours are
    /// multiplied by `tone` and its alpha by `opacity`. The pixels in which it is mostly opaque
    /// belong to `owner` afterwards; without an owner, every pixel keeps the one that it has.
    pub fn paste(
        &mut self,
        image: &RgbaImage,
        corners: Quad,
        tone: Tone,
        opacity: f32,
        owner: Option<u8>,
    ) {
        let (width, height) = (image.width() as f32, image.height() as f32);
        let image_corners = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)];
        let canvas_corners = corners.corners.map(|corner| (corner.x, corner.y));
        let Some(image_from_canvas) =
            Projection::from_control_points(canvas_corners, image_corners)
        else {
            return;
        };
        let bounds = corners.bounds();
        let columns = self.image.width();
        for y in pixel_range(bounds.top, bounds.bottom(), self.image.height()) {
            for x in pixel_range(bounds.left, bounds.right(), columns) {
                let (u, v) = image_from_canvas * (x as f32 + 0.5, y as f32 + 0.5);
                if !(u >= 0.0 && v >= 0.0 && u < width && v < height) {
                    continue;
                }
                let [r, g, b, alpha] = bilinear(image, u, v);
                let alpha = alpha / 255.0 * opacity;
                let below = self.image.get_pixel_mut(x, y);
                for ((below, above), tone) in below.0.iter_mut().zip([r, g, b]).zip(tone) {
                    let mixed =
                        f32::from(*below) * (1.0 - alpha) + (above * tone).min(255.0) * alpha;
                    *below = mixed as u8;
                }
                if let Some(owner) = owner
                    && alpha > 0.5
                {
                    self.owners[(y * columns + x) as usize] = owner;
                }
            }
        }
    }

    /// Makes a card the owner of a rectangle without changing the image.
    pub fn set_owner(&mut self, rect: Rect, owner: u8) {
        let (width, height) = self.image.dimensions();
        for y in clamped(rect.top, height)..clamped(rect.bottom(), height) {
            for x in clamped(rect.left, width)..clamped(rect.right(), width) {
                self.owners[(y * width + x) as usize] = owner;
            }
        }
    }

    /// The owner of the pixel at a point; `None` outside the canvas.
    pub fn owner_at(&self, point: Point) -> Option<u8> {
        let (width, height) = self.image.dimensions();
        let is_inside = point.x >= 0.0 && point.y >= 0.0;
        let (x, y) = (point.x as u32, point.y as u32);
        (is_inside && x < width && y < height).then(|| self.owners[(y * width + x) as usize])
    }

    /// The visible parts of the owners 0 to `count - 1`.
    pub fn visible(&self, count: usize) -> Vec<VisibleArea> {
        let mut visible = vec![VisibleArea::default(); count];
        let width = self.image.width() as usize;
        for (i, &owner) in self.owners.iter().enumerate() {
            if let Some(area) = visible.get_mut(usize::from(owner)) {
                area.pixels += 1.0;
                area.sum.x += (i % width) as f32 + 0.5;
                area.sum.y += (i / width) as f32 + 0.5;
            }
        }
        visible
    }
}

/// The pixels that a coordinate range touches, of `0..length`.
fn pixel_range(from: f32, to: f32, length: u32) -> std::ops::Range<u32> {
    let first = from.floor().max(0.0) as u32;
    let end = to.ceil().max(0.0) as u32;
    first.min(length)..end.min(length)
}

/// The pixel at a coordinate, of `0..=length`.
fn clamped(at: f32, length: u32) -> u32 {
    (at.max(0.0) as u32).min(length)
}

/// The colour at a point, in pixels of the image; the centres of pixels are at halves.
fn bilinear(image: &RgbaImage, u: f32, v: f32) -> [f32; 4] {
    let (left, right, right_share) = neighbours(u, image.width());
    let (top, bottom, bottom_share) = neighbours(v, image.height());
    let [above, below] = [top, bottom].map(|row| {
        let (a, b) = (image.get_pixel(left, row).0, image.get_pixel(right, row).0);
        mix(a.map(f32::from), b.map(f32::from), right_share)
    });
    mix(above, below, bottom_share)
}

/// The pixels on both sides of a coordinate, and the share of the second one, 0..1.
fn neighbours(at: f32, length: u32) -> (u32, u32, f32) {
    let at = (at - 0.5).clamp(0.0, (length - 1) as f32);
    let first = at as u32;
    (first, (first + 1).min(length - 1), at - first as f32)
}

fn mix(a: [f32; 4], b: [f32; 4], share: f32) -> [f32; 4] {
    [0, 1, 2, 3].map(|i| a[i] * (1.0 - share) + b[i] * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, Rgba};

    #[test]
    fn the_image_on_top_is_visible() {
        let mut canvas = SceneCanvas::new(RgbImage::new(20, 20));
        let square = |left: f32, top: f32| Rect { left, top, width: 10.0, height: 10.0 }.to_quad();
        let red = RgbaImage::from_pixel(4, 4, Rgba([200, 0, 0, 255]));
        canvas.paste(&red, square(0.0, 0.0), [1.0; 3], 1.0, Some(1));
        canvas.paste(&red, square(5.0, 0.0), [0.5; 3], 1.0, Some(2));
        let shadow = RgbaImage::from_pixel(4, 4, Rgba([0, 0, 0, 255]));
        canvas.paste(&shadow, square(0.0, 10.0), [1.0; 3], 0.4, None);
        assert_eq!(canvas.image.get_pixel(2, 2), &Rgb([200, 0, 0]));
        assert_eq!(canvas.image.get_pixel(7, 2), &Rgb([100, 0, 0]));
        let visible = canvas.visible(3);
        assert_eq!([visible[1].pixels, visible[2].pixels], [50.0, 100.0]);
        assert_eq!(visible[1].centre(), Point::new(2.5, 5.0));
    }
}
