//! A scene under construction, at [`OVERSAMPLING`] times the size of the finished scene.

use common::rectify::FrameFromUnit;
use common::{Card, Point, Quad, Rect, Size};
use image::imageops::{FilterType, resize};
use image::{RgbImage, Rgba, RgbaImage};
use rand::RngExt;
use rand_pcg::Pcg64;
use renderer::deck::CARD_MM;

use super::camera::photograph;
use super::ranges::{
    BackgroundRanges, CardRanges, DistractorRanges, OVERSAMPLING, SceneRanges, sample,
};
use super::truth::{SceneCard, TrainingScene};
use super::window::BackgroundWindow;
use crate::locator::canvas::{NO_OWNER, SceneCanvas, Tone, VisibleArea};
use crate::locator::distractors;
use crate::locator::shape::scaled;
use crate::locator::stock::{Background, CardImage, Stock};

/// A card lies parallel to the sides of its bounding rectangle if the aspect ratio of the
/// rectangle differs from that of a card by less than this.
const PARALLEL_TOLERANCE: f32 = 0.06;

/// Width and height of a corner index with its margin, over those of the card.
const INDEX_SHARE: [f32; 2] = [0.2, 0.27];

/// Columns and rows of the points at which it is tested whether an index is visible.
const INDEX_SAMPLES: [usize; 2] = [5, 8];

/// Width and height of the image of a reflection, in pixels.
const GLARE_SIDE: u32 = 16;

/// Width over height of a reflection.
const GLARE_ASPECT: f32 = CARD_MM[0] / CARD_MM[1];

/// A card of a scene under construction.
#[derive(Clone, Copy, Debug)]
struct LaidCard {
    corners: Quad,
    card: Option<Card>,
}

/// A scene under construction.
pub struct Draft {
    canvas: SceneCanvas,
    /// Of the canvas.
    size: Size,
    /// The cards, which own pixels as owner 1, 2, …; the cards of a photograph come first.
    cards: Vec<LaidCard>,
    /// The number of cards that belong to a photograph.
    photographed: usize,
    /// Where a photograph has cards whose corners are not known.
    unknown: Vec<Rect>,
}

impl Draft {
    /// Begins with a random background of this size.
    pub fn begin(stock: &Stock, size: Size, ranges: &BackgroundRanges, rng: &mut Pcg64) -> Self {
        let photo_chance = if stock.photos.is_empty() { 0.0 } else { ranges.photo_chance };
        if rng.random_bool(photo_chance) {
            let photo = &stock.photos[rng.random_range(0..stock.photos.len())];
            return Self::over_photo(photo, size, ranges, rng);
        }
        let texture = &stock.textures[rng.random_range(0..stock.textures.len())];
        Self::over_texture(texture, size, ranges, rng)
    }

    fn new(background: RgbImage, size: Size) -> Self {
        Self {
            canvas: SceneCanvas::new(background),
            size,
            cards: Vec::new(),
            photographed: 0,
            unknown: Vec::new(),
        }
    }

    fn over_texture(
        texture: &RgbImage,
        size: Size,
        ranges: &BackgroundRanges,
        rng: &mut Pcg64,
    ) -> Self {
        let tint: Tone = if rng.random_bool(ranges.texture_tint_chance) {
            [(); 3].map(|()| sample(&ranges.texture_tint, rng))
        } else {
            [1.0; 3]
        };
        let zoom = sample(&ranges.texture_zoom, rng);
        let is_turned = rng.random_bool(ranges.texture_turn_chance);
        let image_size = Size::of_image(texture);
        let window =
            BackgroundWindow::random(image_size, size, zoom, is_turned, ranges.mirror_chance, rng);
        let mut image = window.cut(texture, size);
        for pixel in image.pixels_mut() {
            for (level, factor) in pixel.0.iter_mut().zip(tint) {
                *level = (f32::from(*level) * factor) as u8;
            }
        }
        Self::new(image, size)
    }

    fn over_photo(
        photo: &Background,
        size: Size,
        ranges: &BackgroundRanges,
        rng: &mut Pcg64,
    ) -> Self {
        let image_size = Size::of_image(&photo.image);
        let is_frame_wide = size.width > size.height;
        let is_other_orientation = (image_size.width > image_size.height) != is_frame_wide;
        let is_turned = rng.random_bool(if is_other_orientation {
            ranges.fitting_turn_chance
        } else {
            ranges.unfitting_turn_chance
        });
        let zoom = if rng.random_bool(ranges.complete_photo_chance) {
            sample(&ranges.complete_photo_zoom, rng)
        } else {
            sample(&ranges.partial_photo_zoom, rng)
        };
        let mirror_chance = ranges.mirror_chance;
        let window =
            BackgroundWindow::random(image_size, size, zoom, is_turned, mirror_chance, rng);
        let mut draft = Self::new(window.cut(&photo.image, size), size);
        for card in &photo.cards {
            let bounds = window.place(card.bounds);
            match parallel_card(bounds).filter(|_| card.is_complete) {
                Some(corners) => {
                    draft.cards.push(LaidCard { corners, card: Some(card.card) });
                    draft.canvas.set_owner(bounds, draft.cards.len() as u8);
                }
                None => draft.unknown.push(bounds),
            }
        }
        draft.photographed = draft.cards.len();
        draft
    }

    /// Width and height of the scene under construction, in pixels.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Whether there are cards whose corners are known.
    pub fn has_cards(&self) -> bool {
        !self.cards.is_empty()
    }

    /// Puts a card on top, in random light.
    pub fn lay_card(
        &mut self,
        card: &CardImage,
        corners: Quad,
        ranges: &CardRanges,
        rng: &mut Pcg64,
    ) {
        if rng.random_bool(ranges.shadow_chance) {
            self.cast_shadow(corners, ranges, rng);
        }
        let light = sample(&ranges.light, rng);
        let tone = [(); 3].map(|()| light * sample(&ranges.tint, rng));
        let [top_left, _, _, bottom_left] = corners.corners;
        let is_small = top_left.distance(bottom_left) < card.small.height() as f32;
        let image = if is_small { &card.small } else { &card.large };
        self.cards.push(LaidCard { corners, card: card.card });
        self.canvas.paste(image, corners, tone, 1.0, Some(self.cards.len() as u8));
        if rng.random_bool(ranges.glare_chance) {
            self.add_glare(ranges, rng);
        }
    }

    fn cast_shadow(&mut self, corners: Quad, ranges: &CardRanges, rng: &mut Pcg64) {
        let x = sample(&ranges.shadow_offset_pixels, rng);
        let y = sample(&ranges.shadow_offset_pixels, rng);
        let opacity = sample(&ranges.shadow_opacity, rng);
        let black = RgbaImage::from_pixel(2, 2, Rgba([0, 0, 0, 255]));
        let shadow = corners.map(|corner| corner + Point::new(x, y));
        self.canvas.paste(&black, shadow, [1.0; 3], opacity, None);
    }

    /// Adds the reflection of a light source.
    fn add_glare(&mut self, ranges: &CardRanges, rng: &mut Pcg64) {
        let half = GLARE_SIDE as f32 / 2.0;
        let glare = RgbaImage::from_fn(GLARE_SIDE, GLARE_SIDE, |x, y| {
            let distance = (x as f32 - half + 0.5).hypot(y as f32 - half + 0.5) / half;
            Rgba([255, 255, 255, (255.0 * (1.0 - distance).max(0.0)) as u8])
        });
        // Of portrait frames, the lower part gets no reflections, and of landscape frames some
        // reflections are outside.
        let centre = [(); 2].map(|()| rng.random_range(0.0..self.size.width as f32));
        let height = sample(&ranges.glare_height_pixels, rng);
        let corners = turned_rectangle(Point::from(centre), height, GLARE_ASPECT, 0.0);
        self.canvas.paste(&glare, corners, [1.0; 3], ranges.glare_opacity, None);
    }

    /// Puts up to `most` objects on top that are not cards.
    pub fn scatter_distractors(
        &mut self,
        stock: &Stock,
        most: usize,
        ranges: &DistractorRanges,
        rng: &mut Pcg64,
    ) {
        for _ in 0..rng.random_range(1..=most) {
            let distractor = distractors::draw(&stock.photos, &stock.backs, rng);
            let x = rng.random_range(0.0..self.size.width as f32);
            let y = rng.random_range(0.0..self.size.height as f32);
            let height = self.size.height as f32 * sample(&ranges.height, rng);
            let turn = rng.random_range(0.0..std::f32::consts::TAU);
            let corners = turned_rectangle(Point::new(x, y), height, distractor.aspect, turn);
            let light = sample(&ranges.light, rng);
            self.canvas.paste(&distractor.image, corners, [light; 3], 1.0, Some(NO_OWNER));
        }
    }

    /// Shrinks the scene to `size`, the size at which a network sees it, and photographs it.
    pub fn finish(self, size: Size, ranges: &SceneRanges, rng: &mut Pcg64) -> TrainingScene {
        let visible = self.canvas.visible(self.cards.len() + 1);
        let scale = 1.0 / OVERSAMPLING as f32;
        let cards = self.cards.iter().zip(&visible[1..]).enumerate().map(|(i, (laid, visible))| {
            let index_visible = index_visible(&self.canvas, laid.corners, (i + 1) as u8);
            scene_card(*laid, visible, index_visible, i >= self.photographed)
        });
        let small = resize(&self.canvas.image, size.width, size.height, FilterType::Triangle);
        TrainingScene {
            image: photograph(small, &ranges.camera, rng),
            cards: cards.collect(),
            unknown: self.unknown.iter().map(|&rect| scaled(rect, scale)).collect(),
        }
    }
}

/// A card in the finished scene.
fn scene_card(
    LaidCard { corners, card }: LaidCard,
    visible: &VisibleArea,
    index_visible: f32,
    is_exact: bool,
) -> SceneCard {
    let scale = 1.0 / OVERSAMPLING as f32;
    SceneCard {
        corners: corners.map(|corner| corner * scale),
        centre: visible.centre() * scale,
        visible: (visible.pixels / corners.area().max(1.0)).min(1.0),
        is_exact,
        index_visible,
        card,
    }
}

/// The visible share, 0..1, of the index in the top left or the bottom right corner of a card, of
/// whichever more is visible. Parts outside the canvas are not visible.
fn index_visible(canvas: &SceneCanvas, corners: Quad, owner: u8) -> f32 {
    let canvas_from_unit = FrameFromUnit::new(corners);
    let share_of = |at_bottom: bool| {
        let samples = INDEX_SAMPLES[0] * INDEX_SAMPLES[1];
        let seen = (0..samples).filter(|sample| {
            let (column, row) = (sample % INDEX_SAMPLES[0], sample / INDEX_SAMPLES[0]);
            let along = |index: usize, count: usize| (index as f32 + 0.5) / count as f32;
            let u = INDEX_SHARE[0] * along(column, INDEX_SAMPLES[0]);
            let v = INDEX_SHARE[1] * along(row, INDEX_SAMPLES[1]);
            let [u, v] = if at_bottom { [1.0 - u, 1.0 - v] } else { [u, v] };
            canvas.owner_at(canvas_from_unit.map(Point::new(u, v))) == Some(owner)
        });
        seen.count() as f32 / samples as f32
    };
    share_of(false).max(share_of(true))
}

/// The corners of a card whose sides are parallel to those of its bounding rectangle, if the
/// rectangle has the shape of a card, upright or sideways.
fn parallel_card(bounds: Rect) -> Option<Quad> {
    let card_aspect = CARD_MM[0] / CARD_MM[1];
    let aspect = bounds.width / bounds.height;
    let [a, b, c, d] = bounds.to_quad().corners;
    if (aspect - card_aspect).abs() < PARALLEL_TOLERANCE {
        Some(Quad::new([a, b, c, d]))
    } else if (1.0 / aspect - card_aspect).abs() < PARALLEL_TOLERANCE {
        Some(Quad::new([b, c, d, a]))
    } else {
        None
    }
}

/// A rectangle around `centre`, `aspect` times as wide as high, turned clockwise.
fn turned_rectangle(centre: Point, height: f32, aspect: f32, turn_radians: f32) -> Quad {
    let (sin, cos) = turn_radians.sin_cos();
    let half = Point::new(0.5 * height * aspect, 0.5 * height);
    Rect::from_edges(-half.x, -half.y, half.x, half.y).to_quad().map(|corner| {
        let x = corner.x * cos - corner.y * sin;
        let y = corner.x * sin + corner.y * cos;
        centre + Point::new(x, y)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rectangles_of_a_cards_shape_have_corners() {
        let rect = |width, height| Rect { left: 0.0, top: 0.0, width, height };
        assert!(parallel_card(rect(63.0, 88.0)).is_some());
        let sideways = parallel_card(rect(88.0, 63.0)).unwrap();
        assert_eq!(sideways.corners[0], Point::new(88.0, 0.0));
        assert!(parallel_card(rect(88.0, 88.0)).is_none());
    }
}
