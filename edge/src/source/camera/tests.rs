//! The camera source, with a scripted camera.

use super::*;
use crate::clock::FakeClock;
use fake::{FakeCamera, FakeCameraRecord, FakeStep};
use pixels::{ColorMatrix, LevelRange, PixelFormat};
use rand::SeedableRng;

const FORMAT: CaptureFormat = CaptureFormat {
    pixels: PixelFormat::of_fourcc(*b"GREY").unwrap(),
    width: 2,
    height: 1,
    bytes_per_line: 2,
    range: LevelRange::Full,
    matrix: ColorMatrix::Bt601,
};

const REQUEST: CaptureRequest = CaptureRequest {
    width: 2,
    height: 1,
    frames_per_second: 30,
    first_frame_timeout: Duration::from_secs(10),
    timeout: Duration::from_secs(1),
};

fn good() -> FakeStep {
    FakeStep::Frame(vec![9; 2])
}

/// Runs a camera until its script is used up. Returns what the source gave, "frame" or
/// the text of an error, what was done to the camera, and how long it took.
fn play(script: Vec<FakeStep>) -> (Vec<String>, FakeCameraRecord, Duration) {
    let (fake, clock) = (FakeCamera::new(script), FakeClock::default());
    let mut camera = CameraSource::new(fake.clone(), REQUEST, &clock, Pcg64::seed_from_u64(1));
    let mut given = Vec::new();
    while !fake.is_done() {
        match camera.next() {
            Ok(Next::Frame(_)) => given.push("frame".to_owned()),
            Ok(Next::Nothing) => {}
            Ok(Next::End) => panic!("a camera has no end"),
            Err(error) => given.push(error.to_string()),
        }
    }
    drop(camera);
    (given, fake.record(), clock.now())
}

#[test]
fn every_fault_is_reported_and_passes() {
    for fault in [
        FakeStep::TimesOut,
        FakeStep::FrameFails(19), // ENODEV: unplugged
        FakeStep::FrameFails(5),  // EIO
    ] {
        let failed_attempts = [FakeStep::OpenFails(2), FakeStep::OpenFails(16)];
        let mut script = vec![FakeStep::Opens(FORMAT), good(), fault];
        script.extend(failed_attempts);
        script.extend([FakeStep::Opens(FORMAT), good(), good()]);
        let (given, record, _) = play(script);
        assert_eq!(given.len(), 6, "frame, fault, missing, busy, two frames: {given:?}");
        assert!(given[2].contains("plug it in") && given[3].contains("in use"), "{given:?}");
        assert_eq!(given[4..], ["frame", "frame"]);
        let expected = FakeCameraRecord { opened: 2, closed: 2, ..FakeCameraRecord::default() };
        assert_eq!(record, expected);
    }
}

#[test]
fn waits_grow_to_five_seconds_and_no_further() {
    let mut script = vec![FakeStep::OpenFails(2); 12];
    script.push(FakeStep::Opens(FORMAT));
    let (_, _, took) = play(script);
    // 0.2 + 0.4 + 0.8 + 1.6 + 3.2 + 7 · 5 seconds, reduced at random by up to a quarter.
    assert!((30.0..41.3).contains(&took.as_secs_f64()), "{took:?}");
}

#[test]
fn a_camera_that_opens_and_fails_is_not_opened_too_often() {
    let mut script = Vec::new();
    for _ in 0..8 {
        script.extend([FakeStep::Opens(FORMAT), FakeStep::FrameFails(5)]);
    }
    script.push(FakeStep::Opens(FORMAT));
    let (_, record, took) = play(script);
    assert_eq!(record.opened, 9);
    assert!(took > Duration::from_secs(15), "{took:?}");
}

#[test]
fn without_permission_the_camera_is_opened_rarely() {
    let (given, _, took) = play(vec![
        FakeStep::OpenFails(13),
        FakeStep::OpenFails(13),
        FakeStep::Opens(FORMAT),
        good(),
    ]);
    assert!(given[0].contains("group \"video\""), "{given:?}");
    assert_eq!((given.len(), given[2].as_str()), (3, "frame"));
    assert!(took > Duration::from_secs(7), "{took:?}");
}

#[test]
fn damaged_frames_are_skipped_until_there_are_too_many() {
    let few = vec![
        FakeStep::Opens(FORMAT),
        FakeStep::Damaged(vec![9; 2]),
        FakeStep::Frame(vec![9]),
        good(),
    ];
    let (given, record, _) = play(few);
    assert_eq!(given, ["frame"]);
    assert_eq!(record.opened, 1);
    let mut many = vec![FakeStep::Opens(FORMAT)];
    many.extend(vec![FakeStep::Damaged(vec![9; 2]); MOST_DAMAGED_FRAMES as usize]);
    many.extend([FakeStep::Opens(FORMAT), good()]);
    let (given, record, _) = play(many);
    assert!(given[0].contains("damaged frames in a row"), "{given:?}");
    assert_eq!((given.len(), record.opened), (2, 2));
}

/// A frame of a webcam that leaves out the Huffman tables.
fn jpeg_without_tables() -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.encode(&[90; 48 * 32 * 3], 48, 32, jpeg_encoder::ColorType::Rgb).unwrap();
    let tables = |bytes: &[u8]| bytes.windows(2).position(|pair| pair == [0xff, 0xc4]);
    while let Some(at) = tables(&bytes) {
        let length = usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        bytes.drain(at..at + 2 + length);
    }
    bytes
}

#[test]
fn jpeg_frames_are_read_as_cameras_send_them() {
    let format = CaptureFormat { pixels: PixelFormat::of_fourcc(*b"MJPG").unwrap(), ..FORMAT };
    let whole = jpeg_without_tables();
    let padded = [&whole[..], &[0; 100]].concat();
    let unended = whole[..whole.len() - 2].to_vec();
    let frames = [whole, padded, unended].map(FakeStep::Frame);
    let script = [vec![FakeStep::Opens(format)], frames.to_vec()].concat();
    let (given, record, _) = play(script);
    assert_eq!((given.len(), record.opened), (3, 1), "{given:?}");
    assert!(given.iter().all(|given| given == "frame"), "{given:?}");
}

#[test]
fn on_a_crowded_bus_the_next_format_is_tried() {
    let script =
        vec![FakeStep::Opens(FORMAT), FakeStep::FrameFails(28), FakeStep::Opens(FORMAT), good()];
    let (given, record, _) = play(script);
    assert!(given[0].contains("no bandwidth"), "{given:?}");
    assert_eq!(record.avoided, [FORMAT.pixels]);
}

#[test]
fn frames_that_can_not_be_decoded_are_described_and_the_next_format_is_tried() {
    let jpeg = PixelFormat::of_fourcc(*b"MJPG").unwrap();
    let format = CaptureFormat { pixels: jpeg, ..FORMAT };
    let mut script = vec![FakeStep::Opens(format)];
    script.extend(vec![FakeStep::Frame(vec![7; 99]); MOST_DAMAGED_FRAMES as usize]);
    script.extend([FakeStep::Opens(FORMAT), good()]);
    let (given, record, _) = play(script.clone());
    assert_eq!((given.len(), given[1].as_str()), (2, "frame"));
    let message = format!("30 damaged frames in a row (frame {MOST_DAMAGED_FRAMES}: it is not a");
    assert!(given[0].contains(&message) && !given[0].contains("save it"), "{given:?}");
    assert_eq!(record.avoided, [jpeg]);
    // A camera without another format is opened in the same one, and all are tried again.
    script.truncate(1 + MOST_DAMAGED_FRAMES as usize);
    let again = script.clone();
    script.extend(again);
    script.extend([FakeStep::Opens(format), good()]);
    assert_eq!(play(script).1.avoided, [jpeg]);
}
