//! A device that serves a feed by a script.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;
use std::time::Duration;

use feed::framing::encode_line;
use feed::status::{Percentiles, StageHistogram, StageTimes};
use feed::{
    CardEvent, Counters, Event, Exposure, Hello, Led, Message, ModelIdentity, Preview,
    PreviewOutline, Request, RequestDecoder, StateEvent, Status, StatusMessage,
};
use jpeg_encoder::{ColorType, Encoder};

/// The place of the card in the frame of 640×480 pixels.
pub const CARD: [[f32; 2]; 4] = [[200.0, 100.0], [360.0, 100.0], [360.0, 330.0], [200.0, 330.0]];

/// A device that serves any number of readers, until it is dropped.
pub struct FakeDevice {
    pub socket: PathBuf,
    is_stopped: Arc<AtomicBool>,
    readers: Arc<Mutex<Vec<UnixStream>>>,
    subscribed: Arc<AtomicUsize>,
    _folder: Option<tempfile::TempDir>,
}

impl FakeDevice {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("feed.sock");
        let mut device = Self::start_at(socket);
        device._folder = Some(folder);
        device
    }

    /// Serves at a path, as the same device does after it was started again.
    pub fn start_at(socket: PathBuf) -> Self {
        let _ = std::fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket).unwrap();
        let (is_stopped, readers) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let subscribed = Arc::new(AtomicUsize::new(0));
        let device = Self {
            socket,
            is_stopped: Arc::clone(&is_stopped),
            readers: Arc::clone(&readers),
            subscribed: Arc::clone(&subscribed),
            _folder: None,
        };
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_stopped.load(Ordering::SeqCst) {
                    return;
                }
                let mut stream = stream.unwrap();
                let _ = stream.write_all(&encode_line(&hello()));
                let _ = stream.write_all(&encode_line(&status(100)));
                let reader = stream.try_clone().unwrap();
                let subscribed = Arc::clone(&subscribed);
                thread::spawn(move || read_requests(reader, &subscribed));
                readers.lock().unwrap().push(stream);
            }
        });
        device
    }

    /// Sends bytes to all readers.
    pub fn send(&self, bytes: &[u8]) {
        self.readers.lock().unwrap().retain_mut(|reader| reader.write_all(bytes).is_ok());
    }

    pub fn send_event(&self, event: Event) {
        self.send(&encode_line(&Message::Event(event)));
    }

    /// Sends a picture, whose number decides where its moving part is.
    pub fn send_picture(&self, number: usize) {
        self.send(&picture(number));
    }

    /// Sends pictures until a moment, ten in a second.
    pub fn play(&self, is_done: impl Fn() -> bool) {
        let mut number = 0;
        while !is_done() {
            self.send_picture(number);
            number += 1;
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// How many readers are subscribed to previews.
    pub fn subscribed(&self) -> usize {
        self.subscribed.load(Ordering::SeqCst)
    }

    pub fn connections(&self) -> usize {
        self.readers.lock().unwrap().len()
    }
}

impl Drop for FakeDevice {
    fn drop(&mut self) {
        self.is_stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = UnixStream::connect(&self.socket);
        for reader in self.readers.lock().unwrap().drain(..) {
            let _ = reader.shutdown(std::net::Shutdown::Both);
        }
        let _ = std::fs::remove_file(&self.socket);
    }
}

fn read_requests(mut stream: UnixStream, subscribed: &AtomicUsize) {
    let (mut decoder, mut is_subscribed) = (RequestDecoder::default(), false);
    let mut chunk = [0; 512];
    while let Ok(count @ 1..) = stream.read(&mut chunk) {
        decoder.push(&chunk[..count]);
        while let Ok(Some(request)) = decoder.take() {
            let wants = matches!(request, Request::Subscribe { .. });
            match (is_subscribed, wants) {
                (false, true) => _ = subscribed.fetch_add(1, Ordering::SeqCst),
                (true, false) => _ = subscribed.fetch_sub(1, Ordering::SeqCst),
                _ => {}
            }
            is_subscribed = wants;
        }
    }
    if is_subscribed {
        subscribed.fetch_sub(1, Ordering::SeqCst);
    }
}

pub fn hello() -> Message {
    Message::Hello(Hello {
        version: feed::VERSION,
        device_id: "t1".into(),
        device_name: "Table <1>".into(),
        program_version: "0.2.0".into(),
        model_sha256: "00ff".repeat(16),
    })
}

fn leds() -> Vec<Led> {
    let suits = [("clubs", "♣", "green"), ("hearts", "♥", "red"), ("spades", "♠", "green")];
    let mut leds: Vec<Led> = suits
        .iter()
        .map(|(suit, label, color)| Led {
            rule: format!("suit:{suit}"),
            label: (*label).into(),
            color: (*color).into(),
            is_lit: *suit == "hearts",
        })
        .collect();
    for (rule, color, is_lit) in
        [("face", "green", true), ("seen", "green", true), ("fault", "red", false)]
    {
        leds.push(Led { rule: rule.into(), label: rule.into(), color: color.into(), is_lit });
    }
    leds
}

/// The status of a device that sees a card.
pub fn status(frames: u64) -> Message {
    let times = Percentiles { p50_millis: 4.2, p95_millis: 9.0 };
    let stages = ["decode", "locate", "prepare", "classify"];
    let histogram = StageHistogram { counts: vec![frames, 1, 0], sum_seconds: 0.5 };
    let status = Status {
        written: "2026-01-01T12:00:00.000Z".into(),
        state: "seen".into(),
        healthy: true,
        card: Some("queen of hearts".into()),
        confidence: Some(0.987),
        cards: vec!["queen of hearts".into(), "ten of clubs".into()],
        fps: 9.87,
        frame_age_millis: Some(12),
        frames,
        dropped_frames: 0,
        stages: Some(StageTimes { decode: times, locate: times, prepare: times, classify: times }),
        reconnects: 0,
        restarts: 0,
        temperature_celsius: Some(51.5),
        model: ModelIdentity { name: "(compiled in)".into(), sha256: "00ff".repeat(16) },
        uptime_seconds: 3723,
        version: "0.2.0".into(),
        commit: "unknown".into(),
        faults: [("screen".to_owned(), "there is no screen".to_owned())].into(),
    };
    let counters = Counters {
        frames_named: 40,
        frames_unsure: 2,
        faults: [("camera".to_owned(), 1)].into(),
        reconnects: [("camera".to_owned(), 1)].into(),
        bounds_seconds: vec![0.01, 0.1],
        stages: stages.map(|stage| (stage.to_owned(), histogram.clone())).into(),
        resident_bytes: Some(49 << 20),
        throttled: Some(false),
    };
    Message::Status(Box::new(StatusMessage { status, leds: leds(), counters }))
}

pub fn seen(number: usize) -> Event {
    Event::State(StateEvent {
        time: format!("2026-01-01T12:{:02}:{:02}.000Z", number / 60 % 60, number % 60),
        state: "seen".into(),
        card: Some("queen of hearts".into()),
        confidence: Some(0.987),
    })
}

pub fn gone() -> Event {
    Event::Card(CardEvent {
        time: "2026-01-01T13:00:00.000Z".into(),
        event: "gone".into(),
        card: "ten of clubs".into(),
        confidence: None,
        corners: None,
    })
}

/// Positions of the spot that moves.
const POSITIONS: usize = 14;

/// A preview: a white card on a green table, and a spot that moves.
pub fn picture(number: usize) -> Vec<u8> {
    // Drawn once, because a test sends hundreds of them.
    static PICTURES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| (0..POSITIONS).map(draw).collect());
    PICTURES[number % POSITIONS].clone()
}

fn draw(number: usize) -> Vec<u8> {
    let (width, height) = (640, 480);
    let spot = 40 * number;
    let mut pixels = Vec::with_capacity(3 * width * height);
    for y in 0..height {
        for x in 0..width {
            let is_card = (200..360).contains(&x) && (100..330).contains(&y);
            let is_spot = (spot..spot + 40).contains(&x) && (400..440).contains(&y);
            let color: [u8; 3] = if is_card {
                [240; 3]
            } else if is_spot {
                [250, 60, 60]
            } else {
                [20, 110, 60]
            };
            pixels.extend(color);
        }
    }
    let mut jpeg = Vec::new();
    let encoder = Encoder::new(&mut jpeg, 75);
    encoder.encode(&pixels, width as u16, height as u16, ColorType::Rgb).unwrap();
    let preview = Preview {
        time: "2026-01-01T12:00:00.000Z".into(),
        width: width as u32,
        height: height as u32,
        frame_width: width as u32,
        frame_height: height as u32,
        state: "seen".into(),
        card: Some("queen of hearts".into()),
        confidence: Some(0.987),
        outlines: vec![
            PreviewOutline {
                corners: CARD,
                card: Some("queen of hearts".into()),
                confidence: Some(0.987),
            },
            PreviewOutline {
                corners: [[420.0, 120.0], [560.0, 150.0], [530.0, 340.0], [400.0, 300.0]],
                card: None,
                confidence: None,
            },
        ],
        leds: leds(),
        fps: 9.87,
        focus: 10.0 + (number % 7) as f32,
        exposure: Exposure { mean: 0.45, dark: 0.02, bright: 0.01 },
        jpeg_bytes: jpeg.len(),
    };
    let mut bytes = encode_line(&Message::Preview(Box::new(preview)));
    bytes.extend(jpeg);
    bytes
}
