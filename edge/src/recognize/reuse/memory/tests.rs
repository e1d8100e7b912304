//! What is read and detected in a video of rectangles, frame by frame, at two frame rates.

use common::{Card, Rect};
use image::Rgb;

use super::*;
use crate::decide::{CardChange, Decider, Mode};
use crate::recognize::Work;
use crate::recognize::fake::{LevelClassifier, PlacedOutlines, level_of};
use crate::util::parallel::Workers;

const EXPIRE: Duration = Duration::from_millis(1000);
const FRAME: Size = Size::new(320, 240);

/// A rectangle that [`LevelClassifier`] reads as a card with a confidence.
#[derive(Clone, Copy, Debug)]
struct Shown {
    number: usize,
    confidence: f32,
    left: f32,
    top: f32,
}

fn card(number: usize) -> Card {
    Card::all().nth(number).unwrap()
}

fn shown(number: usize, left: f32, top: f32) -> Shown {
    Shown { number, confidence: 0.985, left, top }
}

fn thirteen() -> Vec<Shown> {
    let place = |at: usize| (10.0 + 60.0 * (at % 5) as f32, 5.0 + 78.0 * (at / 5) as f32);
    (0..13).map(|at| shown(at * 4, place(at).0, place(at).1)).collect()
}

/// A video, and everything that was done and announced.
struct Video {
    decider: Decider,
    memory: FrameMemory,
    locator: Option<PlacedOutlines>,
    workers: Workers,
    frame_time: Duration,
    now: Duration,
    work: Vec<Work>,
    /// `+card` or `-card`, with the time in milliseconds.
    changes: Vec<(String, u128)>,
}

impl Video {
    fn new(mode: Mode, frames_per_second: u32, longest: Duration) -> Self {
        let policy = Policy { enter: 0.9, leave: 0.63, agreeing_frames: 3, expire: EXPIRE };
        Self {
            decider: Decider::new(mode, policy),
            memory: FrameMemory::new(&policy, longest),
            locator: (mode == Mode::Auto).then(PlacedOutlines::default),
            workers: Workers::default(),
            frame_time: Duration::from_secs(1) / frames_per_second,
            now: Duration::ZERO,
            work: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// Shows the same table in a number of frames.
    fn show(&mut self, frames: usize, table: &[Shown]) -> &mut Self {
        let outline = |shown: &Shown| Rect::new(shown.left, shown.top, 50.0, 70.0).to_quad();
        let mut image = RgbImage::from_pixel(FRAME.width, FRAME.height, Rgb([30, 0, 30]));
        for (x, y, pixel) in image.enumerate_pixels_mut() {
            let (x, y) = (x as f32, y as f32);
            let is_at = |shown: &&Shown| {
                (shown.left..shown.left + 50.0).contains(&x)
                    && (shown.top..shown.top + 70.0).contains(&y)
            };
            if let Some(shown) = table.iter().find(is_at) {
                *pixel = Rgb([level_of(card(shown.number)), (255.0 * shown.confidence) as u8, 90]);
            }
        }
        if let Some(locator) = &self.locator {
            locator.place(table.iter().map(outline).collect());
        }
        for _ in 0..frames {
            self.now += self.frame_time;
            self.step(&image);
        }
        self
    }

    fn show_for(&mut self, millis: u64, table: &[Shown]) -> &mut Self {
        let frames = Duration::from_millis(millis).as_micros() / self.frame_time.as_micros();
        self.show(frames as usize, table)
    }

    fn step(&mut self, image: &RgbImage) {
        let locator = self.locator.clone();
        let reader = FrameReader {
            classifier: &LevelClassifier,
            locator: locator.as_ref().map(|locator| locator as &dyn Locate),
            accept_threshold: 0.9,
            workers: &self.workers,
        };
        let known = self.decider.known_cards();
        let frame = image.clone().into();
        let pixels = FramePixels::of_image(&frame);
        let recognition = self.memory.recognize(&reader, pixels, &known, self.now).unwrap();
        self.work.push(recognition.work);
        let before = self.decider.decision().state;
        let decision = self.decider.observe(&recognition.evidence(), self.now);
        let now = self.now.as_millis();
        for change in &decision.changes {
            self.changes.push(match change {
                CardChange::Appeared(tracked) => (format!("+{}", tracked.card), now),
                CardChange::Gone(card) => (format!("-{card}"), now),
            });
        }
        if self.locator.is_none() && before.card() != decision.state.card() {
            let name = decision.state.card().map_or("nothing".into(), |card| card.to_string());
            self.changes.push((name, now));
        }
    }

    /// Returns the work of all frames from this one on.
    fn work_since(&self, frame: usize) -> Work {
        self.work[frame..].iter().fold(Work::default(), |sum, work| Work {
            detections: sum.detections + work.detections,
            refinements: sum.refinements + work.refinements,
            readings: sum.readings + work.readings,
        })
    }

    fn names(&self) -> Vec<&str> {
        self.changes.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// Plays a video with and without reuse at 5 and at 30 frames a second. Both must announce the
/// same; with reuse no change may be later.
fn compare(mode: Mode, play: impl Fn(&mut Video)) {
    for frames_per_second in [5, 30] {
        let [with, without] = [EXPIRE / 2, Duration::ZERO].map(|longest| {
            let mut video = Video::new(mode, frames_per_second, longest);
            play(&mut video);
            video
        });
        assert_eq!(with.names(), without.names(), "at {frames_per_second} frames a second");
        for (with, without) in with.changes.iter().zip(&without.changes) {
            assert!(with.1 <= without.1, "{with:?} is later than {without:?}");
        }
        let readings = [&with, &without].map(|video| video.work_since(0).readings);
        assert!(readings[0] <= readings[1], "{readings:?} readings");
    }
}

#[test]
fn cards_that_lie_still_are_read_in_turn_and_the_detector_rests() {
    for (frames_per_second, most_in_a_frame) in [(5, 8), (30, 2), (120, 1)] {
        let mut video = Video::new(Mode::Auto, frames_per_second, EXPIRE / 2);
        video.show(3, &thirteen());
        assert_eq!(video.work_since(0).readings, 3 * 13, "new cards are read in every frame");
        assert_eq!(video.changes.len(), 13);
        video.show_for(10_000, &thirteen());
        let work = video.work_since(3);
        assert!((200..=340).contains(&work.readings), "{work:?} in 10 s");
        assert!((18..=26).contains(&work.detections), "{work:?} in 10 s");
        assert_eq!(work.refinements, 0);
        let most = video.work[3..].iter().map(|work| work.readings).max();
        assert!(most <= Some(most_in_a_frame), "{most:?} at {frames_per_second}");
        assert_eq!(video.changes.len(), 13);
    }
}

#[test]
fn an_empty_table_is_read_in_turn() {
    // In full-frame mode, what is not a card is read in all eight directions.
    for (mode, directions) in [(Mode::Full, 8), (Mode::Auto, 1)] {
        let mut video = Video::new(mode, 30, EXPIRE / 2);
        video.show_for(10_000, &[]);
        let work = video.work_since(0);
        assert!((20..30).contains(&(work.readings / directions)), "{work:?}");
    }
}

#[test]
fn a_doubtful_card_is_read_in_every_frame() {
    let mut video = Video::new(Mode::Auto, 30, EXPIRE / 2);
    let doubtful = Shown { confidence: 0.8, ..shown(3, 40.0, 40.0) };
    video.show(60, &[doubtful]);
    let work = video.work_since(0);
    // The middle of the frame is read as well, and it is empty.
    assert!(work.readings >= 60 && work.detections == 60, "{work:?}");
    assert!(video.changes.is_empty());
}

#[test]
fn a_new_card_wakes_the_detector_within_the_frame() {
    let mut video = Video::new(Mode::Auto, 30, EXPIRE / 2);
    let (old, new) = (shown(3, 20.0, 40.0), shown(40, 180.0, 90.0));
    video.show(40, &[old]).show(1, &[old, new]);
    assert_eq!(video.work[40].detections, 1);
    assert_eq!(video.work[40].refinements, 1, "only what has changed is refined");
    video.show(2, &[old, new]);
    assert_eq!(video.changes.len(), 2, "{:?}", video.changes);
}

#[test]
fn a_swap_in_place_is_announced_as_without_reuse() {
    compare(Mode::Auto, |video| {
        video.show_for(2400, &[shown(3, 40.0, 40.0)]).show_for(3000, &[shown(50, 40.0, 40.0)]);
    });
}

#[test]
fn a_swap_for_a_card_that_looks_the_same_is_announced_as_without_reuse() {
    for millis in [2000, 2200, 2400, 2600, 2800] {
        compare(Mode::Auto, |video| {
            video.show_for(millis, &[shown(3, 40.0, 40.0), shown(30, 150.0, 40.0)]);
            video.show_for(3000, &[shown(4, 40.0, 40.0), shown(30, 150.0, 40.0)]);
        });
    }
}

#[test]
fn in_full_frame_mode_a_swap_for_a_card_that_looks_the_same_is_seen_in_time() {
    for frames_per_second in [5, 30] {
        let mut video = Video::new(Mode::Full, frames_per_second, EXPIRE / 2);
        video.show_for(2400, &[shown(3, 135.0, 85.0)]);
        let readings = video.work_since(0).readings;
        assert!(readings <= 3 + 8, "{readings} readings");
        let swapped_at = video.now.as_millis();
        video.show_for(2400, &[shown(4, 135.0, 85.0)]);
        let (name, at) = video.changes.last().unwrap();
        assert_eq!(*name, card(4).to_string());
        assert!(at - swapped_at <= EXPIRE.as_millis(), "after {} ms", at - swapped_at);
    }
}

#[test]
fn full_frame_mode_announces_what_changes_as_without_reuse() {
    compare(Mode::Full, |video| {
        let card = |number| shown(number, 135.0, 85.0);
        video.show_for(1000, &[]).show_for(2000, &[card(3)]).show_for(2000, &[card(50)]);
        video.show_for(2000, &[]).show_for(2000, &[card(50)]);
    });
}

#[test]
fn a_hand_over_a_card_and_a_card_that_is_taken_away_are_as_without_reuse() {
    compare(Mode::Auto, |video| {
        let (left, right) = (shown(3, 40.0, 40.0), shown(30, 150.0, 40.0));
        for covered in [600, 800] {
            video.show_for(1400, &[left, right]).show_for(covered, &[right]);
        }
        video.show_for(1400, &[left, right]).show_for(2000, &[left]);
    });
}

#[test]
fn a_card_that_slides_is_not_read_again_in_every_frame() {
    let mut video = Video::new(Mode::Auto, 30, EXPIRE / 2);
    video.show(3, &[shown(3, 40.0, 40.0), shown(30, 150.0, 140.0)]);
    for step in 0..90 {
        video.show(1, &[shown(3, 40.0 + step as f32, 40.0), shown(30, 150.0, 140.0)]);
    }
    let work = video.work_since(3);
    assert_eq!(work.detections, 89, "the first of them shows what was there before");
    assert!(work.refinements <= 95, "the card that lies still keeps its outline: {work:?}");
    assert!(work.readings <= 20, "{work:?}");
    assert_eq!(video.changes.len(), 2);
    let known = video.decider.known_cards();
    assert_eq!(known.supported[0].corners_in_frame.corners[0].x, 129.0);
}

#[test]
fn one_misreading_in_turn_changes_nothing() {
    compare(Mode::Auto, |video| {
        let table = |number| [shown(number, 40.0, 40.0)];
        for misread in [1, 2, 3] {
            video.show(20, &table(3)).show(misread, &table(4)).show(20, &table(3));
        }
    });
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let play = |threads: usize| {
        let mut video = Video::new(Mode::Auto, 30, EXPIRE / 2);
        video.workers = Workers::start(std::num::NonZeroUsize::new(threads).unwrap()).unwrap();
        video.show(30, &thirteen()).show(40, &thirteen()[3..]).show(20, &thirteen());
        (video.changes, video.work)
    };
    assert_eq!(play(1), play(4));
}
