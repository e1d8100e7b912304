//! The complete pipeline in auto mode: drawn cards that a hand moves and covers, the networks
//! that are compiled in, and a fake clock.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::rc::Rc;
use std::time::Duration;

use common::{Card, Point, Quad, Size};
use edge::clock::Clock as _;
use edge::decide::Mode;
use edge::pipeline::RunEnd;
use edge::recognize::Recognizer;
use edge::service::context::ServiceContext;
use edge::service::signals::Signals;
use edge::source::{Frame, FrameSource, Next, SourceError};
use edge::testing::{FakeClock, PipelineBuilder, RecordingLeds, RecordingSupervisor};
use image::{Rgb, RgbImage, RgbaImage};
use imageproc::drawing::draw_filled_ellipse_mut;
use renderer::deck::{Style, draw_card};
use renderer::scene::blend::blend_warped;
use renderer::scene::pose::CardPose;
use renderer::scene::texture;
use serde_json::Value;

const FRAME: Size = Size::new(640, 480);
const CARD_HEIGHT_PIXELS: f32 = 240.0;

const FIRST: &str = "nine of hearts";
const SECOND: &str = "ace of spades";

/// The table at one moment.
#[derive(Clone, Debug)]
struct Moment {
    /// Name and centre of each card.
    cards: Vec<(&'static str, Point)>,
    hand: Option<Point>,
}

/// Returns the point at this share, 0 to 1, of the way between two points.
fn between(from: Point, to: Point, share: f32) -> Point {
    from.lerp(to, share.clamp(0.0, 1.0))
}

/// Returns the table at a time. A card enters at the left, stops, is covered by a hand for
/// 0.6 s and leaves at the right; another card enters from above. At 5 frames per second a card
/// moves by up to 0.4 of its diagonals from one frame to the next.
fn moment(seconds: f32) -> Option<Moment> {
    let (left, stop) = (Point::new(-120.0, 250.0), Point::new(400.0, 240.0));
    let right = Point::new(780.0, 240.0);
    let (above, middle) = (Point::new(320.0, -150.0), Point::new(320.0, 240.0));
    let first = match seconds {
        ..0.4 => None,
        ..4.0 => Some(between(left, stop, (seconds - 0.4) / 1.6)),
        ..5.5 => Some(between(stop, right, (seconds - 4.0) / 0.8)),
        _ => None,
    };
    let second = (seconds >= 7.0).then(|| between(above, middle, (seconds - 7.0) / 0.8));
    let hand = (2.6..3.2).contains(&seconds).then(|| between(Point::new(400.0, 300.0), stop, 0.5));
    let cards = [(FIRST, first), (SECOND, second)];
    let cards = cards.into_iter().filter_map(|(card, at)| Some((card, at?))).collect();
    (seconds < 9.0).then_some(Moment { cards, hand })
}

fn corners_of(centre_in_frame: Point) -> Quad {
    let pose = CardPose {
        centre_in_frame,
        height_pixels: CARD_HEIGHT_PIXELS,
        rotation_degrees: 8.0,
        tilt_degrees: 12.0,
        tilt_toward_degrees: 90.0,
    };
    pose.corners_in_frame()
}

fn draw(moment: &Moment, table: &RgbImage, deck: &[(&str, RgbaImage)]) -> RgbImage {
    let mut image = table.clone();
    for (name, at) in &moment.cards {
        let (_, card) = deck.iter().find(|(card, _)| card == name).unwrap();
        blend_warped(&mut image, card, corners_of(*at));
    }
    if let Some(Point { x, y }) = moment.hand {
        let skin = Rgb([206, 160, 130]);
        draw_filled_ellipse_mut(&mut image, (x as i32, y as i32), 150, 190, skin);
    }
    image
}

/// A source with a constant frame rate, which advances the clock itself.
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
        Ok(Next::Frame(Frame { image: image.into(), name: "film".into(), decode: Duration::ZERO }))
    }
}

/// Returns the JSON lines of a run and what was lit.
fn play(frames_per_second: u32) -> (Vec<Value>, Vec<Vec<bool>>) {
    let clock = Rc::new(FakeClock::default());
    let frame_time = Duration::from_secs(1) / frames_per_second;
    let style = Style::classic();
    let draw =
        |name: &'static str| (name, draw_card(name.parse::<Card>().unwrap(), &style, 172, 240));
    let film = Film {
        clock: Rc::clone(&clock),
        frame_time,
        table: texture::draw(0, FRAME.width, FRAME.height, 1),
        deck: vec![draw(FIRST), draw(SECOND)],
    };
    let recognizer = Recognizer::load(None).unwrap().in_mode(Mode::Auto, None).unwrap();
    let rules = ["suit:hearts", "suit:spades"].map(|rule| rule.parse().unwrap());
    let leds = RecordingLeds::default();
    let mut events = Vec::new();
    let mut pipeline = PipelineBuilder::new(&recognizer, film)
        .leds(leds.clone(), &rules)
        .events(&mut events)
        .build();
    let supervisor = RecordingSupervisor::default();
    let mut context = ServiceContext::new(clock.as_ref(), &supervisor, None);
    assert_eq!(pipeline.run(&mut context, &Signals::default()).unwrap(), RunEnd::Done);
    drop(pipeline);
    let lines = String::from_utf8(events).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (lines, leds.record())
}

#[test]
fn cards_that_appear_move_are_covered_and_leave_are_announced_exactly_once() {
    for frames_per_second in [5, 30] {
        let (lines, lit) = play(frames_per_second);
        let announcements: Vec<String> = lines
            .iter()
            .map(|line| {
                let word = line["event"].as_str().or(line["state"].as_str()).unwrap();
                [word, line["card"].as_str().unwrap_or_default()].join(" ").trim_end().to_owned()
            })
            .filter(|announcement| announcement != "unsure")
            .collect();
        let expected = [
            "searching",
            "appeared nine of hearts",
            "seen nine of hearts",
            "gone nine of hearts",
            "searching",
            "appeared ace of spades",
            "seen ace of spades",
        ];
        assert_eq!(announcements, expected, "at {frames_per_second} frames per second");
        let [dark, hearts, spades] = [[false, false], [true, false], [false, true]];
        assert_eq!(lit, [dark, hearts, dark, spades], "at {frames_per_second} frames per second");
        let appeared = lines.iter().find(|line| line["event"] == "appeared").unwrap();
        assert!(appeared["confidence"].as_f64().unwrap() > 0.5, "{appeared}");
        assert_eq!(appeared["corners"].as_array().unwrap().len(), 4, "{appeared}");
    }
}
