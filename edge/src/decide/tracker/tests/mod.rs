//! The rules of the tracker, frame by frame, with a table that feeds it.

mod announcements;
mod identity;

use std::iter::repeat_n;

use common::{Card, Point, Rank, Rect, Size, Suit};

use super::*;

const ACE: Card = Card::Suited(Rank::Ace, Suit::Spades);
const TWO: Card = Card::Suited(Rank::Two, Suit::Hearts);

/// The size of a card. Its diagonal is 108 pixels.
const SIZE: Size = Size::new(63, 88);

/// A place on the table, in pixels of the frame.
const HERE: Point = Point::new(100.0, 100.0);
/// The place directly beside [`HERE`].
const BESIDE: Point = Point::new(165.0, 100.0);
/// A place that a card cannot reach between two frames.
const FAR: Point = Point::new(500.0, 300.0);

fn scaled(card: Card, confidence: f32, top_left: Point, scale: f32) -> Observation {
    let (width, height) = (scale * SIZE.width as f32, scale * SIZE.height as f32);
    let corners_in_frame = Rect::new(top_left.x, top_left.y, width, height).to_quad();
    Observation { card, confidence, corners_in_frame }
}

fn sure(card: Card, at: Point) -> Observation {
    scaled(card, 0.9, at, 1.0)
}

fn doubtful(card: Card, at: Point) -> Observation {
    scaled(card, 0.6, at, 1.0)
}

/// A tracker that is fed at a constant frame rate, and all changes that it reported.
struct Table {
    tracker: Tracker,
    frame_time: Duration,
    now: Duration,
    /// `+card` for a card that appeared, `-card` for a card that is gone.
    changes: Vec<String>,
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
            changes: Vec::new(),
        }
    }

    /// Feeds the same frame this many times.
    fn show(&mut self, frames: usize, observations: &[Observation]) -> &mut Self {
        for frame in repeat_n(observations, frames) {
            self.now += self.frame_time;
            let changes = self.tracker.observe(frame, self.now);
            self.record(changes);
        }
        self
    }

    /// Feeds the same frame for this time.
    fn show_for(&mut self, millis: u64, observations: &[Observation]) -> &mut Self {
        let frames = Duration::from_millis(millis).as_micros() / self.frame_time.as_micros();
        self.show(frames as usize, observations)
    }

    fn record(&mut self, changes: Vec<CardChange>) {
        self.changes.extend(changes.into_iter().map(|change| match change {
            CardChange::Appeared(tracked) => format!("+{}", tracked.card),
            CardChange::Gone(card) => format!("-{card}"),
        }));
    }

    fn state(&self) -> State {
        self.tracker.state()
    }

    /// Returns identity and left edge of each confirmed card of this name.
    fn places(&self, card: Card) -> Vec<(u64, f32)> {
        let tracked = self.tracker.confirmed_cards().filter(|tracked| tracked.card == card);
        tracked.map(|tracked| (tracked.id, tracked.corners_in_frame.corners[0].x)).collect()
    }
}

fn at_each_rate(play: impl Fn(&mut Table)) {
    for frames_per_second in [5, 30] {
        play(&mut Table::new(frames_per_second));
    }
}
