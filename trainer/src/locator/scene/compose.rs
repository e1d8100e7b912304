//! Composes training scenes.

use common::Size;
use common::locate::detector_input::input_size;
use rand::RngExt;
use rand_pcg::Pcg64;

use super::draft::Draft;
use super::layout::{fill_frame, lay_out};
use super::ranges::{OVERSAMPLING, SceneRanges};
use super::truth::TrainingScene;
use crate::locator::stock::Stock;
use crate::recipe::locator::CardShares;

/// Usual shapes of frames: width and height.
const ASPECTS: [Size; 8] = [
    Size::new(4, 3),
    Size::new(4, 3),
    Size::new(4, 3),
    Size::new(3, 4),
    Size::new(3, 4),
    Size::new(16, 9),
    Size::new(9, 16),
    Size::new(1, 1),
];

/// The size of a frame of a random usual shape, with about as many pixels as a square with sides
/// of `side` pixels.
pub fn frame_size(side: u32, rng: &mut Pcg64) -> Size {
    input_size(ASPECTS[rng.random_range(0..ASPECTS.len())], side)
}

/// Composes a scene of this size.
pub fn compose(
    stock: &Stock,
    size: Size,
    cards: CardShares,
    ranges: &SceneRanges,
    rng: &mut Pcg64,
) -> TrainingScene {
    let SceneRanges { background, layout, card, distractors, .. } = ranges;
    let large = Size::new(size.width * OVERSAMPLING, size.height * OVERSAMPLING);
    let mut draft = Draft::begin(stock, large, background, rng);
    if rng.random_bool(distractors.chance_below) {
        draft.scatter_distractors(stock, distractors.most_below, distractors, rng);
    }
    let is_one_card = rng.random_bool(layout.full_frame_chance) && !draft.has_cards();
    let outlines = if is_one_card {
        vec![fill_frame(draft.size(), layout, rng)]
    } else {
        lay_out(draft.size(), layout, rng)
    };
    for corners in outlines {
        draft.lay_card(stock.card(cards, rng), corners, card, rng);
    }
    if rng.random_bool(distractors.chance_above) {
        draft.scatter_distractors(stock, distractors.most_above, distractors, rng);
    }
    draft.finish(size, ranges, rng)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locator::stock::{Background, BackgroundCard};
    use common::{Card, Rect};
    use image::{Rgb, RgbImage};
    use rand::SeedableRng;

    const SIZE: Size = Size::new(192, 144);
    const CARDS: CardShares = CardShares { drawn: 1.0, faces: 0.0 };

    fn stock() -> Stock {
        let photo = Background {
            image: RgbImage::from_pixel(300, 400, Rgb([90, 60, 30])),
            cards: vec![
                BackgroundCard {
                    bounds: Rect::from_edges(100.0, 100.0, 163.0, 188.0),
                    is_complete: true,
                    card: Card::Joker,
                },
                BackgroundCard {
                    bounds: Rect::from_edges(10.0, 10.0, 90.0, 60.0),
                    is_complete: false,
                    card: Card::Joker,
                },
            ],
        };
        Stock { photos: vec![photo], ..Stock::draw(8, 128, 4, 1) }
    }

    fn scene(stock: &Stock, seed: u64) -> TrainingScene {
        compose(stock, SIZE, CARDS, &SceneRanges::default(), &mut Pcg64::seed_from_u64(seed))
    }

    #[test]
    fn the_seed_decides_the_scene() {
        let stock = stock();
        assert_eq!(scene(&stock, 3).image, scene(&stock, 3).image);
        assert_ne!(scene(&stock, 3).image, scene(&stock, 4).image);
    }

    #[test]
    fn cards_are_where_the_scene_states() {
        let stock = stock();
        let (mut visible, mut hidden, mut unknown) = (0, 0, 0);
        for seed in 0..60 {
            let scene = scene(&stock, seed);
            unknown += scene.unknown.len();
            for card in &scene.cards {
                assert!(card.corners.is_convex(), "{card:?}");
                if card.visible > 0.9 {
                    assert!(card.corners.contains(card.centre), "{card:?}");
                    visible += 1;
                } else {
                    hidden += 1;
                }
            }
        }
        let counts = format!("{visible} visible, {hidden} hidden, {unknown} unknown");
        assert!(visible > 30 && hidden > 10 && unknown > 5, "{counts}");
    }
}
