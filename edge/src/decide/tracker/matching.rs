//! Which sighting belongs to which track.

use common::corners::{centre, diagonal, distance, overlap_over_union};

use crate::decide::tracker::track::Track;
use crate::recognize::Sighting;

/// How far a card may move between two frames and still be known by its place, as a share
/// of its diagonal: a hand moves a card by up to 0.6 of it at 5 frames a second.
const REACH: f32 = 0.75;

/// For each track the sighting that belongs to it: of all pairs that are possible the one
/// with the highest `score`, then the next one of what is left, and so on. `enter` is
/// the confidence from which on a sighting surely names its card.
pub fn assign(tracks: &[Track], sightings: &[Sighting], enter: f32) -> Vec<Option<usize>> {
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for (t, track) in tracks.iter().enumerate() {
        for (s, sighting) in sightings.iter().enumerate() {
            pairs.extend(score(track, sighting, enter).map(|score| (score, t, s)));
        }
    }
    // Stable, so that the elder track wins a tie.
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut assigned = vec![None; tracks.len()];
    for (_, t, s) in pairs {
        if assigned[t].is_none() && !assigned.contains(&Some(s)) {
            assigned[t] = Some(s);
        }
    }
    assigned
}

/// How well a sighting fits a track; none where it can't be the same card. The whole part
/// is the evidence of the name, and the rest, 0..1, is that of the place:
///
/// - 2: a confirmed card of that name. It may be anywhere when the name is sure: a card
///   that was covered while it moved is still the same card. Another name never supports
///   a confirmed card.
/// - 1: a tentative card of that name within reach.
/// - 0: a tentative card of another name within reach.
///
/// The place counts half by the overlap over union, half by the distance of the centres.
fn score(track: &Track, sighting: &Sighting, enter: f32) -> Option<f32> {
    let (old, new) = (&track.corners_in_frame, &sighting.corners_in_frame);
    let moved = distance(&centre(old), &centre(new)) / diagonal(old).max(f32::MIN_POSITIVE);
    let place = 0.5 * overlap_over_union(old, new) + 0.5 / (1.0 + moved);
    let is_near = moved <= REACH;
    let name = match (track.is_confirmed, track.card == sighting.card) {
        (true, true) if is_near || sighting.confidence >= enter => 2.0,
        (false, true) if is_near => 1.0,
        (false, false) if is_near => 0.0,
        _ => return None,
    };
    // 1 would be the next name's.
    Some(name + place.min(0.999))
}
