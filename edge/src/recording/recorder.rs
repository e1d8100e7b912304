//! Keeps the last steps of a pipeline, and writes them into a file on request.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use common::error::chain;
use jiff::Timestamp;

use super::file::{self, Header, Recording, RecordingError};
use super::ring::Ring;
use super::{Seen, Step, StepEvent, Witness, decision_text};
use crate::decide::{Decider, Decision};
use crate::source::CameraState;

/// What a recording states beside its steps.
#[derive(Clone, Debug)]
pub(crate) struct RecordedProgram {
    /// The version and the commit.
    pub(crate) version: &'static str,
    /// The SHA-256 of the classifier.
    pub(crate) model: String,
    pub(crate) configuration: serde_json::Value,
}

/// Records a pipeline.
#[derive(Debug)]
pub(crate) struct Recorder {
    ring: Ring,
    program: RecordedProgram,
    folder: PathBuf,
    /// The camera of the last frame.
    camera: Arc<CameraState>,
    saves_at_end: bool,
    /// Writes the last recording.
    writer: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Keeps the steps of that time in so much memory. While a recording is written, its steps are
    /// kept beside those that follow.
    pub(crate) fn new(
        program: RecordedProgram,
        folder: PathBuf,
        longest: Duration,
        most_bytes: usize,
    ) -> Self {
        Self {
            ring: Ring::new(longest, most_bytes),
            program,
            folder,
            camera: Arc::default(),
            saves_at_end: false,
            writer: None,
        }
    }

    /// Saves when this value is dropped, too.
    pub(crate) fn saving_at_end(mut self, saves_at_end: bool) -> Self {
        self.saves_at_end = saves_at_end;
        self
    }

    fn wait_for_writer(&mut self) {
        if let Some(writer) = self.writer.take() {
            // Its panic is already on stderr.
            let _ = writer.join();
        }
    }

    fn start_writing(&mut self) {
        let Some((decider, steps)) = self.ring.steps() else {
            log::warn!("nothing was recorded: there was no frame");
            return;
        };
        let written = Timestamp::now();
        let RecordedProgram { version, model, configuration } = self.program.clone();
        let header = Header {
            version: Header::VERSION,
            program: version.to_owned(),
            written: written.to_string(),
            model,
            configuration,
            camera: self.camera.name.clone(),
            controls: self.camera.controls.clone(),
            decider,
        };
        let (folder, recording) = (self.folder.clone(), Recording { header, steps });
        self.writer = Some(thread::spawn(move || write(&folder, written, &recording)));
    }
}

/// Writes a recording under the time of day, and logs its path or what went wrong.
fn write(folder: &Path, written: Timestamp, recording: &Recording) {
    let path = folder.join(format!("cardsight-{}.tar", written.strftime("%Y%m%dT%H%M%S%.3fZ")));
    let made = fs::create_dir_all(folder)
        .map_err(|source| RecordingError::Write { path: folder.to_owned(), source });
    let frames = recording.steps.iter().filter(|step| matches!(step.event, StepEvent::Frame(_)));
    match made.and_then(|()| file::write(&path, recording)) {
        Ok(()) => log::info!("saved {} frames in {}", frames.count(), path.display()),
        Err(error) => log::error!("{}", chain(&error)),
    }
}

impl Witness for Recorder {
    fn begins_group(&mut self, decider: &Decider, now: Duration) -> bool {
        let wants_group = self.ring.wants_group(now);
        if wants_group {
            let state = serde_json::to_string(decider).expect("the state of a decider is JSON");
            self.ring.begin_group(state, now);
        }
        wants_group
    }

    fn decided(&mut self, now: Duration, seen: Seen<'_>, decision: &Decision) {
        let event = match seen {
            Seen::Nothing => StepEvent::Nothing,
            Seen::Failure(text) => StepEvent::Failure(text.to_owned()),
            Seen::Frame(image) => {
                // Sources that can be recorded keep what was sent.
                let Some(sent) = image.sent() else { return };
                self.camera = Arc::clone(&sent.camera);
                StepEvent::Frame(Arc::clone(sent))
            }
        };
        self.ring.add(Step {
            at: now,
            event,
            begins_group: false,
            decision: decision_text(decision),
        });
    }

    fn save(&mut self) {
        if self.writer.as_ref().is_some_and(|writer| !writer.is_finished()) {
            log::warn!("the last recording is still being written; this request is left out");
            return;
        }
        self.wait_for_writer();
        self.start_writing();
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.wait_for_writer();
        if self.saves_at_end {
            self.start_writing();
            self.wait_for_writer();
        }
    }
}
