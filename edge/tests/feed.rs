//! The feed of a running pipeline, read through its socket.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use feed::{FeedError, FeedReader, Message, Preview, Request};

/// A `cardsight run` of drawn cards with a feed. It is killed when it is dropped.
struct Device {
    child: Child,
    socket: PathBuf,
    _folder: tempfile::TempDir,
}

impl Device {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("feed.sock");
        let child = Command::new(env!("CARGO_BIN_EXE_cardsight"))
            .args(["run", "--source", "demo", "--leds", "off", "--feed", socket.to_str().unwrap()])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let device = Self { child, socket, _folder: folder };
        device.connect();
        device
    }

    /// Connects as soon as the program listens.
    fn connect(&self) -> FeedReader {
        let began = Instant::now();
        loop {
            match FeedReader::connect(&self.socket) {
                Ok(reader) => return reader,
                Err(error) => assert!(began.elapsed() < Duration::from_secs(60), "{error}"),
            }
            std::thread::yield_now();
        }
    }

    /// Connects without the client of the crate.
    fn connect_raw(&self) -> UnixStream {
        let stream = UnixStream::connect(&self.socket).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn receive(reader: &mut FeedReader) -> Message {
    reader.receive().unwrap().message
}

/// The frame number in the next status.
fn frames(reader: &mut FeedReader) -> u64 {
    loop {
        if let Message::Status(message) = receive(reader) {
            return message.status.frames;
        }
    }
}

fn next_preview(reader: &mut FeedReader) -> (Preview, Vec<u8>) {
    loop {
        let packet = reader.receive().unwrap();
        if let Message::Preview(preview) = packet.message {
            return (*preview, packet.jpeg);
        }
    }
}

fn is_named(preview: &Preview) -> bool {
    preview.outlines.iter().any(|outline| outline.card.is_some())
}

#[test]
fn a_reader_gets_hello_status_events_and_the_previews_that_it_asks_for() {
    let device = Device::start();
    let mut reader = device.connect();
    let Message::Hello(hello) = receive(&mut reader) else { panic!("hello comes first") };
    assert_eq!((hello.version, hello.model_sha256.len()), (feed::VERSION, 64));
    assert!(!hello.device_name.is_empty() && hello.device_id.len() == 16, "{hello:?}");
    // Without a subscription there are events and a status each second, and nothing else.
    let (mut events, mut statuses) = (0, 0);
    while events == 0 || statuses < 2 {
        match receive(&mut reader) {
            Message::Event(_) => events += 1,
            Message::Status(message) => {
                assert_eq!(message.leds.len(), 12);
                assert_eq!(message.counters.stages.len(), 4);
                statuses += 1;
            }
            other => panic!("unexpected: {other:?}"),
        }
    }
    reader.request(&Request::Subscribe { width: 320, frames_per_second: 5.0 }).unwrap();
    let (mut preview, mut jpeg) = next_preview(&mut reader);
    while !is_named(&preview) {
        (preview, jpeg) = next_preview(&mut reader);
    }
    let image = image::load_from_memory(&jpeg).unwrap();
    assert_eq!((image.width(), image.height()), (preview.width, preview.height));
    assert_eq!(preview.width, 320);
    assert!(preview.focus > 0.0 && preview.exposure.mean > 0.0);
    let lit = preview.leds.iter().find(|led| led.rule == "seen").unwrap().is_lit;
    assert_eq!(lit, preview.state == "seen");
}

#[test]
fn hung_malformed_and_surplus_readers_do_not_disturb_the_others() {
    let device = Device::start();
    let mut good = device.connect();
    let before = frames(&mut good);
    // Hung readers that have asked for large previews, and never take one.
    let hung: Vec<UnixStream> = (0..7)
        .map(|_| {
            let mut stream = device.connect_raw();
            stream
                .write_all(b"{\"type\":\"subscribe\",\"width\":1920,\"frames_per_second\":30}\n")
                .unwrap();
            stream
        })
        .collect();
    let mut ninth = device.connect();
    assert!(matches!(ninth.receive(), Err(FeedError::Refused(reason)) if reason.contains("8")));
    // One reader less, and one that sends rubbish in its place, many times.
    drop(hung.into_iter().next());
    for _ in 0..200 {
        let mut rubbish = device.connect_raw();
        let _ = rubbish.write_all(b"\xff\xfe not a request \0\n");
        let mut answer = Vec::new();
        let _ = rubbish.read_to_end(&mut answer);
        assert!(String::from_utf8_lossy(&answer).contains("refused"));
    }
    let began = Instant::now();
    let mut after = frames(&mut good);
    while began.elapsed() < Duration::from_secs(3) {
        after = frames(&mut good);
    }
    assert!(after > before, "frames are still recognised");
}

#[test]
fn the_socket_is_private_and_disappears_with_the_program() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut device = Device::start();
    let mode = std::fs::metadata(&device.socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let mut reader = device.connect();
    receive(&mut reader);
    let pid = device.child.id().to_string();
    assert!(Command::new("kill").args(["-s", "TERM", &pid]).status().unwrap().success());
    assert_eq!(device.child.wait().unwrap().code(), Some(0));
    assert!(!device.socket.exists());
    while reader.receive().is_ok() {}
}

#[test]
fn watch_prints_the_feed() {
    let device = Device::start();
    let watch = |extra: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cardsight"))
            .args(["watch", "--socket", device.socket.to_str().unwrap()])
            .args(extra)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = String::new();
        let mut output = child.stdout.take().unwrap();
        while text.lines().count() < 4 {
            let mut chunk = [0; 4096];
            let count = output.read(&mut chunk).unwrap();
            text += &String::from_utf8_lossy(&chunk[..count]);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        text
    };
    let text = watch(&["--previews", "160"]);
    assert!(text.contains("cardsight ") && text.contains("160×"), "{text}");
    let json = watch(&["--json"]);
    let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(first["type"], "hello");
    let missing = Command::new(env!("CARGO_BIN_EXE_cardsight"))
        .args(["watch", "--socket", "/no/such.sock"])
        .output()
        .unwrap();
    assert_eq!(missing.status.code(), Some(1));
    let error = String::from_utf8(missing.stderr).unwrap();
    assert!(error.contains("/no/such.sock") && error.contains("[feed]"), "{error}");
    assert!(!Path::new("/no/such.sock").exists());
}
