//! The truth about a scene as the network should answer it.

use common::corners::diagonal;
use common::locate::grid::{
    CELL_PIXELS, CHANNELS, OFFSET_UNIT, READINGS, STRIDE, VALUES, cell_centre, cells, index,
    read_as,
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

/// What the network should answer, as [`grid`](common::locate::grid) lays it out.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// `[CHANNELS, side / 16, side / 16]`: heat 0..1 or [`UNKNOWN`] in place of the
    /// logits, and corners where they matter.
    pub wanted: Vec<f32>,
    /// `[CHANNELS / VALUES, side / 16, side / 16]`: how much the corners matter, 0..1.
    pub weights: Vec<f32>,
}

impl Target {
    /// Of a scene of `side`×`side` pixels.
    pub fn new(scene: &Scene, side: u32) -> Self {
        let values = (side as usize / STRIDE).pow(2);
        let mut target = Self {
            wanted: vec![0.0; CHANNELS * values],
            weights: vec![0.0; CHANNELS / VALUES * values],
        };
        for area in &scene.unknown {
            target.forget(*area, side);
        }
        for card in scene.cards.iter().filter(|card| card.visible < LEAST_VISIBLE) {
            let reach = CELL_PIXELS as f32;
            let [x, y] = card.centre;
            target.forget([x - reach, y - reach, x + reach, y + reach], side);
        }
        for card in scene.cards.iter().filter(|card| card.visible >= LEAST_VISIBLE) {
            for reading in 0..READINGS {
                target.add(card, reading, side);
            }
        }
        target
    }

    /// Says nothing about the cells of a rectangle.
    fn forget(&mut self, [left, top, right, bottom]: [f32; 4], side: u32) {
        for cell in all_cells(side) {
            let [x, y] = cell_centre(cell);
            if x > left && x < right && y > top && y < bottom {
                for reading in 0..READINGS {
                    self.wanted[index(cell, reading, 0, side)] = UNKNOWN;
                }
            }
        }
    }

    fn add(&mut self, card: &SceneCard, reading: usize, side: u32) {
        let Some(corners) = read_as(&card.corners, reading) else { return };
        let [least, largest] = SPREAD_CELLS;
        let spread = (SPREAD * diagonal(&card.corners) / CELL_PIXELS as f32).clamp(least, largest);
        let middle = card.centre.map(|at| at / CELL_PIXELS as f32);
        let own = middle.map(|at| (at as usize).min(cells(side) - 1));
        for cell in all_cells(side) {
            let far = cell.iter().zip(middle).map(|(&at, middle)| at as f32 + 0.5 - middle);
            let squares: f32 = far.map(|far| far * far).sum();
            let heat = if cell == own {
                1.0
            } else {
                (-squares / (2.0 * spread * spread)).exp().min(0.99)
            };
            let there = &mut self.wanted[index(cell, reading, 0, side)];
            if heat > *there && (*there != UNKNOWN || heat > OVERRULES) {
                *there = heat;
            }
            let weight = weight_index(cell, reading, side);
            let counts = heat * (0.3 + 0.7 * card.visible);
            if heat > KNOWS_CORNERS && counts > self.weights[weight] {
                self.weights[weight] = counts;
                let centre = cell_centre(cell);
                for (corner, place) in corners.iter().enumerate() {
                    for axis in [0, 1] {
                        let at = index(cell, reading, 1 + 2 * corner + axis, side);
                        self.wanted[at] = (place[axis] - centre[axis]) / OFFSET_UNIT;
                    }
                }
            }
        }
    }
}

/// Where a cell's weight is in `[CHANNELS / VALUES, side / 16, side / 16]`.
fn weight_index(cell: [usize; 2], reading: usize, side: u32) -> usize {
    let values = (side as usize / STRIDE).pow(2);
    let at = index(cell, reading, 0, side);
    at / (VALUES * values) * values + at % values
}

fn all_cells(side: u32) -> impl Iterator<Item = [usize; 2]> {
    let count = cells(side);
    (0..count * count).map(move |i| [i % count, i / count])
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::locate::grid::decode;
    use common::scene::place::Pose;
    use image::RgbImage;

    #[test]
    fn a_perfect_answer_gives_the_cards_back() {
        const SIDE: u32 = 192;
        let card = |centre: [f32; 2], turn: f32| SceneCard {
            corners: Pose::new(centre, 60.0, turn, 10.0, 0.0).corners_in_frame,
            centre,
            visible: 1.0,
        };
        let cards =
            vec![card([50.0, 50.0], 10.0), card([130.0, 60.0], 100.0), card([80.0, 140.0], 45.0)];
        let hidden = SceneCard { visible: 0.05, ..card([150.0, 150.0], 0.0) };
        let scene = Scene {
            picture: RgbImage::new(SIDE, SIDE),
            cards: [cards.clone(), vec![hidden]].concat(),
            unknown: vec![[0.0, 0.0, 20.0, 20.0]],
        };
        let mut answer = Target::new(&scene, SIDE).wanted;
        let unknown = answer.iter().filter(|heat| **heat == UNKNOWN).count();
        assert!(unknown >= 2 * 4 + 2 * 4, "{unknown}");
        for cell in all_cells(SIDE) {
            for reading in 0..READINGS {
                let heat = &mut answer[index(cell, reading, 0, SIDE)];
                *heat = if *heat == 1.0 { 4.0 } else { 4.0 * *heat - 4.0 };
            }
        }
        let found = decode(&answer, SIDE, 0.9);
        assert_eq!(found.len(), cards.len());
        for card in cards {
            let middle = common::corners::centre(&card.corners);
            assert!(found.iter().any(|found| {
                common::corners::distance(&common::corners::centre(&found.corners), &middle) < 0.1
            }));
        }
    }
}
