//! Videos of drawn cards with and without reuse of what was read, with the networks that are
//! compiled in: both announce the same.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::rc::Rc;
use std::time::Duration;

use common::{Card, Point, Size};
use edge::clock::Clock as _;
use edge::decide::{Mode, Policy};
use edge::pipeline::RunEnd;
use edge::recognize::Recognizer;
use edge::service::context::ServiceContext;
use edge::service::signals::Signals;
use edge::source::{Frame, FrameSource, Next, SourceError};
use edge::testing::{FakeClock, PipelineBuilder, RecordingSupervisor};
use image::{Rgb, RgbImage, RgbaImage};
use imageproc::drawing::draw_filled_ellipse_mut;
use renderer::deck::{Style, draw_card};
use renderer::scene::blend::blend_warped;
use renderer::scene::pose::CardPose;
use renderer::scene::texture;
use serde_json::Value;

const FRAME: Size = Size::new(640, 480);

/// The largest change of a level by noise.
const NOISE: u32 = 3;

/// The table at one moment.
#[derive(Clone, Debug)]
struct Moment {
    /// Name and centre of each card.
    cards: Vec<(&'static str, Point)>,
    height_pixels: f32,
    hand: Option<Point>,
    /// What the light multiplies all levels by.
    light: f32,
}

impl Moment {
    fn of(cards: &[(&'static str, Point)]) -> Self {
        Self { cards: cards.to_vec(), height_pixels: 200.0, hand: None, light: 1.0 }
    }
}

/// The table at a time in seconds, until the film ends.
type Script = fn(f32) -> Option<Moment>;

const LEFT: Point = Point::new(180.0, 240.0);
const RIGHT: Point = Point::new(440.0, 240.0);

fn swap_under_a_hand(seconds: f32) -> Option<Moment> {
    let name = if seconds < 2.0 { "nine of hearts" } else { "ten of hearts" };
    let hand = (1.7..2.3).contains(&seconds).then_some(LEFT);
    let cards = [(name, LEFT), ("ace of spades", RIGHT)];
    (seconds < 4.5).then(|| Moment { hand, ..Moment::of(&cards) })
}

fn swap_in_place(seconds: f32) -> Option<Moment> {
    let name = if seconds < 1.5 { "nine of hearts" } else { "ten of hearts" };
    let other = if seconds < 3.3 { "seven of spades" } else { "seven of clubs" };
    (seconds < 5.5).then(|| Moment::of(&[(name, LEFT), (other, RIGHT)]))
}

fn slow_slide(seconds: f32) -> Option<Moment> {
    let at = Point::new(150.0 + 30.0 * seconds, 240.0);
    (seconds < 4.0).then(|| Moment::of(&[("queen of diamonds", at)]))
}

fn changing_light(seconds: f32) -> Option<Moment> {
    let light = match seconds {
        ..1.0 => 1.0,
        ..3.0 => 1.0 - 0.15 * (seconds - 1.0),
        ..4.0 => 0.7,
        _ => 0.95,
    };
    let cards = [("nine of hearts", LEFT), ("ace of spades", RIGHT)];
    (seconds < 5.0).then(|| Moment { light, ..Moment::of(&cards) })
}

fn thirteen_still_cards_and_one_taken_away(seconds: f32) -> Option<Moment> {
    const NAMES: [&str; 13] = [
        "ace of spades",
        "two of hearts",
        "three of clubs",
        "four of diamonds",
        "five of spades",
        "six of hearts",
        "seven of clubs",
        "eight of diamonds",
        "nine of spades",
        "ten of hearts",
        "jack of clubs",
        "queen of diamonds",
        "king of spades",
    ];
    let place =
        |at: usize| Point::new(64.0 + 128.0 * (at % 5) as f32, 80.0 + 160.0 * (at / 5) as f32);
    let mut cards: Vec<_> =
        NAMES.into_iter().enumerate().map(|(at, name)| (name, place(at))).collect();
    if seconds >= 1.5 {
        cards.remove(6);
    }
    (seconds < 3.2).then(|| Moment { height_pixels: 120.0, ..Moment::of(&cards) })
}

/// A source with a constant frame rate, which advances the clock itself.
struct Film {
    script: Script,
    clock: Rc<FakeClock>,
    frame_time: Duration,
    table: RgbImage,
}

fn drawn(name: &str, height: f32) -> RgbaImage {
    let (width, height) = ((height * 0.716) as u32, height as u32);
    draw_card(name.parse::<Card>().unwrap(), &Style::classic(), width, height)
}

impl Film {
    fn draw(&self, moment: &Moment, mut state: u64) -> RgbImage {
        let mut image = self.table.clone();
        for (name, centre_in_frame) in &moment.cards {
            let pose = CardPose {
                centre_in_frame: *centre_in_frame,
                height_pixels: moment.height_pixels,
                rotation_degrees: 4.0,
                ..CardPose::default()
            };
            let card = drawn(name, moment.height_pixels);
            blend_warped(&mut image, &card, pose.corners_in_frame());
        }
        if let Some(Point { x, y }) = moment.hand {
            draw_filled_ellipse_mut(
                &mut image,
                (x as i32, y as i32),
                110,
                150,
                Rgb([206, 160, 130]),
            );
        }
        for level in image.iter_mut() {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let noise = (state >> 40) as u32 % (2 * NOISE + 1);
            let lit = (f32::from(*level) * moment.light) as u32;
            *level = (lit + noise).saturating_sub(NOISE).min(255) as u8;
        }
        image
    }
}

impl FrameSource for Film {
    fn next(&mut self) -> Result<Next, SourceError> {
        let now = self.clock.now();
        let Some(moment) = (self.script)(now.as_secs_f32()) else { return Ok(Next::End) };
        let image = self.draw(&moment, now.as_millis() as u64 + 1);
        self.clock.advance(self.frame_time);
        Ok(Next::Frame(Frame { image: image.into(), name: "film".into(), decode: Duration::ZERO }))
    }
}

/// Returns what is announced, with the times in milliseconds. Doubt is left out.
fn play(script: Script, frames_per_second: u32, longest_reuse: Duration) -> Vec<(String, i64)> {
    let clock = Rc::new(FakeClock::default());
    let film = Film {
        script,
        clock: Rc::clone(&clock),
        frame_time: Duration::from_secs(1) / frames_per_second,
        table: texture::draw(0, FRAME.width, FRAME.height, 1),
    };
    let recognizer = Recognizer::load(None).unwrap().in_mode(Mode::Auto, None).unwrap();
    let enter = recognizer.accept_threshold();
    let policy = Policy {
        enter,
        leave: Policy::default_leave(enter),
        agreeing_frames: 3,
        expire: Duration::from_secs(1),
    };
    let mut events = Vec::new();
    let mut pipeline = PipelineBuilder::new(&recognizer, film)
        .policy_and_reuse(policy, longest_reuse)
        .events(&mut events)
        .build();
    let supervisor = RecordingSupervisor::default();
    let mut context = ServiceContext::new(clock.as_ref(), &supervisor, None);
    assert_eq!(pipeline.run(&mut context, &Signals::default()).unwrap(), RunEnd::Done);
    drop(pipeline);
    let lines = String::from_utf8(events).unwrap();
    let announcement = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let word = line["event"].as_str().or(line["state"].as_str()).unwrap();
        let text = [word, line["card"].as_str().unwrap_or_default()].join(" ");
        let time: jiff::Timestamp = line["time"].as_str().unwrap().parse().unwrap();
        (text.trim_end().to_owned(), time.as_millisecond())
    };
    lines.lines().map(announcement).filter(|(text, _)| text != "unsure").collect()
}

fn assert_same(script: Script) {
    for frames_per_second in [5, 30] {
        let with = play(script, frames_per_second, Duration::from_millis(500));
        let without = play(script, frames_per_second, Duration::ZERO);
        let texts = |events: &[(String, i64)]| -> Vec<String> {
            events.iter().map(|(text, _)| text.clone()).collect()
        };
        assert!(without.len() > 2, "{without:?}");
        assert_eq!(texts(&with), texts(&without), "at {frames_per_second} frames a second");
        let frame_millis = 1000 / i64::from(frames_per_second);
        for (with, without) in with.iter().zip(&without) {
            assert!(with.1 <= without.1 + 2 * frame_millis, "{with:?} against {without:?}");
        }
    }
}

#[test]
fn a_card_that_is_swapped_under_a_hand() {
    assert_same(swap_under_a_hand);
}

#[test]
fn cards_that_are_swapped_in_place() {
    assert_same(swap_in_place);
}

#[test]
fn a_card_that_slides_slowly() {
    assert_same(slow_slide);
}

#[test]
fn light_that_changes_slowly_and_at_once() {
    assert_same(changing_light);
}

#[test]
fn thirteen_cards_that_lie_still_of_which_one_is_taken_away() {
    assert_same(thirteen_still_cards_and_one_taken_away);
}
