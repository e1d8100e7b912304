//! A camera that may come and go: whatever happens, it is opened again, for ever.
//!
//! - [`driver`]: what a driver does, and how it fails
//! - [`v4l`]: the driver of Linux
//! - [`negotiate`]: which of a camera's formats is asked for
//! - [`pixels`]: raw frames to RGB
//! - [`fake`]: a driver with a script, for tests

pub mod driver;
pub mod fake;
pub mod negotiate;
pub mod pixels;
pub mod v4l;

use std::time::{Duration, Instant};

use rand::RngExt;
use rand_pcg::Pcg64;

use crate::clock::Clock;
use crate::source::{Frame, FrameSource, LONGEST_WAIT, Next, SourceError};
use driver::{CameraError, CaptureRequest, Driver, Stream};
use pixels::Format;

/// The first wait before a camera is opened again, and the longest.
const BACKOFF: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(5)];

/// Damaged frames in a row that count as a stream that has failed.
const DAMAGED_FRAMES: u32 = 30;

/// Frames of a camera. Every failed attempt to get one is an error; between attempts
/// there is nothing.
#[derive(Debug)]
pub struct Camera<D: Driver, C> {
    driver: D,
    wanted: CaptureRequest,
    clock: C,
    rng: Pcg64,
    state: State<D::Stream>,
    /// The last that was negotiated.
    format: Option<Format>,
    damaged_in_a_row: u32,
    /// The last wait before the camera was opened; none since frames came.
    waited: Duration,
}

#[derive(Debug)]
enum State<S> {
    Open(S),
    /// No camera; it is opened at that time.
    Closed {
        opens_at: Duration,
    },
}

impl<D: Driver, C: Clock> Camera<D, C> {
    /// A camera that is not open yet. `rng` spreads the attempts to open it.
    pub fn new(driver: D, wanted: CaptureRequest, clock: C, rng: Pcg64) -> Self {
        let state = State::Closed { opens_at: Duration::ZERO };
        let (damaged_in_a_row, waited) = (0, Duration::ZERO);
        Self { driver, wanted, clock, rng, state, format: None, damaged_in_a_row, waited }
    }

    fn open(&mut self) -> Result<Next, SourceError> {
        match self.driver.open(&self.wanted) {
            Ok(stream) => {
                let format = stream.format();
                if self.format.replace(format) != Some(format) {
                    let Format { pixels, width, height, .. } = format;
                    log::info!("camera {}: {width}×{height} {pixels:?}", stream.name());
                }
                self.state = State::Open(stream);
                Ok(Next::Nothing)
            }
            Err(error) => self.close(error),
        }
    }

    /// Waits before the next attempt: twice as long as the time before, with jitter, or
    /// longest where the fault does not pass by itself.
    fn close(&mut self, error: CameraError) -> Result<Next, SourceError> {
        let [first, longest] = BACKOFF;
        self.waited = match error.is_transient() {
            true => (2 * self.waited).clamp(first, longest),
            false => longest,
        };
        let jittered = self.waited.mul_f64(self.rng.random_range(0.75..=1.0));
        // The stream is dropped here, before it is opened again.
        self.state = State::Closed { opens_at: self.clock.now() + jittered };
        self.damaged_in_a_row = 0;
        Err(SourceError::Camera(error))
    }

    fn frame(&mut self) -> Result<Next, SourceError> {
        let State::Open(stream) = &mut self.state else { return Ok(Next::Nothing) };
        let format = stream.format();
        let name = stream.name().to_owned();
        let raw = match stream.next() {
            Ok(raw) => raw,
            Err(error) => return self.close(error),
        };
        let started = Instant::now();
        let image = match (raw.is_damaged, format.to_rgb(raw.bytes)) {
            (false, Ok(image)) => image,
            (_, outcome) => {
                let reason =
                    outcome.err().map_or_else(|| "marked as damaged".into(), |e| e.to_string());
                log::debug!("camera {name}: frame {}: {reason}", raw.number);
                self.damaged_in_a_row += 1;
                if self.damaged_in_a_row < DAMAGED_FRAMES {
                    return Ok(Next::Nothing);
                }
                let error = CameraError::Damaged { device: name, frames: DAMAGED_FRAMES, reason };
                return self.close(error);
            }
        };
        self.damaged_in_a_row = 0;
        self.waited = Duration::ZERO;
        let name = format!("{name}-{}", raw.number);
        Ok(Next::Frame(Frame { image, name, decode: started.elapsed() }))
    }
}

impl<D: Driver, C: Clock> FrameSource for Camera<D, C> {
    /// Waits as long as the camera may take for a frame: to be run behind
    /// [`LatestFrameSource`](crate::source::latest::LatestFrameSource).
    fn next(&mut self) -> Result<Next, SourceError> {
        match self.state {
            State::Open(_) => self.frame(),
            State::Closed { opens_at } => {
                let left = opens_at.saturating_sub(self.clock.now());
                if left.is_zero() {
                    return self.open();
                }
                self.clock.sleep(left.min(LONGEST_WAIT));
                Ok(Next::Nothing)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FakeClock;
    use fake::{FakeCamera, Record, Step};
    use pixels::{Matrix, PixelFormat, Range};
    use rand::SeedableRng;

    const FORMAT: Format = Format {
        pixels: PixelFormat::Grey,
        width: 2,
        height: 1,
        bytes_per_line: 2,
        range: Range::Full,
        matrix: Matrix::Bt601,
    };

    const WANTED: CaptureRequest = CaptureRequest {
        width: 2,
        height: 1,
        frames_per_second: 30,
        timeout: Duration::from_secs(1),
    };

    fn good() -> Step {
        Step::Frame(vec![9; 2])
    }

    /// What came from a camera until its script was used up: "frame", or the error's text;
    /// and how long that took.
    fn play(script: Vec<Step>) -> (Vec<String>, Record, Duration) {
        let (fake, clock) = (FakeCamera::new(script), FakeClock::default());
        let mut camera = Camera::new(fake.clone(), WANTED, &clock, Pcg64::seed_from_u64(1));
        let mut came = Vec::new();
        while !fake.is_done() {
            match camera.next() {
                Ok(Next::Frame(_)) => came.push("frame".to_owned()),
                Ok(Next::Nothing) => {}
                Ok(Next::End) => panic!("a camera has no end"),
                Err(error) => came.push(error.to_string()),
            }
        }
        drop(camera);
        (came, fake.record(), clock.now())
    }

    #[test]
    fn every_trouble_is_told_and_passes() {
        for fault in [
            Step::TimesOut,
            Step::FrameFails(19), // ENODEV: unplugged
            Step::FrameFails(5),  // EIO
        ] {
            let again = [Step::OpenFails(2), Step::OpenFails(16)];
            let mut script = vec![Step::Opens(FORMAT), good(), fault];
            script.extend(again);
            script.extend([Step::Opens(FORMAT), good(), good()]);
            let (came, record, _) = play(script);
            assert_eq!(came.len(), 6, "frame, fault, missing, busy, two frames: {came:?}");
            assert!(came[2].contains("plug it in") && came[3].contains("in use"), "{came:?}");
            assert_eq!(came[4..], ["frame", "frame"]);
            assert_eq!(record, Record { opened: 2, closed: 2, used_after_failure: false });
        }
    }

    #[test]
    fn waits_grow_to_five_seconds_and_no_further() {
        let mut script = vec![Step::OpenFails(2); 12];
        script.push(Step::Opens(FORMAT));
        let (_, _, took) = play(script);
        // 0.2 + 0.4 + 0.8 + 1.6 + 3.2 + 7 · 5 seconds, of which jitter takes up to a quarter.
        assert!((30.0..41.3).contains(&took.as_secs_f64()), "{took:?}");
    }

    #[test]
    fn a_camera_that_opens_and_fails_is_not_hammered() {
        let mut script = Vec::new();
        for _ in 0..8 {
            script.extend([Step::Opens(FORMAT), Step::FrameFails(5)]);
        }
        script.push(Step::Opens(FORMAT));
        let (_, record, took) = play(script);
        assert_eq!(record.opened, 9);
        assert!(took > Duration::from_secs(15), "{took:?}");
    }

    #[test]
    fn missing_permission_is_tried_again_seldom() {
        let (came, _, took) =
            play(vec![Step::OpenFails(13), Step::OpenFails(13), Step::Opens(FORMAT), good()]);
        assert!(came[0].contains("group \"video\""), "{came:?}");
        assert_eq!((came.len(), came[2].as_str()), (3, "frame"));
        assert!(took > Duration::from_secs(7), "{took:?}");
    }

    #[test]
    fn torn_frames_are_passed_over_until_they_are_too_many() {
        let few =
            vec![Step::Opens(FORMAT), Step::Damaged(vec![9; 2]), Step::Frame(vec![9]), good()];
        let (came, record, _) = play(few);
        assert_eq!(came, ["frame"]);
        assert_eq!(record.opened, 1);
        let mut many = vec![Step::Opens(FORMAT)];
        many.extend(vec![Step::Damaged(vec![9; 2]); DAMAGED_FRAMES as usize]);
        many.extend([Step::Opens(FORMAT), good()]);
        let (came, record, _) = play(many);
        assert!(came[0].contains("damaged frames in a row"), "{came:?}");
        assert_eq!((came.len(), record.opened), (2, 2));
    }
}
