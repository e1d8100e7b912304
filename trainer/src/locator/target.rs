//! The truth about a scene in the form in which the detector should answer it.

use common::locate::detector_grid::{
    CELL_PIXELS, CHANNELS, Cell, OFFSET_UNIT, READINGS, STRIDE, VALUES, all_cells, grid_size,
    index, read_as,
};
use common::{Point, Quad, Rect, Size};

use crate::locator::scene::{SceneCard, TrainingScene};
use crate::recipe::locator::TargetRecipe;

/// The heat of a place that does not enter the loss: there may or may not be a card.
pub const UNKNOWN: f32 = -1.0;

/// The highest heat beside a card's own cell.
const HIGHEST_NEIGHBOUR_HEAT: f32 = 0.99;

/// The answer that the detector should give, in the layout of
/// [`detector_grid`](common::locate::detector_grid).
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorTarget {
    /// `[CHANNELS, height / 16, width / 16]`: heat 0..1 or [`UNKNOWN`] in place of the
    /// logits, and the corners where they enter the loss.
    pub answer: Vec<f32>,
    /// `[CHANNELS / VALUES, height / 16, width / 16]`: the weight of the corners in the loss,
    /// 0..1.
    pub weights: Vec<f32>,
}

impl DetectorTarget {
    /// The target of a scene of a size.
    pub fn new(scene: &TrainingScene, size: Size, recipe: &TargetRecipe) -> Self {
        let values = values_per_channel(size);
        let mut target = Self {
            answer: vec![0.0; CHANNELS * values],
            weights: vec![0.0; CHANNELS / VALUES * values],
        };
        for area in &scene.unknown {
            target.mark_unknown(*area, size);
        }
        let is_visible = |card: &&SceneCard| card.visible >= recipe.least_visible;
        for card in scene.cards.iter().filter(|card| !is_visible(card)) {
            let reach = CELL_PIXELS as f32;
            let Point { x, y } = card.centre;
            let area = Rect::from_edges(x - reach, y - reach, x + reach, y + reach);
            target.mark_unknown(area, size);
        }
        for card in scene.cards.iter().filter(is_visible) {
            for reading in 0..READINGS {
                target.add_card(card, reading, size, recipe);
            }
        }
        target
    }

    /// Marks the cells of a rectangle as unknown.
    fn mark_unknown(&mut self, area: Rect, size: Size) {
        for cell in all_cells(size) {
            let Point { x, y } = cell.centre();
            if x > area.left && x < area.right() && y > area.top && y < area.bottom() {
                for reading in 0..READINGS {
                    self.answer[index(cell, reading, 0, size)] = UNKNOWN;
                }
            }
        }
    }

    fn add_card(&mut self, card: &SceneCard, reading: usize, size: Size, recipe: &TargetRecipe) {
        let Some(corners) = read_as(card.corners, reading) else { return };
        let [smallest, largest] = recipe.heat_spread_cells;
        let card_cells = card.corners.diagonal() / CELL_PIXELS as f32;
        let spread = (recipe.heat_spread * card_cells).clamp(smallest, largest);
        let centre = card.centre * (1.0 / CELL_PIXELS as f32);
        let [columns, rows] = grid_size(size);
        let own_cell = Cell {
            column: (centre.x as usize).min(columns - 1),
            row: (centre.y as usize).min(rows - 1),
        };
        for cell in all_cells(size) {
            let heat = if cell == own_cell { 1.0 } else { heat_near(centre, cell, spread) };
            let there = &mut self.answer[index(cell, reading, 0, size)];
            if heat > *there && (*there != UNKNOWN || heat > recipe.heat_over_unknown) {
                *there = heat;
            }
            let weight = weight_index(cell, reading, size);
            let card_weight = heat * card.loss_weight();
            if heat > recipe.heat_for_corners && card_weight > self.weights[weight] {
                self.weights[weight] = card_weight;
                self.set_corners(corners, cell, reading, size);
            }
        }
    }

    fn set_corners(&mut self, corners: Quad, cell: Cell, reading: usize, size: Size) {
        for (number, corner) in corners.corners.into_iter().enumerate() {
            let offset = (corner - cell.centre()) * (1.0 / OFFSET_UNIT);
            self.answer[index(cell, reading, 1 + 2 * number, size)] = offset.x;
            self.answer[index(cell, reading, 2 + 2 * number, size)] = offset.y;
        }
    }
}

/// The heat in a cell beside the one that a card's centre (in cells) lies in.
fn heat_near(centre: Point, cell: Cell, spread: f32) -> f32 {
    let [x, y] = [cell.column as f32 + 0.5 - centre.x, cell.row as f32 + 0.5 - centre.y];
    (-(x * x + y * y) / (2.0 * spread * spread)).exp().min(HIGHEST_NEIGHBOUR_HEAT)
}

/// Values of one channel.
fn values_per_channel(size: Size) -> usize {
    (size.width as usize / STRIDE) * (size.height as usize / STRIDE)
}

/// Where a cell's weight is in `[CHANNELS / VALUES, height / 16, width / 16]`.
fn weight_index(cell: Cell, reading: usize, size: Size) -> usize {
    let values = values_per_channel(size);
    let at = index(cell, reading, 0, size);
    at / (VALUES * values) * values + at % values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::LocatorRecipe;
    use common::locate::detector_grid::decode;
    use image::RgbImage;
    use renderer::scene::pose::CardPose;

    /// A visible card of 60 pixels' height.
    fn card(centre: [f32; 2], rotation_degrees: f32) -> SceneCard {
        let centre = Point::from(centre);
        let pose = CardPose {
            centre_in_frame: centre,
            height_pixels: 60.0,
            rotation_degrees,
            tilt_degrees: 10.0,
            tilt_toward_degrees: 0.0,
        };
        SceneCard {
            corners: pose.corners_in_frame(),
            centre,
            visible: 1.0,
            is_exact: true,
            index_visible: 1.0,
            card: None,
        }
    }

    #[test]
    fn a_perfect_answer_decodes_to_the_cards() {
        const SIZE: Size = Size::new(192, 176);
        let cards =
            vec![card([50.0, 50.0], 10.0), card([130.0, 60.0], 100.0), card([80.0, 140.0], 45.0)];
        let hidden = SceneCard { visible: 0.05, ..card([150.0, 150.0], 0.0) };
        let scene = TrainingScene {
            image: RgbImage::new(SIZE.width, SIZE.height),
            cards: [cards.clone(), vec![hidden]].concat(),
            unknown: vec![Rect::new(0.0, 0.0, 20.0, 20.0)],
        };
        let recipe = LocatorRecipe::DEFAULT.detector.target;
        let mut answer = DetectorTarget::new(&scene, SIZE, &recipe).answer;
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
            let centre = card.corners.centre();
            assert!(
                found.iter().any(|found| found.outline_in_input.centre().distance(centre) < 0.1)
            );
        }
    }
}
