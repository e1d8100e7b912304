//! The whole flow in auto mode: drawn cards that a hand moves and covers, the networks that
//! come with the program, and a clock of its own.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::rc::Rc;
use std::time::Duration;

use common::{Card, Corners};
use edge::clock::{Clock as _, FakeClock};
use edge::config::Mode;
use edge::decide::Decider;
use edge::decide::Policy;
use edge::output::announce::Announcer;
use edge::output::leds::fake::RecordingLeds;
use edge::pipeline::{Pipeline, RunEnd};
use edge::recognize::Recognizer;
use edge::service::context::ServiceContext;
use edge::service::notify::RecordingSupervisor;
use edge::service::signals::Signals;
use edge::source::{Frame, FrameSource, Next, SourceError};
use image::{Rgb, RgbImage, RgbaImage};
use imageproc::drawing::draw_filled_ellipse_mut;
use renderer::deck::{Style, draw_card};
use renderer::scene::place::{Pose, blend_warped};
use renderer::scene::texture;
use serde_json::Value;

const FRAME: [u32; 2] = [640, 480];
const CARD_HEIGHT: f32 = 240.0;

const FIRST: &str = "nine of hearts";
const SECOND: &str = "ace of spades";

/// What a moment shows.
#[derive(Clone, Debug)]
struct Moment {
    /// Name and centre of each card.
    cards: Vec<(&'static str, [f32; 2])>,
    hand: Option<[f32; 2]>,
}

/// A point on the way from one to another, at that share of the time between.
fn between(from: [f32; 2], to: [f32; 2], share: f32) -> [f32; 2] {
    [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * share.clamp(0.0, 1.0))
}

/// A card enters at the left, crosses the table, is covered by a hand for 0.6 s, leaves
/// at the right; another one comes from above. Speeds are up to 0.4 card diagonals in a
/// frame at 5 frames a second.
fn moment(seconds: f32) -> Option<Moment> {
    let (left, stop, right) = ([-120.0, 250.0], [400.0, 240.0], [780.0, 240.0]);
    let (above, middle) = ([320.0, -150.0], [320.0, 240.0]);
    let first = match seconds {
        ..0.4 => None,
        ..4.0 => Some(between(left, stop, (seconds - 0.4) / 1.6)),
        ..5.5 => Some(between(stop, right, (seconds - 4.0) / 0.8)),
        _ => None,
    };
    let second = (seconds >= 7.0).then(|| between(above, middle, (seconds - 7.0) / 0.8));
    let hand = (2.6..3.2).contains(&seconds).then(|| between([400.0, 300.0], stop, 0.5));
    let cards = [(FIRST, first), (SECOND, second)];
    let cards = cards.into_iter().filter_map(|(card, at)| Some((card, at?))).collect();
    (seconds < 9.0).then_some(Moment { cards, hand })
}

fn corners_of(centre_in_frame: [f32; 2]) -> Corners {
    Pose::new(centre_in_frame, CARD_HEIGHT, 8.0, 12.0, 90.0).corners_in_frame
}

fn draw(moment: &Moment, table: &RgbImage, deck: &[(&str, RgbaImage)]) -> RgbImage {
    let mut image = table.clone();
    for (name, at) in &moment.cards {
        let (_, card) = deck.iter().find(|(card, _)| card == name).unwrap();
        blend_warped(&mut image, card, corners_of(*at));
    }
    if let Some([x, y]) = moment.hand {
        let skin = Rgb([206, 160, 130]);
        draw_filled_ellipse_mut(&mut image, (x as i32, y as i32), 150, 190, skin);
    }
    image
}

/// Frames at a steady rate, by a clock that it moves itself.
struct Film {
    clock: Rc<FakeClock>,
    frame_time: Duration,
    table: RgbImage,
    deck: Vec<(&'static str, RgbaImage)>,
}

impl FrameSource for Film {
    fn next(&mut self) -> Result<Next, SourceError> {
        let Some(moment) = moment(self.clock.now().as_secs_f32()) else { return Ok(Next::End) };
        let image = draw(&moment, &self.table, &self.deck);
        self.clock.advance(self.frame_time);
        Ok(Next::Frame(Frame { image, name: "film".into(), decode: Duration::ZERO }))
    }
}

/// The JSON lines of a run, and what was lit.
fn play(frames_per_second: u32) -> (Vec<Value>, Vec<Vec<bool>>) {
    let clock = Rc::new(FakeClock::default());
    let frame_time = Duration::from_secs(1) / frames_per_second;
    let style = Style::classic();
    let draw =
        |name: &'static str| (name, draw_card(name.parse::<Card>().unwrap(), &style, 172, 240));
    let film = Film {
        clock: Rc::clone(&clock),
        frame_time,
        table: texture::draw(0, FRAME[0], FRAME[1], 1),
        deck: vec![draw(FIRST), draw(SECOND)],
    };
    let recognizer = Recognizer::load(None).unwrap().in_mode(Mode::Auto, None).unwrap();
    let enter = recognizer.accept_threshold();
    let expire = Duration::from_secs(1);
    let policy = Policy { enter, leave: 0.7 * enter, agreeing_frames: 3, expire };
    let rules = ["suit:hearts", "suit:spades"].map(|rule| rule.parse().unwrap());
    let leds = RecordingLeds::default();
    let mut events = Vec::new();
    let mut pipeline = Pipeline {
        leds: Box::new(leds.clone()),
        source: Box::new(film),
        recognizer: &recognizer,
        decider: Decider::new(Mode::Auto, policy),
        rules: &rules,
        screen: None,
        announcer: Announcer {
            events: Some(Box::new(&mut events)),
            snapshots: None,
            log_level: log::Level::Debug,
        },
        frame_limit: None,
        hang_at_frame: None,
    };
    let watcher = RecordingSupervisor::default();
    let mut context = ServiceContext::new(clock.as_ref(), &watcher, None);
    assert_eq!(pipeline.run(&mut context, &Signals::default()).unwrap(), RunEnd::Done);
    drop(pipeline);
    let lines = String::from_utf8(events).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (lines, leds.record())
}

#[test]
fn cards_that_come_move_are_covered_and_go_are_told_exactly_once() {
    for frames_per_second in [5, 30] {
        let (lines, lit) = play(frames_per_second);
        let said: Vec<String> = lines
            .iter()
            .map(|line| {
                let word = line["event"].as_str().or(line["state"].as_str()).unwrap();
                [word, line["card"].as_str().unwrap_or_default()].join(" ").trim_end().to_owned()
            })
            .filter(|said| said != "unsure")
            .collect();
        let wanted = [
            "searching",
            "appeared nine of hearts",
            "seen nine of hearts",
            "gone nine of hearts",
            "searching",
            "appeared ace of spades",
            "seen ace of spades",
        ];
        assert_eq!(said, wanted, "at {frames_per_second} frames a second");
        let [dark, hearts, spades] = [[false, false], [true, false], [false, true]];
        assert_eq!(lit, [dark, hearts, dark, spades], "at {frames_per_second} frames a second");
        let appeared = lines.iter().find(|line| line["event"] == "appeared").unwrap();
        assert!(appeared["confidence"].as_f64().unwrap() > 0.5, "{appeared}");
        assert_eq!(appeared["corners"].as_array().unwrap().len(), 4, "{appeared}");
    }
}
