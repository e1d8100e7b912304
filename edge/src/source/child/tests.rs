//! Programs that deliver frames, with shell scripts in their place: one that works, and some that end,
//! hang, or send rubbish.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::command::ChildCommand;
use super::driver::{ChildStream, Delivery};
use crate::clock::{Clock as _, FakeClock};
use crate::source::camera::CameraSource;
use crate::source::camera::driver::{CameraError, CaptureRequest, Driver, Stream as _};
use crate::source::camera::pixels::PixelFormat;
use crate::source::{FrameSource as _, Next};
use rand::SeedableRng as _;
use rand_pcg::Pcg64;

pub(super) const REQUEST: CaptureRequest = CaptureRequest {
    width: 32,
    height: 16,
    frames_per_second: 10,
    first_frame_timeout: Duration::from_secs(10),
    timeout: Duration::from_secs(10),
};

/// A folder with a picture "a.jpg", half of it as "half.jpg", and rubbish.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
    let pixels: Vec<u8> = (0..32 * 16 * 3).map(|i| (i as u8).wrapping_mul(37)).collect();
    encoder.encode(&pixels, 32, 16, jpeg_encoder::ColorType::Rgb).unwrap();
    fs::write(folder.path().join("a.jpg"), &bytes).unwrap();
    fs::write(folder.path().join("half.jpg"), &bytes[..bytes.len() - 20]).unwrap();
    fs::write(folder.path().join("rubbish"), vec![7; 2 << 20]).unwrap();
    folder
}

/// A shell that does this in a folder.
fn shell(folder: &Path, script: &str) -> ChildCommand {
    let script = format!("cd {}; {script}", folder.display());
    ChildCommand { program: "/bin/sh".into(), arguments: vec!["-c".into(), script] }
}

fn start(folder: &Path, script: &str, request: &CaptureRequest) -> ChildStream {
    ChildStream::start("rpicam:0".into(), &shell(folder, script), request).unwrap()
}

/// The first error of a program, and the number of frames before it.
fn failure(script: &str, request: &CaptureRequest) -> (u32, CameraError) {
    let folder = folder();
    let mut stream = start(folder.path(), script, request);
    for frames in 0.. {
        if let Err(error) = stream.next() {
            return (frames, error);
        }
    }
    unreachable!("the program has an end")
}

#[test]
fn a_program_that_ends_is_described_with_its_last_words() {
    let (frames, error) =
        failure("cat a.jpg a.jpg; echo 'no cameras available' >&2; exit 3", &REQUEST);
    assert_eq!(frames, 2);
    assert_eq!(
        error.to_string(),
        "sh, which delivers the frames of rpicam:0, has ended (exit status: 3; no cameras available)"
    );
    assert!(error.is_transient());
    let (frames, error) = failure("exit 0", &REQUEST);
    assert_eq!(frames, 0);
    assert!(error.to_string().contains("exit status: 0"), "{error}");
}

#[test]
fn a_program_that_hangs_is_an_error_that_names_the_key() {
    let quick = Duration::from_millis(300);
    let request = CaptureRequest { first_frame_timeout: quick, timeout: quick, ..REQUEST };
    let (frames, error) = failure("cat a.jpg; sleep 60", &request);
    assert_eq!(frames, 1);
    assert!(error.to_string().contains("camera.first_frame_timeout_millis"), "{error}");
}

#[test]
fn a_program_that_sends_rubbish_is_an_error() {
    let (frames, error) = failure("cat a.jpg rubbish; sleep 60", &REQUEST);
    assert_eq!(frames, 1);
    assert!(matches!(error, CameraError::NotJpeg { .. }), "{error}");
}

#[test]
fn half_frames_are_marked_as_damaged() {
    let folder = folder();
    let mut stream = start(folder.path(), "cat a.jpg half.jpg a.jpg", &REQUEST);
    let damaged: Vec<bool> = (0..3).map(|_| stream.next().unwrap().is_damaged).collect();
    assert_eq!(damaged, [false, true, false]);
    assert!(stream.next().is_err());
}

#[test]
fn a_program_and_what_it_has_started_end_with_the_stream() {
    let folder = folder();
    // The shell starts another program, which writes its number.
    let script = "sh -c 'echo $$ > number; sleep 60; true' & cat a.jpg; wait";
    let mut stream = start(folder.path(), script, &REQUEST);
    stream.next().unwrap();
    let number = loop {
        let text = fs::read_to_string(folder.path().join("number")).unwrap_or_default();
        if let Ok(number) = text.trim().parse::<u32>() {
            break number;
        }
    };
    drop(stream);
    let state = || fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
    let is_over = || state().is_empty() || state().contains(") Z ");
    let begun = Instant::now();
    while !is_over() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{}", state());
    }
}

#[test]
fn a_program_ends_with_the_thread_that_has_started_it() {
    let folder = folder();
    let mut stream = std::thread::scope(|scope| {
        let path = folder.path();
        let started = scope.spawn(move || start(path, "cat a.jpg; exec sleep 60", &REQUEST));
        started.join().unwrap()
    });
    let mut deliveries = std::iter::from_fn(|| stream.wait(Duration::MAX).ok());
    assert!(deliveries.any(|delivery| delivery == Delivery::End));
    assert!(stream.end().unwrap_err().to_string().contains("signal: 9"));
}

#[test]
fn a_program_that_can_not_be_started_is_named() {
    let command = ChildCommand { program: "/no/such/rpicam-vid".into(), arguments: Vec::new() };
    let error = ChildStream::start("rpicam:0".into(), &command, &REQUEST).unwrap_err();
    assert!(error.to_string().starts_with("can't start rpicam-vid"), "{error}");
}

/// Starts the scripts in order; after the last one there is no camera.
struct ScriptDriver {
    folder: tempfile::TempDir,
    scripts: std::vec::IntoIter<&'static str>,
}

impl Driver for ScriptDriver {
    type Stream = ChildStream;

    fn open(
        &mut self,
        request: &CaptureRequest,
        _avoided: &[PixelFormat],
    ) -> Result<ChildStream, CameraError> {
        let script = self.scripts.next().ok_or_else(|| CameraError::Missing("script".into()))?;
        Ok(start(self.folder.path(), script, request))
    }
}

#[test]
fn a_program_is_started_again_after_every_failure() {
    let quick = Duration::from_millis(300);
    let request = CaptureRequest { first_frame_timeout: quick, timeout: quick, ..REQUEST };
    let halves = "i=0; while [ $i -lt 40 ]; do cat half.jpg; i=$((i + 1)); done; sleep 60";
    let scripts =
        ["cat a.jpg; exit 1", "sleep 60", "cat rubbish; sleep 60", halves, "cat a.jpg a.jpg"];
    let driver = ScriptDriver { folder: folder(), scripts: Vec::from(scripts).into_iter() };
    let clock = FakeClock::default();
    let mut camera = CameraSource::new(driver, request, &clock, Pcg64::seed_from_u64(1));
    let mut given = Vec::new();
    while given.last().is_none_or(|last: &String| !last.starts_with("there is no camera")) {
        match camera.next() {
            Ok(Next::Frame(_)) => given.push("frame".to_owned()),
            Ok(Next::Nothing) => {}
            Ok(Next::End) => panic!("a camera has no end"),
            Err(error) => given.push(error.to_string()),
        }
    }
    let expected = [
        "frame",
        "has ended (exit status: 1)",
        "sent no frame for 300 ms",
        "sends something else",
        "30 damaged frames in a row",
        "frame",
        "frame",
        "has ended (exit status: 0)",
        "there is no camera",
    ];
    assert_eq!(given.len(), expected.len(), "{given:#?}");
    for (given, expected) in given.iter().zip(expected) {
        assert!(given.contains(expected), "{given}");
    }
    assert!(clock.now() > Duration::from_secs(1), "the waits grow: {clock:?}");
}
