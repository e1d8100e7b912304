//! The complete pipeline for a long time, with a camera that fails again and again.
//!
//! `SOAK_FRAMES=200000 cargo test --release -p edge --test soak -- --nocapture` is the long
//! form, with a fault every 1,000 frames. Without the variable the test is short.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::cell::Cell;
use std::fs;
use std::thread::sleep;
use std::time::Duration;

use common::Card;
use common::geometry::Size;
use edge::clock::SystemClock;
use edge::decide::Policy;
use edge::output::leds::gpio::GpioLeds;
use edge::output::leds::reopening::ReopeningLeds;
use edge::output::leds::rules::Rule;
use edge::output::screen::{Display, Screen, ScreenError};
use edge::output::snapshots::SnapshotFolder;
use edge::pipeline::RunEnd;
use edge::recognize::Recognizer;
use edge::service::context::ServiceContext;
use edge::service::notify::{Notification, Supervisor};
use edge::service::signals::Signals;
use edge::service::status::StatusReporter;
use edge::source::camera::CameraSource;
use edge::source::camera::driver::CaptureRequest;
use edge::source::camera::pixels::{CaptureFormat, ColorMatrix, LevelRange, PixelFormat};
use edge::source::latest::LatestFrameSource;
use edge::testing::{FakeCamera, FakePin, FakeStep, PipelineBuilder};
use image::RgbImage;
use rand::SeedableRng as _;
use rand_pcg::Pcg64;
use renderer::deck::Style;
use renderer::scene::{SceneOptions, draw_scene};

/// The largest growth of resident memory after the warm-up.
const GROWTH_BYTES: u64 = 2 << 20;

/// Memory and descriptors are first counted after one frame in this number.
const WARM_UP_SHARE: u64 = 5;

/// The time between two frames of the camera.
const FRAME_TIME: Duration = Duration::from_millis(5);

/// The number of frames for which a scene stays.
const SCENE_FRAMES: u64 = 50;

const FORMAT: CaptureFormat = CaptureFormat {
    pixels: PixelFormat::of_fourcc(*b"YUYV").unwrap(),
    width: 320,
    height: 240,
    bytes_per_line: 640,
    range: LevelRange::Full,
    matrix: ColorMatrix::Bt601,
};

/// Counts how often the watchdog is reset.
#[derive(Default)]
struct WatchdogResets(Cell<u64>);

impl Supervisor for WatchdogResets {
    fn notify(&self, notification: Notification) {
        self.0.set(self.0.get() + u64::from(notification == Notification::Alive));
    }
}

/// A screen that shows nothing.
struct DevNull;

impl Display for DevNull {
    fn size(&self) -> Size {
        Size::new(320, 240)
    }

    fn put(&mut self, _image: &RgbImage) -> Result<(), ScreenError> {
        Ok(())
    }
}

/// Returns a grey scene in the pixel format of the camera.
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

/// Returns each kind of fault in turn, with the steps until the camera works again.
fn fault(number: u64) -> Vec<FakeStep> {
    let recovery = FakeStep::Opens(FORMAT);
    match number % 5 {
        0 => vec![FakeStep::TimesOut, recovery],
        1 => {
            vec![FakeStep::FrameFails(19), FakeStep::OpenFails(2), FakeStep::OpenFails(2), recovery]
        }
        2 => vec![FakeStep::FrameFails(5), FakeStep::OpenFails(16), recovery],
        3 => [vec![FakeStep::Damaged(vec![0; 9]); 30], vec![recovery]].concat(),
        _ => [vec![FakeStep::Frame(vec![0; 9]); 30], vec![recovery]].concat(),
    }
}

fn script(scenes: Vec<Vec<u8>>, fault_every: u64) -> impl Iterator<Item = FakeStep> + Send {
    let step = move |frame: u64| {
        let mut steps = Vec::new();
        if frame.is_multiple_of(fault_every) {
            steps.extend(fault(frame / fault_every));
        }
        sleep(FRAME_TIME);
        let scene = (frame / SCENE_FRAMES) as usize % scenes.len();
        steps.push(FakeStep::Frame(scenes[scene].clone()));
        steps
    };
    std::iter::once(FakeStep::Opens(FORMAT)).chain((1_u64..).flat_map(step))
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
fn memory_and_descriptors_do_not_grow_and_every_fault_passes() {
    let frames: u64 = std::env::var("SOAK_FRAMES").map_or(1_500, |n| n.parse().unwrap());
    let fault_every = if frames < 100_000 { 100 } else { 1_000 };
    let cards = ["nine of hearts", "ace of clubs"].map(|card| Some(card.parse().unwrap()));
    let scenes = [cards[0], None, cards[1], None].map(yuyv).to_vec();
    let camera = FakeCamera::new(script(scenes, fault_every));
    let (clock, resets) = (SystemClock::start(), WatchdogResets::default());
    let folder = tempfile::tempdir().unwrap();
    let recognizer = Recognizer::load_and_test(None).unwrap();
    let request = CaptureRequest {
        width: 320,
        height: 240,
        frames_per_second: 200,
        first_frame_timeout: Duration::from_secs(10),
        timeout: Duration::from_secs(1),
    };
    let source =
        CameraSource::new(camera.clone(), request, SystemClock::start(), Pcg64::seed_from_u64(1));
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
    let status = StatusReporter::new(Some(&status), recognizer.id().clone(), Duration::ZERO);
    let mut context = ServiceContext::new(&clock, &resets, Some(status));
    let mut pipeline = PipelineBuilder::new(&recognizer, LatestFrameSource::start(source))
        .policy(policy)
        .leds(ReopeningLeds::new(open, &clock), &rules)
        .screen(Screen::start(|| Ok(DevNull), SystemClock::start()))
        .events(std::io::sink())
        .snapshots(SnapshotFolder::open(folder.path(), 10).unwrap())
        .frame_limit(frames / WARM_UP_SHARE)
        .build();
    let signals = Signals::default();
    assert_eq!(pipeline.run(&mut context, &signals).unwrap(), RunEnd::Done);
    let (memory, descriptors) = (resident_bytes(), open_descriptors());
    pipeline.set_frame_limit(frames);
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
    assert!(resets.0.get() >= statistics.frames);
    drop(pipeline);
    assert!(pins.iter().all(|pin| !pin.is_high()), "dark at the end");
    let record = camera.record();
    assert_eq!(record.opened, record.closed);
    assert!(!record.used_after_failure);
    // The annotated images and the status file.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 10 + 1);
}
