//! The file of a recording: a tar archive, which every system can unpack.
//!
//! | entry | content |
//! |---|---|
//! | `header.json` | [`Header`]: program, model, configuration, camera, state at the beginning |
//! | `steps.jsonl` | [`StepLine`] for each step |
//! | `decisions.jsonl` | the decision after each step |
//! | `frames/000001.jpg` … | the frames as the camera sent them; `.raw` if they are not JPEG images |
//! | `SHA256SUMS` | the sums of all other entries, for `sha256sum -c` |

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use common::atomic::write_atomically_with;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Step, StepEvent};
use crate::source::camera::pixels::{CaptureFormat, ColorMatrix, LevelRange, PixelFormat};
use crate::source::{CameraState, SentFrame};

/// The version of the format that this program writes and reads.
const VERSION: u32 = 1;

const HEADER: &str = "header.json";
const STEPS: &str = "steps.jsonl";
const DECISIONS: &str = "decisions.jsonl";
const SUMS: &str = "SHA256SUMS";

/// A recording in memory.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recording {
    pub(crate) header: Header,
    pub(crate) steps: Vec<Step>,
}

/// What does not change in a recording.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Header {
    /// Of the format.
    pub(crate) version: u32,
    /// The version and the commit of the program.
    pub(crate) program: String,
    /// RFC 3339.
    pub(crate) written: String,
    /// The SHA-256 of the classifier.
    pub(crate) model: String,
    /// The configuration, with the options of the command line merged into it.
    pub(crate) configuration: serde_json::Value,
    pub(crate) camera: String,
    pub(crate) controls: BTreeMap<String, i64>,
    /// The state of the decider before the first step, as JSON.
    pub(crate) decider: String,
}

/// A line for a step. Without a frame and a failure, no frame arrived in time.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct StepLine {
    at_nanos: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    begins_group: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    frame: Option<FrameLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

/// The frame of a step.
#[derive(Debug, Deserialize, Serialize)]
struct FrameLine {
    file: String,
    /// The code of the pixel format.
    fourcc: String,
    width: u32,
    height: u32,
    bytes_per_line: u32,
    is_full_range: bool,
    is_bt709: bool,
}

/// A file that is not a recording.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordingError {
    #[error("can't read the recording {path:?}")]
    Read { path: PathBuf, source: io::Error },
    #[error("can't write the recording {path:?}")]
    Write { path: PathBuf, source: io::Error },
    #[error("{path:?} is not a recording of cardsight, or it is damaged: {reason}")]
    Damaged { path: PathBuf, reason: String },
    #[error(
        "the recording {path:?} has version {found} of the format, and this cardsight reads version \
         {VERSION}; use the cardsight that has written it ({program})"
    )]
    Version { path: PathBuf, found: u32, program: String },
}

impl Header {
    /// The version of the format, for a new recording.
    pub(super) const VERSION: u32 = VERSION;
}

/// Writes a recording. The file is complete or absent.
///
/// # Errors
/// The folder can't be written, or the disk is full.
pub(super) fn write(path: &Path, recording: &Recording) -> Result<(), RecordingError> {
    let of_io = |source| RecordingError::Write { path: path.to_owned(), source };
    write_atomically_with(path, |file| write_archive(file, recording)).map_err(of_io)
}

fn write_archive(to: &mut impl Write, recording: &Recording) -> io::Result<()> {
    let mut archive = Archive { builder: tar::Builder::new(to), sums: String::new() };
    archive.add(HEADER, &serde_json::to_vec_pretty(&recording.header)?)?;
    let (mut lines, mut decisions) = (Vec::new(), String::new());
    for (number, step) in (1..).zip(&recording.steps) {
        serde_json::to_writer(&mut lines, &step_line(number, step))?;
        lines.push(b'\n');
        decisions += &step.decision;
        decisions.push('\n');
    }
    archive.add(STEPS, &lines)?;
    archive.add(DECISIONS, decisions.as_bytes())?;
    for (number, step) in (1..).zip(&recording.steps) {
        if let StepEvent::Frame(frame) = &step.event {
            archive.add(&frame_file(number, &frame.format), &frame.bytes)?;
        }
    }
    let sums = std::mem::take(&mut archive.sums);
    archive.add(SUMS, sums.as_bytes())?;
    archive.builder.finish()
}

/// An archive that is being written.
struct Archive<W: Write> {
    builder: tar::Builder<W>,
    sums: String,
}

impl<W: Write> Archive<W> {
    fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        self.sums += &format!("{}  {name}\n", sum(bytes));
        self.builder.append_data(&mut header, name, bytes)
    }
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn frame_file(number: usize, format: &CaptureFormat) -> String {
    let ending = if format.is_compressed() { "jpg" } else { "raw" };
    format!("frames/{number:06}.{ending}")
}

fn step_line(number: usize, step: &Step) -> StepLine {
    let (frame, failure) = match &step.event {
        StepEvent::Frame(frame) => (Some(frame_line(number, &frame.format)), None),
        StepEvent::Failure(text) => (None, Some(text.clone())),
        StepEvent::Nothing => (None, None),
    };
    let at_nanos = u64::try_from(step.at.as_nanos()).unwrap_or(u64::MAX);
    StepLine { at_nanos, begins_group: step.begins_group, frame, failure }
}

fn frame_line(number: usize, format: &CaptureFormat) -> FrameLine {
    FrameLine {
        file: frame_file(number, format),
        fourcc: format.pixels.to_string(),
        width: format.width,
        height: format.height,
        bytes_per_line: format.bytes_per_line,
        is_full_range: format.range == LevelRange::Full,
        is_bt709: format.matrix == ColorMatrix::Bt709,
    }
}

/// Reads a recording.
///
/// # Errors
/// See [`RecordingError`].
pub(crate) fn read(path: &Path) -> Result<Recording, RecordingError> {
    let bytes = std::fs::read(path)
        .map_err(|source| RecordingError::Read { path: path.to_owned(), source })?;
    let damaged = |reason| RecordingError::Damaged { path: path.to_owned(), reason };
    let mut entries = entries(&bytes).map_err(|error| damaged(error.to_string()))?;
    check_sums(&entries).map_err(damaged)?;
    let header = entries.remove(HEADER).unwrap_or_default();
    let version: u32 = serde_json::from_slice::<serde_json::Value>(&header)
        .ok()
        .and_then(|header| header["version"].as_u64()?.try_into().ok())
        .ok_or_else(|| damaged(format!("{HEADER} has no version")))?;
    let header: Header = match serde_json::from_slice(&header) {
        Ok(header) => header,
        Err(error) if version == VERSION => return Err(damaged(format!("{HEADER}: {error}"))),
        Err(_) => {
            let (path, program) = (path.to_owned(), "a newer one".into());
            return Err(RecordingError::Version { path, found: version, program });
        }
    };
    if version != VERSION {
        let (path, program) = (path.to_owned(), header.program);
        return Err(RecordingError::Version { path, found: version, program });
    }
    let steps = steps(&mut entries, &header).map_err(damaged)?;
    Ok(Recording { header, steps })
}

/// The content of each entry.
fn entries(bytes: &[u8]) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut entries = BTreeMap::new();
    for entry in tar::Archive::new(bytes).entries()? {
        let mut entry = entry?;
        let name = entry.path()?.display().to_string();
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        entries.insert(name, content);
    }
    Ok(entries)
}

/// Compares each entry with its sum. The sums come last, so they are missing from a file that is cut
/// off.
fn check_sums(entries: &BTreeMap<String, Vec<u8>>) -> Result<(), String> {
    let sums = entries.get(SUMS).ok_or_else(|| format!("{SUMS} is missing"))?;
    for line in String::from_utf8_lossy(sums).lines() {
        let (expected, name) = line.split_once("  ").ok_or_else(|| format!("{SUMS}: {line:?}"))?;
        let content = entries.get(name).ok_or_else(|| format!("{name} is missing"))?;
        if sum(content) != expected {
            return Err(format!("{name} has changed"));
        }
    }
    Ok(())
}

fn steps(entries: &mut BTreeMap<String, Vec<u8>>, header: &Header) -> Result<Vec<Step>, String> {
    let lines = String::from_utf8(entries.remove(STEPS).unwrap_or_default());
    let decisions = String::from_utf8(entries.remove(DECISIONS).unwrap_or_default());
    let (Ok(lines), Ok(decisions)) = (lines, decisions) else {
        return Err(format!("{STEPS} or {DECISIONS} is not text"));
    };
    if lines.lines().count() != decisions.lines().count() {
        return Err(format!("{STEPS} and {DECISIONS} differ in length"));
    }
    let camera = CameraState { name: header.camera.clone(), controls: header.controls.clone() };
    let camera = Arc::new(camera);
    let steps = lines.lines().zip(decisions.lines()).map(|(line, decision)| {
        let line: StepLine =
            serde_json::from_str(line).map_err(|error| format!("{STEPS}: {error}"))?;
        let event = match (line.frame, line.failure) {
            (Some(frame), _) => StepEvent::Frame(Arc::new(sent_frame(&frame, entries, &camera)?)),
            (None, Some(failure)) => StepEvent::Failure(failure),
            (None, None) => StepEvent::Nothing,
        };
        let (at, decision) = (Duration::from_nanos(line.at_nanos), decision.to_owned());
        Ok(Step { at, event, begins_group: line.begins_group, decision })
    });
    steps.collect()
}

fn sent_frame(
    line: &FrameLine,
    entries: &mut BTreeMap<String, Vec<u8>>,
    camera: &Arc<CameraState>,
) -> Result<SentFrame, String> {
    let bytes = entries.remove(&line.file).ok_or_else(|| format!("{} is missing", line.file))?;
    let fourcc = line.fourcc.as_bytes().try_into().ok();
    let pixels = fourcc
        .and_then(PixelFormat::of_fourcc)
        .ok_or_else(|| format!("the pixel format {:?} is unknown", line.fourcc))?;
    let format = CaptureFormat {
        pixels,
        width: line.width,
        height: line.height,
        bytes_per_line: line.bytes_per_line,
        range: if line.is_full_range { LevelRange::Full } else { LevelRange::Limited },
        matrix: if line.is_bt709 { ColorMatrix::Bt709 } else { ColorMatrix::Bt601 },
    };
    Ok(SentFrame { format, bytes, camera: Arc::clone(camera) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording() -> Recording {
        let controls = BTreeMap::from([("gain".to_owned(), 64)]);
        let header = Header {
            version: VERSION,
            program: "0.2.0".into(),
            written: "2026-01-01T00:00:00Z".into(),
            model: "abc".into(),
            configuration: serde_json::json!({"source": "0"}),
            camera: "/dev/video0".into(),
            controls: controls.clone(),
            decider: "{}".into(),
        };
        let format = CaptureFormat {
            pixels: PixelFormat::of_fourcc(*b"YUYV").unwrap(),
            width: 4,
            height: 2,
            bytes_per_line: 8,
            range: LevelRange::Limited,
            matrix: ColorMatrix::Bt709,
        };
        let camera = Arc::new(CameraState { name: "/dev/video0".into(), controls });
        let frame = Arc::new(SentFrame { format, bytes: (0..16).collect(), camera });
        let events =
            [StepEvent::Frame(frame), StepEvent::Nothing, StepEvent::Failure("gone".into())];
        let step = |(number, event)| Step {
            at: Duration::new(number, 123_456_789),
            event,
            begins_group: number == 0,
            decision: format!("{{\"step\":{number}}}"),
        };
        Recording { header, steps: (0..).zip(events).map(step).collect() }
    }

    #[test]
    fn a_recording_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar");
        write(&path, &recording()).unwrap();
        assert_eq!(read(&path).unwrap(), recording());
    }

    #[test]
    fn every_damage_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar");
        let mut bytes = Vec::new();
        write_archive(&mut bytes, &recording()).unwrap();
        let error = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            read(&path).unwrap_err().to_string()
        };
        for length in [0, 100, 600, 2000, bytes.len() / 2, bytes.len() - 1800] {
            assert!(error(&bytes[..length]).contains("damaged"), "{length}");
        }
        let place = bytes.windows(4).position(|window| window == [4, 5, 6, 7]).unwrap();
        let mut changed = bytes.clone();
        changed[place] = 99;
        assert!(error(&changed).contains("frames/000001.raw has changed"));
        assert!(error(b"no archive").contains("damaged"));
        assert!(read(Path::new("/no/such/file")).unwrap_err().to_string().contains("can't read"));
    }

    #[test]
    fn another_version_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar");
        let mut newer = recording();
        newer.header.version = 2;
        write(&path, &newer).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("version 2") && error.contains("(0.2.0)"), "{error}");
    }
}
