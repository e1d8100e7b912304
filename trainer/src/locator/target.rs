//! The truth about a scene as the network should answer it.

use common::corners::diagonal;
use common::locate::detector_grid::{
    CELL_PIXELS, CHANNELS, OFFSET_UNIT, READINGS, STRIDE, VALUES, all_cells, cell_centre, cells,
    index, read_as,
};

use crate::locator::scene::{Scene, SceneCard};

/// Share of a card that must be seen for the network to have to find it.
const LEAST_VISIBLE: f32 = 0.12;

/// The heat at a place that says nothing: there may or may not be a card.
pub const UNKNOWN: f32 = -1.0;

/// Deviation of the heat around a card's middle over the card's diagonal.
const SPREAD: f32 = 0.07;

/// Least and largest deviation, in cells.
const SPREAD_CELLS: [f32; 2] = [0.6, 1.5];

/// Heat from which on a cell has to know the corners.
const KNOWS_CORNERS: f32 = 0.5;

/// Heat from which on a card's surroundings overrule that a place is unknown.
const OVERRULES: f32 = 0.1;

/// What the network should answer, as [`grid`](common::locate::detector_grid) lays it out.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// `[CHANNELS, height / 16, width / 16]`: heat 0..1 or [`UNKNOWN`] in place of the
    /// logits, and corners where they matter.
    pub wanted: Vec<f32>,
    /// `[CHANNELS / VALUES, height / 16, width / 16]`: how much the corners matter, 0..1.
    pub weights: Vec<f32>,
}

impl Target {
    /// Of a scene of that width and height in pixels.
    pub fn new(scene: &Scene, size: [u32; 2]) -> Self {
        let values = values(size);
        let mut target = Self {
            wanted: vec![0.0; CHANNELS * values],
            weights: vec![0.0; CHANNELS / VALUES * values],
        };
        for area in &scene.unknown {
            target.forget(*area, size);
        }
        for card in scene.cards.iter().filter(|card| card.visible < LEAST_VISIBLE) {
            let reach = CELL_PIXELS as f32;
            let [x, y] = card.centre;
            target.forget([x - reach, y - reach, x + reach, y + reach], size);
        }
        for card in scene.cards.iter().filter(|card| card.visible >= LEAST_VISIBLE) {
            for reading in 0..READINGS {
                target.add(card, reading, size);
            }
        }
        target
    }

    /// Says nothing about the cells of a rectangle.
    fn forget(&mut self, [left, top, right, bottom]: [f32; 4], size: [u32; 2]) {
        for cell in all_cells(size) {
            let [x, y] = cell_centre(cell);
            if x > left && x < right && y > top && y < bottom {
                for reading in 0..READINGS {
                    self.wanted[index(cell, reading, 0, size)] = UNKNOWN;
                }
            }
        }
    }

    fn add(&mut self, card: &SceneCard, reading: usize, size: [u32; 2]) {
        let Some(corners) = read_as(&card.corners, reading) else { return };
        let [least, largest] = SPREAD_CELLS;
        let spread = (SPREAD * diagonal(&card.corners) / CELL_PIXELS as f32).clamp(least, largest);
        let middle = card.centre.map(|at| at / CELL_PIXELS as f32);
        let own = [0, 1].map(|axis| (middle[axis] as usize).min(cells(size)[axis] - 1));
        for cell in all_cells(size) {
            let far = cell.iter().zip(middle).map(|(&at, middle)| at as f32 + 0.5 - middle);
            let squares: f32 = far.map(|far| far * far).sum();
            let heat = if cell == own {
                1.0
            } else {
                (-squares / (2.0 * spread * spread)).exp().min(0.99)
            };
            let there = &mut self.wanted[index(cell, reading, 0, size)];
            if heat > *there && (*there != UNKNOWN || heat > OVERRULES) {
                *there = heat;
            }
            let weight = weight_index(cell, reading, size);
            let counts = heat * (0.3 + 0.7 * card.visible);
            if heat > KNOWS_CORNERS && counts > self.weights[weight] {
                self.weights[weight] = counts;
                let centre = cell_centre(cell);
                for (corner, place) in corners.iter().enumerate() {
                    for axis in [0, 1] {
                        let at = index(cell, reading, 1 + 2 * corner + axis, size);
                        self.wanted[at] = (place[axis] - centre[axis]) / OFFSET_UNIT;
                    }
                }
            }
        }
    }
}

/// Values of one channel.
fn values(size: [u32; 2]) -> usize {
    size.iter().map(|&edge| edge as usize / STRIDE).product()
}

/// Where a cell's weight is in `[CHANNELS / VALUES, height / 16, width / 16]`.
fn weight_index(cell: [usize; 2], reading: usize, size: [u32; 2]) -> usize {
    let values = values(size);
    let at = index(cell, reading, 0, size);
    at / (VALUES * values) * values + at % values
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::locate::detector_grid::decode;
    use image::RgbImage;
    use renderer::scene::place::Pose;

    #[test]
    fn a_perfect_answer_gives_the_cards_back() {
        const SIZE: [u32; 2] = [192, 176];
        let card = |centre: [f32; 2], turn: f32| SceneCard {
            corners: Pose::new(centre, 60.0, turn, 10.0, 0.0).corners_in_frame,
            centre,
            visible: 1.0,
            is_exact: true,
        };
        let cards =
            vec![card([50.0, 50.0], 10.0), card([130.0, 60.0], 100.0), card([80.0, 140.0], 45.0)];
        let hidden = SceneCard { visible: 0.05, ..card([150.0, 150.0], 0.0) };
        let scene = Scene {
            image: RgbImage::new(SIZE[0], SIZE[1]),
            cards: [cards.clone(), vec![hidden]].concat(),
            unknown: vec![[0.0, 0.0, 20.0, 20.0]],
        };
        let mut answer = Target::new(&scene, SIZE).wanted;
        let unknown = answer.iter().filter(|heat| **heat == UNKNOWN).count();
        assert!(unknown >= 2 * 4 + 2 * 4, "{unknown}");
        for cell in all_cells(SIZE) {
            for reading in 0..READINGS {
                let heat = &mut answer[index(cell, reading, 0, SIZE)];
                *heat = if *heat == 1.0 { 4.0 } else { 4.0 * *heat - 4.0 };
            }
        }
        let found = decode(&answer, SIZE, 0.9);
        assert_eq!(found.len(), cards.len());
        for card in cards {
            let middle = common::corners::centre(&card.corners);
            assert!(found.iter().any(|found| {
                common::corners::distance(&common::corners::centre(&found.corners), &middle) < 0.1
            }));
        }
    }
}
