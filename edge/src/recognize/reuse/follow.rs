//! Finds the places of the last frame again among the outlines of this frame.

use common::locate::detector_grid::is_same_card;
use common::{Quad, Size};
use image::RgbImage;

use crate::recognize::locate::Located;
use crate::recognize::reuse::changes::Changes;
use crate::recognize::reuse::look::Look;
use crate::recognize::reuse::place::{Place, surroundings};

/// How far a card may move between two frames and still be compared, as a share of its
/// diagonal.
const REACH: f32 = 0.75;

/// An outline of this frame.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) located: Located,
    /// The place of the last frame that looks the same.
    pub(crate) before: Option<Place>,
    /// The classifier's input, where it was made already.
    pub(crate) input: Option<RgbImage>,
}

/// An outline that was detected: one that was refined before and whose surroundings have not
/// changed, or one that has to be refined.
#[derive(Clone, Debug)]
pub(crate) enum Detected {
    Unchanged(Place),
    Rough(Located),
}

impl Seen {
    /// A place that has not changed.
    pub(crate) fn unchanged(place: Place) -> Self {
        Self { located: place.located, before: Some(place), input: None }
    }

    /// An outline of which nothing is known yet.
    pub(crate) fn new(located: Located) -> Self {
        Self { located, before: None, input: None }
    }
}

impl Detected {
    /// Returns the outline that has to be refined.
    pub(crate) fn rough(&self) -> Option<Located> {
        match self {
            Detected::Unchanged(_) => None,
            Detected::Rough(located) => Some(*located),
        }
    }
}

/// Takes the places whose surroundings have not changed, and which are detected again, out of
/// `places`. The order is that of the detector.
pub(crate) fn keep_unchanged(
    detected: Vec<Located>,
    places: &mut Vec<Place>,
    changes: &Changes,
    frame: Size,
) -> Vec<Detected> {
    let keep = |located: Located| {
        let outline = located.outline;
        let overlap = |place: &Place| place.located.outline.intersection_over_union(outline);
        let is_same = |place: &Place| is_same_card(place.located.outline, outline);
        let same = (0..places.len()).filter(|&at| is_same(&places[at]));
        let best = same.max_by(|&a, &b| overlap(&places[a]).total_cmp(&overlap(&places[b])));
        match best {
            Some(at) if !changes.touch(surroundings(places[at].located.outline), frame) => {
                Detected::Unchanged(places.swap_remove(at))
            }
            _ => Detected::Rough(located),
        }
    };
    detected.into_iter().map(keep).collect()
}

/// Returns the places that an outline may continue because it looks the same and is near, the
/// most similar first.
pub(crate) fn alike(outline: Quad, look: &Look, places: &[Place]) -> Vec<usize> {
    let difference = |place: &Place| {
        let old = place.located.outline;
        let moved = old.centre().distance(outline.centre());
        let is_near = moved <= REACH * old.diagonal();
        let before = place.look.as_ref().filter(|_| is_near)?;
        before.same_card_difference(look)
    };
    let mut alike: Vec<(u32, usize)> = (0..places.len())
        .filter_map(|at| difference(&places[at]).map(|difference| (difference, at)))
        .collect();
    alike.sort_unstable();
    alike.into_iter().map(|(_, at)| at).collect()
}
