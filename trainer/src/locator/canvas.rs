//! Putting things over one another, and keeping who is seen where.

use common::Corners;
use image::{RgbImage, RgbaImage};
use imageproc::geometric_transformations::Projection;

/// Nobody: the table, or a thing that is no card.
pub const NOBODY: u8 = 0;

/// An image under construction.
pub struct Canvas {
    pub image: RgbImage,
    /// For each pixel, the card that is seen there, or [`NOBODY`].
    pub owners: Vec<u8>,
}

/// How a thing is lit: factor per channel.
pub type Tone = [f32; 3];

/// What is seen of a card.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Visible {
    pub pixels: f32,
    /// Sums of x and y.
    sum: [f32; 2],
}

impl Visible {
    /// The middle of what is seen.
    pub fn centre(&self) -> [f32; 2] {
        self.sum.map(|sum| sum / self.pixels.max(1.0))
    }
}

impl Canvas {
    pub fn new(image: RgbImage) -> Self {
        let owners = vec![NOBODY; (image.width() * image.height()) as usize];
        Self { image, owners }
    }

    /// Puts an image with straight alpha over what is there, its corners at these
    /// points. Where it is opaque it belongs to `owner`; nothing changes hands without one.
    pub fn paste(
        &mut self,
        thing: &RgbaImage,
        corners: &Corners,
        tone: Tone,
        opacity: f32,
        owner: Option<u8>,
    ) {
        let (width, height) = (thing.width() as f32, thing.height() as f32);
        let to = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)];
        let from = corners.map(|[x, y]| (x, y));
        let Some(thing_from_frame) = Projection::from_control_points(from, to) else { return };
        let range = |axis: usize, length: u32| {
            let all = corners.iter().map(|corner| corner[axis]);
            let first = all.clone().fold(f32::MAX, f32::min).floor().max(0.0) as u32;
            let last = all.fold(f32::MIN, f32::max).ceil().max(0.0) as u32;
            first.min(length)..last.min(length)
        };
        let columns = self.image.width();
        for y in range(1, self.image.height()) {
            for x in range(0, columns) {
                let (u, v) = thing_from_frame * (x as f32 + 0.5, y as f32 + 0.5);
                if !(u >= 0.0 && v >= 0.0 && u < width && v < height) {
                    continue;
                }
                let [r, g, b, alpha] = bilinear(thing, u, v);
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

    /// Gives a rectangle `[left, top, right, bottom]` to an owner.
    pub fn own(&mut self, [left, top, right, bottom]: [f32; 4], owner: u8) {
        let clamp = |at: f32, length: u32| (at.max(0.0) as u32).min(length);
        let (width, height) = self.image.dimensions();
        for y in clamp(top, height)..clamp(bottom, height) {
            for x in clamp(left, width)..clamp(right, width) {
                self.owners[(y * width + x) as usize] = owner;
            }
        }
    }

    /// What is seen of owners 0 to `count - 1`.
    pub fn visible(&self, count: usize) -> Vec<Visible> {
        let mut visible = vec![Visible::default(); count];
        let width = self.image.width() as usize;
        for (i, &owner) in self.owners.iter().enumerate() {
            if let Some(seen) = visible.get_mut(usize::from(owner)) {
                seen.pixels += 1.0;
                seen.sum[0] += (i % width) as f32 + 0.5;
                seen.sum[1] += (i / width) as f32 + 0.5;
            }
        }
        visible
    }
}

/// `u`, `v`: in pixels, centres at halves.
fn bilinear(image: &RgbaImage, u: f32, v: f32) -> [f32; 4] {
    let split = |at: f32, length: u32| {
        let at = (at - 0.5).clamp(0.0, (length - 1) as f32);
        let first = at as u32;
        (first, (first + 1).min(length - 1), at - first as f32)
    };
    let (left, right, share_x) = split(u, image.width());
    let (top, bottom, share_y) = split(v, image.height());
    let row = |y| {
        let (a, b) = (image.get_pixel(left, y).0, image.get_pixel(right, y).0);
        [0, 1, 2, 3].map(|i| f32::from(a[i]) * (1.0 - share_x) + f32::from(b[i]) * share_x)
    };
    let (above, below) = (row(top), row(bottom));
    [0, 1, 2, 3].map(|i| above[i] * (1.0 - share_y) + below[i] * share_y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, Rgba};

    #[test]
    fn what_is_on_top_is_seen() {
        let mut canvas = Canvas::new(RgbImage::new(20, 20));
        let square = |left: f32, top: f32| {
            [[left, top], [left + 10.0, top], [left + 10.0, top + 10.0], [left, top + 10.0]]
        };
        let red = RgbaImage::from_pixel(4, 4, Rgba([200, 0, 0, 255]));
        canvas.paste(&red, &square(0.0, 0.0), [1.0; 3], 1.0, Some(1));
        canvas.paste(&red, &square(5.0, 0.0), [0.5; 3], 1.0, Some(2));
        let shadow = RgbaImage::from_pixel(4, 4, Rgba([0, 0, 0, 255]));
        canvas.paste(&shadow, &square(0.0, 10.0), [1.0; 3], 0.4, None);
        assert_eq!(canvas.image.get_pixel(2, 2), &Rgb([200, 0, 0]));
        assert_eq!(canvas.image.get_pixel(7, 2), &Rgb([100, 0, 0]));
        let seen = canvas.visible(3);
        assert_eq!([seen[1].pixels, seen[2].pixels], [50.0, 100.0]);
        assert_eq!(seen[1].centre(), [2.5, 5.0]);
    }
}
