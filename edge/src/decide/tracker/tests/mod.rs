//! The tracker's rules, frame by frame: a table to feed it with.

mod announcing;
mod identity;

use std::iter::repeat_n;

use common::{Rank, Suit};

use super::*;

const ACE: Card = Card::Suited(Rank::Ace, Suit::Spades);
const TWO: Card = Card::Suited(Rank::Two, Suit::Hearts);

/// A card's size in pixels; its diagonal is 108.
const SIZE: [f32; 2] = [63.0, 88.0];

/// Somewhere on the table.
const HERE: [f32; 2] = [100.0, 100.0];
/// Right beside it.
const BESIDE: [f32; 2] = [165.0, 100.0];
const FAR: [f32; 2] = [500.0, 300.0];

fn scaled(card: Card, confidence: f32, [x, y]: [f32; 2], scale: f32) -> Sighting {
    let (right, bottom) = (x + scale * SIZE[0], y + scale * SIZE[1]);
    let corners_in_frame = [[x, y], [right, y], [right, bottom], [x, bottom]];
    Sighting { card, confidence, corners_in_frame }
}

fn sure(card: Card, at: [f32; 2]) -> Sighting {
    scaled(card, 0.9, at, 1.0)
}

fn doubtful(card: Card, at: [f32; 2]) -> Sighting {
    scaled(card, 0.6, at, 1.0)
}

/// A tracker that is fed at a steady rate, and all that it told.
struct Table {
    tracker: Tracker,
    frame_time: Duration,
    now: Duration,
    told: Vec<String>,
}

impl Table {
    fn new(frames_per_second: u32) -> Self {
        let policy = Policy {
            enter: 0.8,
            leave: 0.5,
            agreeing_frames: 3,
            expire: Duration::from_millis(1000),
        };
        Self {
            tracker: Tracker::new(policy),
            frame_time: Duration::from_secs(1) / frames_per_second,
            now: Duration::ZERO,
            told: Vec::new(),
        }
    }

    /// The same frame that often.
    fn show(&mut self, frames: usize, sightings: &[Sighting]) -> &mut Self {
        for frame in repeat_n(sightings, frames) {
            self.now += self.frame_time;
            let changes = self.tracker.observe(frame, self.now);
            self.tell(changes);
        }
        self
    }

    /// The same frame for that long.
    fn show_for(&mut self, millis: u64, sightings: &[Sighting]) -> &mut Self {
        let frames = Duration::from_millis(millis).as_micros() / self.frame_time.as_micros();
        self.show(frames as usize, sightings)
    }

    fn tell(&mut self, changes: Vec<CardChange>) {
        self.told.extend(changes.into_iter().map(|change| match change {
            CardChange::Appeared(steady) => format!("+{}", steady.card),
            CardChange::Gone(card) => format!("-{card}"),
        }));
    }

    fn state(&self) -> State {
        self.tracker.state()
    }

    /// Identity and left edge of each steady card of that name.
    fn places(&self, card: Card) -> Vec<(u64, f32)> {
        let steady = self.tracker.steady().filter(|steady| steady.card == card);
        steady.map(|steady| (steady.id, steady.corners_in_frame[0][0])).collect()
    }
}

fn at_each_rate(play: impl Fn(&mut Table)) {
    for frames_per_second in [5, 30] {
        play(&mut Table::new(frames_per_second));
    }
}
