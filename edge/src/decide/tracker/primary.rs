//! The primary card: the one that the LEDs and the caption show when there are several.

use crate::decide::tracker::track::Track;

/// How many times as large another card must be to become the primary card. With cards of
/// about the same size, measuring errors must not choose a new one in every frame.
const TAKEOVER_RATIO: f32 = 1.2;

/// The largest card, until another one is clearly larger.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize, serde::Serialize)]
pub(crate) struct PrimaryCard {
    id: Option<u64>,
}

impl PrimaryCard {
    /// Chooses the primary card among the cards that are there.
    pub(crate) fn update<'a>(&mut self, cards: impl Iterator<Item = &'a Track> + Clone) {
        let size = |track: &Track| track.corners_in_frame.area();
        let largest = cards.clone().max_by(|a, b| size(a).total_cmp(&size(b)));
        let stays = match (self.find(cards), largest) {
            (Some(present), Some(largest)) => size(largest) < TAKEOVER_RATIO * size(present),
            _ => false,
        };
        if !stays {
            self.id = largest.map(|track| track.id);
        }
    }

    /// Returns the primary card, if it is among these cards.
    pub(crate) fn find<'a>(&self, mut cards: impl Iterator<Item = &'a Track>) -> Option<&'a Track> {
        cards.find(|track| Some(track.id) == self.id)
    }
}
