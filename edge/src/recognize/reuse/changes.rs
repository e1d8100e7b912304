//! Which parts of a frame have changed since they were last looked at.
//!
//! Frames are compared in the size of the detector's input, block by block. Shrinking removes
//! most of the noise of a camera, and what is left is estimated from the frame itself: most
//! blocks of most frames show nothing else.

use common::{Point, Quad, Rect, Size};
use image::RgbImage;

/// Width and height of a block in pixels.
const BLOCK: usize = 8;

/// The number of values of a whole block.
const BLOCK_VALUES: u32 = (3 * BLOCK * BLOCK) as u32;

/// A block has changed if its mean differs by more levels than this. Artificial light
/// flickers by less.
const LARGEST_MEAN_DIFFERENCE: u32 = 6;

/// A block has changed if the squared differences from its own mean difference add up to more
/// than this and [`NOISE_FACTOR`] times the noise. Two levels and a half in every value are
/// little: the edge of a card that moves by a tenth of a pixel causes more.
const LEAST_ENERGY: u32 = BLOCK_VALUES * 6;
const NOISE_FACTOR: u32 = 3;

/// The noise is not believed to be more than four levels in every value: when most of a frame
/// changes, that is not noise.
const LARGEST_NOISE: u32 = BLOCK_VALUES * 16;

/// A frame as it was when it was looked at, each block at its own time. Slow changes therefore
/// add up.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    image: RgbImage,
}

/// The blocks of a frame that have changed.
#[derive(Clone, Debug)]
pub(crate) struct Changes {
    /// In pixels of the compared frames.
    input: Size,
    /// Row by row.
    has_changed: Vec<bool>,
}

impl Reference {
    /// Remembers a frame.
    pub(crate) fn new(image: RgbImage) -> Self {
        Self { image }
    }

    /// Compares another frame of the same size; one of another size has changed everywhere.
    pub(crate) fn compare(&self, frame: &RgbImage) -> Changes {
        let input = Size::of_image(frame);
        if input != Size::of_image(&self.image) {
            return Changes::everywhere(input);
        }
        let differences = block_differences(self.image.as_raw(), frame.as_raw(), input);
        let limit = LEAST_ENERGY + NOISE_FACTOR * noise(&differences).min(LARGEST_NOISE);
        let has_changed = differences
            .iter()
            .map(|block| block.mean() > LARGEST_MEAN_DIFFERENCE || block.energy() > limit)
            .collect();
        Changes { input, has_changed }
    }

    /// Remembers the changed blocks as another frame shows them.
    pub(crate) fn update(&mut self, frame: &RgbImage, changes: &Changes) {
        if Size::of_image(frame) != Size::of_image(&self.image) {
            self.image = frame.clone();
            return;
        }
        let row_bytes = 3 * frame.width() as usize;
        let columns = columns(changes.input);
        let rows = self.image.chunks_exact_mut(row_bytes).zip(frame.chunks_exact(row_bytes));
        for (y, (to, from)) in rows.enumerate() {
            let blocks = &changes.has_changed[y / BLOCK * columns..][..columns];
            let parts = to.chunks_mut(3 * BLOCK).zip(from.chunks(3 * BLOCK));
            for ((to, from), _) in parts.zip(blocks).filter(|(_, changed)| **changed) {
                to.copy_from_slice(from);
            }
        }
    }
}

impl Changes {
    /// Returns the changes of a frame that is compared with nothing.
    pub(crate) fn everywhere(input: Size) -> Self {
        let rows = (input.height as usize).div_ceil(BLOCK);
        Self { input, has_changed: vec![true; columns(input) * rows] }
    }

    /// Returns whether anything has changed.
    pub(crate) fn is_any(&self) -> bool {
        self.has_changed.contains(&true)
    }

    /// Returns whether anything has changed in a region. The region is convex and clockwise, in
    /// pixels of the complete frame, whose size is `frame`.
    pub(crate) fn touch(&self, region_in_frame: Quad, frame: Size) -> bool {
        let x_scale = self.input.width as f32 / frame.width.max(1) as f32;
        let y_scale = self.input.height as f32 / frame.height.max(1) as f32;
        let region =
            region_in_frame.map(|corner| Point::new(corner.x * x_scale, corner.y * y_scale));
        let bounds = region.bounds();
        let columns = columns(self.input);
        let changed = self.has_changed.iter().enumerate().filter(|(_, changed)| **changed);
        changed
            .map(|(at, _)| block_rect(at % columns, at / columns))
            .any(|block| overlap(block, bounds) && region.intersection_area(block.to_quad()) > 0.0)
    }
}

/// The number of blocks in a row.
fn columns(input: Size) -> usize {
    (input.width as usize).div_ceil(BLOCK)
}

fn block_rect(column: usize, row: usize) -> Rect {
    let side = BLOCK as f32;
    Rect::new(column as f32 * side, row as f32 * side, side, side)
}

fn overlap(a: Rect, b: Rect) -> bool {
    a.left < b.right() && b.left < a.right() && a.top < b.bottom() && b.top < a.bottom()
}

/// The sum of the differences in a block, and of their squares.
#[derive(Clone, Copy, Debug, Default)]
struct BlockDifference {
    sum: i32,
    squares: u32,
}

impl BlockDifference {
    /// Returns the mean difference without its sign, in levels.
    fn mean(self) -> u32 {
        self.sum.unsigned_abs() / BLOCK_VALUES
    }

    /// Returns the sum of the squared differences from the mean difference.
    fn energy(self) -> u32 {
        let sum = u64::from(self.sum.unsigned_abs());
        self.squares.saturating_sub((sum * sum / u64::from(BLOCK_VALUES)) as u32)
    }
}

/// Returns the energy of a block that shows nothing but noise: the median of all.
fn noise(differences: &[BlockDifference]) -> u32 {
    let mut energies: Vec<u32> = differences.iter().map(|block| block.energy()).collect();
    if energies.is_empty() {
        return 0;
    }
    let middle = energies.len() / 2;
    *energies.select_nth_unstable(middle).1
}

/// Returns the differences of two images of the same size, block by block.
fn block_differences(before: &[u8], after: &[u8], size: Size) -> Vec<BlockDifference> {
    let columns = columns(size);
    let row_bytes = 3 * size.width as usize;
    let band_bytes = BLOCK * row_bytes;
    let mut blocks = Vec::with_capacity(columns * (size.height as usize).div_ceil(BLOCK));
    for (before, after) in before.chunks(band_bytes).zip(after.chunks(band_bytes)) {
        let first = blocks.len();
        blocks.resize(first + columns, BlockDifference::default());
        for (before, after) in before.chunks(row_bytes).zip(after.chunks(row_bytes)) {
            let parts = before.chunks(3 * BLOCK).zip(after.chunks(3 * BLOCK));
            for (block, (before, after)) in blocks[first..].iter_mut().zip(parts) {
                let (sum, squares) = difference(before, after);
                block.sum += sum;
                block.squares += squares;
            }
        }
    }
    blocks
}

fn difference(before: &[u8], after: &[u8]) -> (i32, u32) {
    let mut sum = 0;
    let mut squares = 0;
    for (&before, &after) in before.iter().zip(after) {
        let difference = i32::from(after) - i32::from(before);
        sum += difference;
        squares += difference * difference;
    }
    (sum, squares as u32)
}

#[cfg(test)]
mod tests {
    use common::Card;
    use common::locate::detector_input::shrink;
    use image::Rgb;
    use renderer::deck::{Style, draw_card};
    use renderer::scene::blend::blend_warped;
    use renderer::scene::pose::CardPose;
    use renderer::scene::texture;

    use super::*;

    const FRAME: Size = Size::new(640, 480);
    const INPUT: Size = Size::new(192, 144);

    /// Returns an image with noise of up to this many levels, which no two seeds share.
    fn noisy(base: &RgbImage, levels: u32, seed: u32) -> RgbImage {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
        let mut image = base.clone();
        for level in image.iter_mut() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 16) % (2 * levels + 1);
            *level = (u32::from(*level) + noise).saturating_sub(levels).min(255) as u8;
        }
        image
    }

    fn table() -> RgbImage {
        RgbImage::from_fn(INPUT.width, INPUT.height, |x, y| {
            Rgb([60 + (x * 7 % 40) as u8, 90 + (y * 5 % 30) as u8, 70])
        })
    }

    /// Draws a bright square of 20×28 pixels whose left edge is between two pixels.
    fn with_card(base: &RgbImage, left: f32) -> RgbImage {
        let mut image = base.clone();
        for (x, y, pixel) in image.enumerate_pixels_mut() {
            let covered = (x as f32 + 1.0 - left).clamp(0.0, 1.0);
            let covered = covered.min((left + 20.0 - x as f32).clamp(0.0, 1.0));
            if (50..78).contains(&y) {
                pixel.0.iter_mut().for_each(|level| {
                    *level = (f32::from(*level) * (1.0 - covered) + 230.0 * covered) as u8;
                });
            }
        }
        image
    }

    #[test]
    fn noise_of_a_camera_is_no_change() {
        for levels in [0, 1, 2, 4] {
            let reference = Reference::new(noisy(&table(), levels, 1));
            for seed in 2..40 {
                let changes = reference.compare(&noisy(&table(), levels, seed));
                assert!(!changes.is_any(), "{levels} levels, seed {seed}");
            }
        }
    }

    #[test]
    fn a_card_that_moves_by_a_fraction_of_a_pixel_is_a_change_where_it_lies() {
        let reference = Reference::new(noisy(&with_card(&table(), 80.0), 2, 1));
        let changes = reference.compare(&noisy(&with_card(&table(), 80.4), 2, 2));
        let (scale_x, scale_y) = (640.0 / 192.0, 480.0 / 144.0);
        let card = Rect::new(80.0 * scale_x, 50.0 * scale_y, 20.0 * scale_x, 28.0 * scale_y);
        assert!(changes.touch(card.to_quad(), FRAME));
        assert!(!changes.touch(Rect::new(20.0, 20.0, 150.0, 400.0).to_quad(), FRAME));
    }

    #[test]
    fn slow_changes_add_up_until_they_are_looked_at() {
        let mut reference = Reference::new(with_card(&table(), 80.0));
        let mut seen = Vec::new();
        for step in 0..400 {
            let frame = noisy(&with_card(&table(), 80.0 + 0.005 * step as f32), 1, step + 1);
            let changes = reference.compare(&frame);
            if changes.is_any() {
                reference.update(&frame, &changes);
                seen.push(step);
            }
        }
        let gaps: Vec<u32> = seen.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(seen[0] <= 40 && gaps.iter().all(|&gap| gap <= 40), "{seen:?}");
        assert!(seen.len() < 200, "it is seen in almost every frame: {seen:?}");
    }

    #[test]
    fn flicker_of_lamps_is_no_change_and_another_light_is_one() {
        let reference = Reference::new(with_card(&table(), 80.0));
        let lit = |factor: f32| {
            let mut image = with_card(&table(), 80.0);
            image.iter_mut().for_each(|level| *level = (f32::from(*level) * factor) as u8);
            image
        };
        assert!(!reference.compare(&lit(0.99)).is_any());
        assert!(reference.compare(&lit(0.8)).is_any());
    }

    /// Returns the detector's inputs for frames with one card each, of this height.
    fn deck(height: f32, seed: u32) -> Vec<RgbImage> {
        let pose = CardPose {
            centre_in_frame: Point::new(320.0, 240.0),
            height_pixels: height,
            rotation_degrees: 5.0,
            ..CardPose::default()
        };
        let table = texture::draw(0, FRAME.width, FRAME.height, 1);
        let frame_with = |(number, card): (u32, Card)| {
            let (width, height) = ((height * 0.716) as u32, height as u32);
            let drawn = draw_card(card, &Style::classic(), width, height);
            let mut frame = table.clone();
            blend_warped(&mut frame, &drawn, pose.corners_in_frame());
            shrink(&noisy(&frame, 4, 100 * seed + number), INPUT).unwrap()
        };
        (0..).zip(Card::all()).map(frame_with).collect()
    }

    #[test]
    fn a_card_that_lies_where_another_one_lay_is_a_change_and_noise_is_none() {
        // At 60 pixels, court cards of clubs and spades differ by less than noise.
        for (height, most_alike) in [(60.0, 6), (110.0, 0), (240.0, 0)] {
            let (before, after) = (deck(height, 1), deck(height, 2));
            let mut alike = 0;
            for (a, before) in before.iter().enumerate() {
                let reference = Reference::new(before.clone());
                for (b, after) in after.iter().enumerate() {
                    let is_any = reference.compare(after).is_any();
                    assert!(a != b || !is_any, "noise on card {a} at {height} pixels");
                    alike += usize::from(a != b && !is_any);
                }
            }
            assert!(alike <= most_alike, "{alike} pairs at {height} pixels");
        }
    }

    #[test]
    fn a_frame_of_another_size_has_changed_everywhere() {
        let mut reference = Reference::new(table());
        let other = RgbImage::new(100, 36);
        let changes = reference.compare(&other);
        assert!(changes.touch(Rect::new(0.0, 0.0, 1.0, 1.0).to_quad(), FRAME));
        reference.update(&other, &changes);
        assert!(!reference.compare(&other).is_any());
    }
}
