//! What is remembered of a place where a card was looked for.

use std::time::Duration;

use common::locate::refiner::MARGIN;
use common::rectify::FrameFromUnit;
use common::{Point, Quad};

use crate::decide::{KnownCards, Observation, TrackedCard};
use crate::recognize::classify::Answer;
use crate::recognize::locate::Located;
use crate::recognize::pixels::FramePixels;
use crate::recognize::reader::observation;
use crate::recognize::reuse::look::Look;

/// A place in the last frame, with what was read there.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) located: Located,
    pub(crate) answer: Answer,
    /// How the card looked when it was read. The middle of the frame has none.
    pub(crate) look: Option<Look>,
    pub(crate) read_at: Duration,
    /// The number of readings in a row that are no sign of a card.
    pub(crate) empty_readings: u32,
    /// Whether another place names the same card better.
    pub(crate) is_repeated: bool,
    /// The identity of the known card that lies there.
    pub(crate) id: Option<u64>,
}

impl Place {
    /// Returns what the place is in a frame if the answer still holds.
    pub(crate) fn observation(&self, frame: FramePixels<'_>) -> Observation {
        observation(frame, self.located, self.answer)
    }

    /// Finds the known card that lies there.
    pub(crate) fn identify(&mut self, known: &KnownCards, frame: FramePixels<'_>) {
        let here = self.observation(frame);
        let is_here = |card: &&TrackedCard| {
            card.card == here.card && card.corners_in_frame == here.corners_in_frame
        };
        self.id = known.supported.iter().find(is_here).map(|card| card.id);
    }
}

/// Returns an outline with the surroundings that the refiner sees.
pub(crate) fn surroundings(outline: Quad) -> Quad {
    let frame_from_unit = FrameFromUnit::new(outline);
    let [first, last] = [-MARGIN, 1.0 + MARGIN];
    let corners = [[first, first], [last, first], [last, last], [first, last]];
    Quad::new(corners.map(|corner| frame_from_unit.map(Point::from(corner))))
}
