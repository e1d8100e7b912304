//! One composed image, and the truth about it.

use common::Corners;
use common::corners::area;
use common::locate::detector_input::input_size;
use image::imageops::{FilterType, resize};
use image::{Rgb, RgbImage, Rgba, RgbaImage};
use imageproc::filter::gaussian_blur_f32;
use rand::RngExt;
use rand_pcg::Pcg64;
use renderer::scene::place::Pose;

use crate::locator::canvas::{Canvas, NOBODY, Tone};
use crate::locator::distractors;
use crate::locator::stock::{Background, Print, Stock};

/// Scenes are composed this much larger than a network sees them.
const OVERSAMPLING: u32 = 2;

/// Width and height of frames.
const ASPECTS: [[u32; 2]; 8] = [[4, 3], [4, 3], [4, 3], [3, 4], [3, 4], [16, 9], [9, 16], [1, 1]];

/// How often a photograph is turned when it then has the frame's shape, and when not.
const TURNED: [f64; 2] = [0.85, 0.1];

/// How far a box's shape may be from a card's for the card to lie straight in it.
const STRAIGHT: f32 = 0.06;

/// Height of the smallest cards over the frame's longer edge.
const SMALLEST_CARD: f32 = 0.12;

/// Most cards of a scene.
const MOST_CARDS: usize = 9;

/// What a network is shown.
#[derive(Clone, Debug)]
pub struct Scene {
    pub image: RgbImage,
    pub cards: Vec<SceneCard>,
    /// Left, top, right, bottom of places where there may be cards whose corners are not
    /// known.
    pub unknown: Vec<[f32; 4]>,
}

/// A card of a scene, in pixels of its image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SceneCard {
    /// Clockwise, the first two at a short edge; covered parts included.
    pub corners: Corners,
    /// The middle of what is seen of it.
    pub centre: [f32; 2],
    /// How much of it is seen, 0..1.
    pub visible: f32,
    /// Whether the corners are exact; those of photographs come from boxes.
    pub is_exact: bool,
}

/// Width and height of a frame of any usual shape, with as many pixels as a square of `side`.
pub fn frame_size(side: u32, rng: &mut Pcg64) -> [u32; 2] {
    let [width, height] = ASPECTS[rng.random_range(0..ASPECTS.len())];
    input_size(width, height, side)
}

/// Composes a scene of that width and height. `drawn_share` of its cards are drawn, where
/// there are real ones too.
pub fn compose(stock: &Stock, size: [u32; 2], drawn_share: f64, rng: &mut Pcg64) -> Scene {
    let large = size.map(|edge| edge * OVERSAMPLING);
    let mut draft = Draft::begin(stock, large, rng);
    if rng.random_bool(0.5) {
        draft.scatter_distractors(stock, 4, rng);
    }
    let is_portrait_of_one = rng.random_bool(0.06) && draft.corners.is_empty();
    let poses = match is_portrait_of_one {
        true => vec![whole_frame(draft.size, rng)],
        false => lay_out(draft.size, rng),
    };
    for corners in poses {
        draft.lay_card(stock.card(drawn_share, rng), corners, rng);
    }
    if rng.random_bool(0.35) {
        draft.scatter_distractors(stock, 2, rng);
    }
    draft.finish(size, rng)
}

/// A scene under construction.
struct Draft {
    canvas: Canvas,
    /// Its width and height.
    size: [u32; 2],
    /// Of owner 1, 2, …; those of a photograph first.
    corners: Vec<Corners>,
    /// How many there are of a photograph.
    photographed: usize,
    unknown: Vec<[f32; 4]>,
}

impl Draft {
    fn begin(stock: &Stock, size: [u32; 2], rng: &mut Pcg64) -> Self {
        let share = if stock.photos.is_empty() { 0.0 } else { 0.5 };
        if rng.random_bool(share) {
            let photo = &stock.photos[rng.random_range(0..stock.photos.len())];
            return Self::over_photo(photo, size, rng);
        }
        let texture = &stock.textures[rng.random_range(0..stock.textures.len())];
        let tint: Tone = if rng.random_bool(0.5) {
            [(); 3].map(|()| rng.random_range(0.5..1.3))
        } else {
            [1.0; 3]
        };
        let window = Window::random(texture, size, rng.random_range(0.5..3.0), rng);
        let mut image = window.cut(texture, size);
        for pixel in image.pixels_mut() {
            pixel
                .0
                .iter_mut()
                .zip(tint)
                .for_each(|(level, t)| *level = (f32::from(*level) * t) as u8);
        }
        Self {
            canvas: Canvas::new(image),
            size,
            corners: Vec::new(),
            photographed: 0,
            unknown: Vec::new(),
        }
    }

    /// Half of them as they were taken, the others a piece of one.
    fn over_photo(photo: &Background, size: [u32; 2], rng: &mut Pcg64) -> Self {
        let (width, height) = photo.image.dimensions();
        let is_across = (width > height) != (size[0] > size[1]);
        let turned = rng.random_bool(TURNED[usize::from(!is_across)]);
        let is_whole = rng.random_bool(0.6);
        let zoom = if is_whole { rng.random_range(1.0..1.25) } else { rng.random_range(0.9..2.2) };
        let window = Window::random_turned(&photo.image, size, zoom, turned, rng);
        let canvas = Canvas::new(window.cut(&photo.image, size));
        let mut draft =
            Self { canvas, size, corners: Vec::new(), photographed: 0, unknown: Vec::new() };
        for (photo_box, is_full) in &photo.cards {
            let placed = window.place(*photo_box);
            match straight_card(placed).filter(|_| *is_full) {
                Some(corners) => {
                    draft.corners.push(corners);
                    draft.canvas.own(placed, draft.corners.len() as u8);
                }
                None => draft.unknown.push(placed),
            }
        }
        draft.photographed = draft.corners.len();
        draft
    }

    fn lay_card(&mut self, print: &Print, corners: Corners, rng: &mut Pcg64) {
        if rng.random_bool(0.6) {
            let aside = [(); 2].map(|()| rng.random_range(-4.0..4.0_f32));
            let shadow = RgbaImage::from_pixel(2, 2, Rgba([0, 0, 0, 255]));
            let opacity = rng.random_range(0.1..0.5);
            let below = corners.map(|[x, y]| [x + aside[0], y + aside[1]]);
            self.canvas.paste(&shadow, &below, [1.0; 3], opacity, None);
        }
        let light = rng.random_range(0.6..1.1);
        let tone = [(); 3].map(|()| light * rng.random_range(0.92..1.04_f32));
        let [a, _, _, d] = corners;
        let height = (a[0] - d[0]).hypot(a[1] - d[1]);
        let image = if height < print.small.height() as f32 { &print.small } else { &print.large };
        self.corners.push(corners);
        self.canvas.paste(image, &corners, tone, 1.0, Some(self.corners.len() as u8));
        if rng.random_bool(0.08) {
            // An LED's reflection.
            let glare = RgbaImage::from_fn(16, 16, |x, y| {
                let far = (x as f32 - 7.5).hypot(y as f32 - 7.5) / 8.0;
                Rgba([255, 255, 255, (255.0 * (1.0 - far).max(0.0)) as u8])
            });
            let centre = [(); 2].map(|()| rng.random_range(0.0..self.size[0] as f32));
            let spot = Pose::new(centre, rng.random_range(30.0..160.0), 0.0, 0.0, 0.0);
            self.canvas.paste(&glare, &spot.corners_in_frame, [1.0; 3], 0.9, None);
        }
    }

    fn scatter_distractors(&mut self, stock: &Stock, most: usize, rng: &mut Pcg64) {
        for _ in 0..rng.random_range(1..=most) {
            let (thing, aspect) = distractors::draw(&stock.photos, rng);
            let centre = self.size.map(|edge| rng.random_range(0.0..edge as f32));
            let height = self.size[1] as f32 * rng.random_range(0.12..0.8);
            let pose = Pose::new([0.0; 2], height, 0.0, 0.0, 0.0);
            let turn = rng.random_range(0.0..std::f32::consts::TAU);
            let (sin, cos) = turn.sin_cos();
            let stretch = aspect * renderer::deck::CARD_MM[1] / renderer::deck::CARD_MM[0];
            let corners = pose.corners_in_frame.map(|[x, y]| {
                let x = x * stretch;
                [centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos]
            });
            let light = rng.random_range(0.6..1.1);
            self.canvas.paste(&thing, &corners, [light; 3], 1.0, Some(NOBODY));
        }
    }

    fn finish(self, [width, height]: [u32; 2], rng: &mut Pcg64) -> Scene {
        let visible = self.canvas.visible(self.corners.len() + 1);
        let scale = 1.0 / OVERSAMPLING as f32;
        let cards = self.corners.iter().zip(&visible[1..]).enumerate();
        let cards = cards.map(|(i, (corners, seen))| SceneCard {
            corners: corners.map(|corner| corner.map(|at| at * scale)),
            centre: seen.centre().map(|at| at * scale),
            visible: (seen.pixels / area(corners).max(1.0)).min(1.0),
            is_exact: i >= self.photographed,
        });
        let small = resize(&self.canvas.image, width, height, FilterType::Triangle);
        Scene {
            image: photograph(small, rng),
            cards: cards.collect(),
            unknown: self.unknown.iter().map(|area| area.map(|at| at * scale)).collect(),
        }
    }
}

/// The corners of a box if a card lies straight in it, upright or sideways.
fn straight_card([left, top, right, bottom]: [f32; 4]) -> Option<Corners> {
    let shape = renderer::deck::CARD_MM[0] / renderer::deck::CARD_MM[1];
    let aspect = (right - left) / (bottom - top);
    let [a, b, c, d] = [[left, top], [right, top], [right, bottom], [left, bottom]];
    if (aspect - shape).abs() < STRAIGHT {
        Some([a, b, c, d])
    } else if (1.0 / aspect - shape).abs() < STRAIGHT {
        Some([b, c, d, a])
    } else {
        None
    }
}

/// One card that fills the frame, as the images of data sets do.
fn whole_frame(size: [u32; 2], rng: &mut Pcg64) -> Corners {
    let [width, height] = size.map(|edge| edge as f32);
    let mut near = |at: f32, edge: f32| at + edge * rng.random_range(-0.06..0.06);
    let (left, right) = (near(0.0, width), near(width, width));
    let (top, bottom) = (near(0.0, height), near(height, height));
    [[left, top], [right, top], [right, bottom], [left, bottom]]
}

/// Where cards lie: scattered, in a row, fanned or piled, all seen by one camera.
fn lay_out(size: [u32; 2], rng: &mut Pcg64) -> Vec<Corners> {
    let [width, height] = size.map(|edge| edge as f32);
    let count = match rng.random_range(0..10) {
        0 => 0,
        1..4 => 1,
        4..7 => rng.random_range(2..5),
        _ => rng.random_range(4..=MOST_CARDS),
    };
    let longest = width.max(height);
    let largest: f32 = if count < 3 { 0.65 } else { 0.4 };
    let card = longest * SMALLEST_CARD * (largest / SMALLEST_CARD).powf(rng.random_range(0.0..1.0));
    let tilt = rng.random_range(0.0..1.0_f32).powi(2) * 50.0;
    let toward = rng.random_range(0.0..360.0);
    let turn = match rng.random_range(0..3) {
        0 => rng.random_range(-12.0..12.0) + 90.0 * rng.random_range(0..4) as f32,
        _ => rng.random_range(0.0..360.0_f32),
    };
    let centre = [width, height].map(|edge| edge * rng.random_range(0.15..0.85));
    let arrangement = rng.random_range(0..4);
    let [step_x, step_y] = [rng.random_range(0.15..1.3), rng.random_range(-0.1..0.1_f32)];
    let spread = rng.random_range(3.0..22.0_f32);
    let mut pose = |i: usize| {
        let number = i as f32 - (count as f32 - 1.0) / 2.0;
        let (x, y, own_turn) = match arrangement {
            // In a row, touching, overlapping or apart.
            0 => {
                let (sin, cos) = turn.to_radians().sin_cos();
                let (along, aside) = (number * step_x * card * 0.72, number * step_y * card);
                let x = centre[0] + along * cos - aside * sin;
                (x, centre[1] + along * sin + aside * cos, turn + rng.random_range(-4.0..4.0))
            }
            // Fanned around a point below.
            1 => {
                let own = turn + number * spread;
                let (sin, cos) = own.to_radians().sin_cos();
                let (sin0, cos0) = turn.to_radians().sin_cos();
                let reach = card * 0.8;
                let x = centre[0] + reach * (sin - sin0);
                (x, centre[1] - reach * (cos - cos0), own)
            }
            // Piled.
            2 => {
                let mut near = |at: f32| at + card * rng.random_range(-0.7..0.7);
                let (x, y) = (near(centre[0]), near(centre[1]));
                (x, y, turn + rng.random_range(-60.0..60.0))
            }
            _ => (
                rng.random_range(0.0..width),
                rng.random_range(0.0..height),
                rng.random_range(0.0..360.0),
            ),
        };
        let own = card * rng.random_range(0.96..1.04);
        Pose::new([x, y], own, own_turn, tilt, toward).corners_in_frame
    };
    (0..count).map(&mut pose).collect()
}

/// A piece of an image, mirrored or turned, that fills a frame.
struct Window {
    /// Of the frame's first pixel, in the image.
    from: [f32; 2],
    /// Pixels of the image per pixel of the frame; negative: mirrored.
    step: [f32; 2],
    /// x and y change places.
    turned: bool,
}

impl Window {
    fn random(image: &RgbImage, size: [u32; 2], zoom: f32, rng: &mut Pcg64) -> Self {
        let turned = rng.random_bool(0.3);
        Self::random_turned(image, size, zoom, turned, rng)
    }

    /// At `zoom` 1, as much of the image as fills the frame.
    fn random_turned(
        image: &RgbImage,
        size: [u32; 2],
        zoom: f32,
        turned: bool,
        rng: &mut Pcg64,
    ) -> Self {
        let (width, height) = image.dimensions();
        let whole = if turned { [height, width] } else { [width, height] }.map(|edge| edge as f32);
        let size = size.map(|edge| edge as f32);
        let scale = (whole[0] / size[0]).min(whole[1] / size[1]) / zoom;
        let mut axis = |i: usize| {
            let room = (whole[i] - size[i] * scale).max(0.0);
            let start = rng.random_range(0.0..=room);
            match rng.random_bool(0.5) {
                true => (start, scale),
                false => (start + size[i] * scale, -scale),
            }
        };
        let ((from_x, step_x), (from_y, step_y)) = (axis(0), axis(1));
        Self { from: [from_x, from_y], step: [step_x, step_y], turned }
    }

    /// The window's content, in a frame of that width and height.
    fn cut(&self, image: &RgbImage, size: [u32; 2]) -> RgbImage {
        let (width, height) = image.dimensions();
        RgbImage::from_fn(size[0], size[1], |x, y| {
            let [u, v] = [x, y].map(|at| at as f32 + 0.5);
            let u = self.from[0] + u * self.step[0];
            let v = self.from[1] + v * self.step[1];
            let (u, v) = if self.turned { (v, u) } else { (u, v) };
            let clamp = |at: f32, length: u32| (at.max(0.0) as u32).min(length - 1);
            *image.get_pixel(clamp(u, width), clamp(v, height))
        })
    }

    /// Where a box of the image is in the frame.
    fn place(&self, [left, top, right, bottom]: [f32; 4]) -> [f32; 4] {
        let point = |x: f32, y: f32| {
            let (u, v) = if self.turned { (y, x) } else { (x, y) };
            [(u - self.from[0]) / self.step[0], (v - self.from[1]) / self.step[1]]
        };
        let ([ax, ay], [bx, by]) = (point(left, top), point(right, bottom));
        [ax.min(bx), ay.min(by), ax.max(bx), ay.max(by)]
    }
}

/// What LED and camera do.
fn photograph(image: RgbImage, rng: &mut Pcg64) -> RgbImage {
    let size = [image.width(), image.height()];
    let mut image = match rng.random_bool(0.4) {
        true => gaussian_blur_f32(&image, rng.random_range(0.3..1.3)),
        false => image,
    };
    let gamma = rng.random_range(0.7..1.5_f32);
    let light = rng.random_range(0.55..1.2_f32);
    let tint = [(); 3].map(|()| rng.random_range(0.85..1.12_f32));
    let curves = tint.map(|tint| {
        let level = |i: usize| (i as f32 / 255.0).powf(gamma) * 255.0 * light * tint;
        std::array::from_fn::<f32, 256, _>(level)
    });
    let slope = [(); 2].map(|()| rng.random_range(-0.35..0.35_f32));
    let noise = if rng.random_bool(0.5) { rng.random_range(0.5..12.0_f32) } else { 0.5 };
    for (x, y, Rgb(pixel)) in image.enumerate_pixels_mut() {
        let across = x as f32 / size[0] as f32 - 0.5;
        let down = y as f32 / size[1] as f32 - 0.5;
        let here = 1.0 + slope[0] * across + slope[1] * down;
        for (level, curve) in pixel.iter_mut().zip(&curves) {
            let grain = rng.random_range(-noise..noise);
            *level = (curve[usize::from(*level)] * here + grain) as u8;
        }
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::corners::{contains, is_convex};
    use rand::SeedableRng;

    const SIZE: [u32; 2] = [192, 144];

    fn stock() -> Stock {
        let photo = Background {
            image: RgbImage::from_pixel(300, 400, Rgb([90, 60, 30])),
            cards: vec![([100.0, 100.0, 163.0, 188.0], true), ([10.0, 10.0, 90.0, 60.0], false)],
        };
        Stock::new(8, 4, Vec::new(), vec![photo], 1)
    }

    #[test]
    fn one_seed_gives_one_scene() {
        let stock = stock();
        let scene = |seed| compose(&stock, SIZE, 0.5, &mut Pcg64::seed_from_u64(seed)).image;
        assert_eq!(scene(3), scene(3));
        assert_ne!(scene(3), scene(4));
    }

    #[test]
    fn cards_are_where_the_truth_says() {
        let stock = stock();
        let (mut seen, mut hidden, mut unknown) = (0, 0, 0);
        for seed in 0..60 {
            let scene = compose(&stock, SIZE, 0.5, &mut Pcg64::seed_from_u64(seed));
            unknown += scene.unknown.len();
            for card in &scene.cards {
                assert!(is_convex(&card.corners), "{card:?}");
                if card.visible > 0.9 {
                    assert!(contains(&card.corners, card.centre), "{card:?}");
                    seen += 1;
                } else {
                    hidden += 1;
                }
            }
        }
        assert!(seen > 30 && hidden > 10 && unknown > 5, "{seen} {hidden} {unknown}");
    }

    #[test]
    fn only_boxes_of_a_cards_shape_have_corners() {
        assert!(straight_card([0.0, 0.0, 63.0, 88.0]).is_some());
        assert_eq!(straight_card([0.0, 0.0, 88.0, 63.0]).unwrap()[0], [88.0, 0.0]);
        assert!(straight_card([0.0, 0.0, 88.0, 88.0]).is_none());
    }
}
