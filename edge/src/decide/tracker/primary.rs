//! The card that LEDs and captions show where there are several.

use common::corners::area;

use crate::decide::tracker::track::Track;

/// How much larger another card must be to take over: of two cards of about the same
/// size, measuring errors must not choose a new one in every frame.
const TAKES_OVER: f32 = 1.2;

/// The largest card, until another one is clearly larger.
#[derive(Clone, Copy, Debug, Default)]
pub struct PrimaryCard {
    id: Option<u64>,
}

impl PrimaryCard {
    /// Chooses among the cards that are there.
    pub fn update<'a>(&mut self, cards: impl Iterator<Item = &'a Track> + Clone) {
        let size = |track: &Track| area(&track.corners_in_frame);
        let largest = cards.clone().max_by(|a, b| size(a).total_cmp(&size(b)));
        let stays = match (self.of(cards), largest) {
            (Some(present), Some(largest)) => size(largest) < TAKES_OVER * size(present),
            _ => false,
        };
        if !stays {
            self.id = largest.map(|track| track.id);
        }
    }

    /// The one that was chosen, if it is still there.
    pub fn of<'a>(&self, mut cards: impl Iterator<Item = &'a Track>) -> Option<&'a Track> {
        cards.find(|track| Some(track.id) == self.id)
    }
}
