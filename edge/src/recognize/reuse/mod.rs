//! What need not be done again in the next frame of a video.
//!
//! Most frames of a camera show what the frame before showed. Three things are reused, and each
//! of them only for a time that is limited:
//!
//! - The outlines of the last detection, while nothing changes in the frame ([`changes`]).
//! - An outline that was refined, while nothing changes in and around it.
//! - What was read in an outline, while it looks the same ([`look`]) and the decider holds the
//!   card to be there. A card that is not confirmed yet is read in every frame, because frames
//!   that agree are evidence only if each of them was read.
//!
//! [`turns`] says what is repeated though it looks the same, [`place`] is what is remembered of
//! an outline, and [`follow`] finds it again in the next frame. [`memory`] puts them together.

pub(crate) mod changes;
mod follow;
mod look;
pub(crate) mod memory;
mod place;
mod turns;
