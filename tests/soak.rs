//! The whole pipeline for a long time, with a camera that fails again and again.
//!
//! `SOAK_FRAMES=200000 cargo test --release --workspace --test soak -- --nocapture` is
//! the long form, with a fault every 1,000 frames; without the variable it is short.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::cell::Cell;
use std::fs;
use std::thread::sleep;
use std::time::Duration;

use common::Card;
use edge::clock::SystemClock;
use edge::decide::Decider;
use edge::decide::Policy;
use edge::output::annotate::SnapshotFolder;
use edge::output::announce::Announcer;
use edge::output::leds::fake::FakePin;
use edge::output::leds::gpio::GpioLeds;
use edge::output::leds::reopening::ReopeningLeds;
use edge::output::leds::rules::Rule;
use edge::output::screen::{Display, Screen, ScreenError};
use edge::pipeline::{Pipeline, RunEnd};
use edge::recognize::Recognizer;
use edge::service::context::ServiceContext;
use edge::service::notify::{Notification, Supervisor};
use edge::service::signals::Signals;
use edge::service::status::StatusFile;
use edge::source::camera::Camera;
use edge::source::camera::driver::CaptureRequest;
use edge::source::camera::fake::{FakeCamera, Step};
use edge::source::camera::pixels::{Format, Matrix, PixelFormat, Range};
use edge::source::latest::LatestFrameSource;
use image::RgbImage;
use rand::SeedableRng as _;
use rand_pcg::Pcg64;
use renderer::deck::Style;
use renderer::scene::{SceneOptions, draw_scene};

/// How much resident memory may grow after the warm-up.
const GROWTH_BYTES: u64 = 2 << 20;

/// Share of the frames after which memory and descriptors are counted first.
const WARM_UP_SHARE: u64 = 5;

/// Between two frames of the camera.
const FRAME_TIME: Duration = Duration::from_millis(5);

/// Frames for which a scene stays.
const SCENE_FRAMES: u64 = 50;

const FORMAT: Format = Format {
    pixels: PixelFormat::Yuyv,
    width: 320,
    height: 240,
    bytes_per_line: 640,
    range: Range::Full,
    matrix: Matrix::Bt601,
};

/// Counts the feeds of the watchdog.
#[derive(Default)]
struct Feeds(Cell<u64>);

impl Supervisor for Feeds {
    fn tell(&self, word: Notification) {
        self.0.set(self.0.get() + u64::from(word == Notification::Alive));
    }
}

struct DevNull;

impl Display for DevNull {
    fn size(&self) -> [u32; 2] {
        [320, 240]
    }

    fn put(&mut self, _image: &RgbImage) -> Result<(), ScreenError> {
        Ok(())
    }
}

/// A grey scene as the camera gives it.
fn yuyv(card: Option<Card>) -> Vec<u8> {
    let options = SceneOptions {
        width: FORMAT.width,
        height: FORMAT.height,
        style: Some(Style::classic()),
        texture: Some(0),
        ..SceneOptions::close_up()
    };
    let scene = draw_scene(card.as_slice(), &options, 1).image;
    scene
        .pixels()
        .flat_map(|pixel| [(pixel.0[0] / 2).saturating_add(pixel.0[1] / 2), 128])
        .collect()
}

/// Every fault in turn, and how the camera comes back.
fn fault(number: u64) -> Vec<Step> {
    let comes_back = Step::Opens(FORMAT);
    match number % 5 {
        0 => vec![Step::TimesOut, comes_back],
        1 => vec![Step::FrameFails(19), Step::OpenFails(2), Step::OpenFails(2), comes_back],
        2 => vec![Step::FrameFails(5), Step::OpenFails(16), comes_back],
        3 => [vec![Step::Damaged(vec![0; 9]); 30], vec![comes_back]].concat(),
        _ => [vec![Step::Frame(vec![0; 9]); 30], vec![comes_back]].concat(),
    }
}

fn script(scenes: Vec<Vec<u8>>, fault_every: u64) -> impl Iterator<Item = Step> + Send {
    let step = move |frame: u64| {
        let mut steps = Vec::new();
        if frame.is_multiple_of(fault_every) {
            steps.extend(fault(frame / fault_every));
        }
        sleep(FRAME_TIME);
        let scene = (frame / SCENE_FRAMES) as usize % scenes.len();
        steps.push(Step::Frame(scenes[scene].clone()));
        steps
    };
    std::iter::once(Step::Opens(FORMAT)).chain((1_u64..).flat_map(step))
}

fn resident_bytes() -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn memory_and_descriptors_stay_and_every_fault_passes() {
    let frames: u64 = std::env::var("SOAK_FRAMES").map_or(1_500, |n| n.parse().unwrap());
    let fault_every = if frames < 100_000 { 100 } else { 1_000 };
    let cards = ["nine of hearts", "ace of clubs"].map(|card| Some(card.parse().unwrap()));
    let scenes = [cards[0], None, cards[1], None].map(yuyv).to_vec();
    let camera = FakeCamera::new(script(scenes, fault_every));
    let (clock, feeds) = (SystemClock::start(), Feeds::default());
    let folder = tempfile::tempdir().unwrap();
    let recognizer = Recognizer::load_and_test(None).unwrap();
    let wanted = CaptureRequest {
        width: 320,
        height: 240,
        frames_per_second: 200,
        timeout: Duration::from_secs(1),
    };
    let source = Camera::new(camera.clone(), wanted, SystemClock::start(), Pcg64::seed_from_u64(1));
    let rules = Rule::defaults();
    let pins: Vec<FakePin> = rules.iter().map(|_| FakePin::default()).collect();
    let open =
        || Ok::<_, std::io::Error>(GpioLeds::new(pins.iter().cloned().map(|pin| (pin, false))));
    let policy = Policy {
        enter: recognizer.classifier().info().accept_threshold,
        leave: 0.5,
        agreeing_frames: 3,
        expire: Duration::from_secs(1),
    };
    let status = folder.path().join("status.json");
    let status = StatusFile::new(&status, recognizer.id().clone(), Duration::ZERO);
    let mut context = ServiceContext::new(&clock, &feeds, Some(status));
    let mut pipeline = Pipeline {
        leds: Box::new(ReopeningLeds::new(open, &clock)),
        source: Box::new(LatestFrameSource::start(source)),
        recognizer: &recognizer,
        decider: Decider::new(recognizer.mode(), policy),
        rules: &rules,
        screen: Some(Screen::start(|| Ok(DevNull))),
        announcer: Announcer {
            events: Some(Box::new(std::io::sink())),
            snapshots: Some(SnapshotFolder::open(folder.path(), 10).unwrap()),
            log_level: log::Level::Debug,
        },
        frame_limit: Some(frames / WARM_UP_SHARE),
        hang_at_frame: None,
    };
    let signals = Signals::default();
    assert_eq!(pipeline.run(&mut context, &signals).unwrap(), RunEnd::Done);
    let (memory, descriptors) = (resident_bytes(), open_descriptors());
    pipeline.frame_limit = Some(frames);
    assert_eq!(pipeline.run(&mut context, &signals).unwrap(), RunEnd::Done);
    let growth = resident_bytes().saturating_sub(memory);
    let statistics = &context.statistics;
    println!(
        "{} frames, {} outages, {memory} bytes resident after {} frames, {growth} more at the end, \
         {descriptors} descriptors",
        statistics.frames,
        statistics.reconnects,
        frames / WARM_UP_SHARE
    );
    assert!(growth <= GROWTH_BYTES, "grew by {growth} bytes");
    assert_eq!(open_descriptors(), descriptors);
    assert!(statistics.reconnects >= frames / fault_every - 1, "{} outages", statistics.reconnects);
    assert!(feeds.0.get() >= statistics.frames);
    drop(pipeline);
    assert!(pins.iter().all(|pin| !pin.is_high()), "dark at the end");
    let record = camera.record();
    assert_eq!(record.opened, record.closed);
    assert!(!record.used_after_failure);
    // Images of the album, status file.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 10 + 1);
}
