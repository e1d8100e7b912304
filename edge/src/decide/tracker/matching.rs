//! Assigns the observations of a frame to the tracks.

use crate::decide::tracker::track::Track;
use crate::decide::types::Observation;

/// How far a card may move between two frames and still be recognised by its place, as a
/// share of its diagonal. A hand moves a card by up to 0.6 diagonals at 5 frames a second.
const REACH: f32 = 0.75;

/// Returns for each track the index of the observation that belongs to it. Of all possible
/// pairs the one with the highest [`score`] is taken first, then the best of the remaining
/// ones, and so on. An observation with a confidence of at least `enter` names its card
/// reliably.
pub(crate) fn assign(
    tracks: &[Track],
    observations: &[Observation],
    enter: f32,
) -> Vec<Option<usize>> {
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for (t, track) in tracks.iter().enumerate() {
        for (o, observation) in observations.iter().enumerate() {
            pairs.extend(score(track, observation, enter).map(|score| (score, t, o)));
        }
    }
    // The sort is stable, so the older track wins a tie.
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut assigned = vec![None; tracks.len()];
    for (_, t, o) in pairs {
        if assigned[t].is_none() && !assigned.contains(&Some(o)) {
            assigned[t] = Some(o);
        }
    }
    assigned
}

/// Returns how well an observation fits a track, or nothing where it cannot be the same card.
/// The integer part is the evidence of the name, and the fraction is the evidence of the
/// place:
///
/// - 2: The track is a confirmed card of this name. The observation may be anywhere if it
///   names its card reliably: a card that was covered while it moved is still the same card.
///   Another name never supports a confirmed card.
/// - 1: The track is a tentative card of this name within reach.
/// - 0: The track is a tentative card of another name within reach.
///
/// The evidence of the place is half the intersection over union plus half a term that falls with
/// the distance of the centres.
fn score(track: &Track, observation: &Observation, enter: f32) -> Option<f32> {
    let (old, new) = (track.corners_in_frame, observation.corners_in_frame);
    let distance = old.centre().distance(new.centre());
    let moved = distance / old.diagonal().max(f32::MIN_POSITIVE);
    let place = 0.5 * old.intersection_over_union(new) + 0.5 / (1.0 + moved);
    let is_near = moved <= REACH;
    let name = match (track.is_confirmed, track.card == observation.card) {
        (true, true) if is_near || observation.confidence >= enter => 2.0,
        (false, true) if is_near => 1.0,
        (false, false) if is_near => 0.0,
        _ => return None,
    };
    // A fraction of 1 would count as better evidence of the name.
    Some(name + place.min(0.999))
}
