//! `cardsight classify`: names the cards in images.

use std::io::{self, StdoutLock, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use common::output::{OutputError, print_error};
use serde::Serialize;

use crate::cli::ClassifyArgs;
use crate::decide::{Mode, Observation, Policy};
use crate::output::annotate::{Annotation, annotate};
use crate::output::draw::Mark;
use crate::output::image_line::{ErrorLine, ImageLine};
use crate::output::snapshots::SnapshotFolder;
use crate::recognize::{Recognition, Recognizer};
use crate::source::files::{self, FileSource};
use crate::source::{FirstLook, Frame, FrameSource as _, Next};

/// A run of the command.
struct Classification {
    recognizer: Recognizer,
    policy: Policy,
    snapshots: Option<SnapshotFolder>,
    out: StdoutLock<'static>,
    is_json: bool,
    /// Images with a card that is named.
    named: usize,
    /// Images without such a card, but with one whose name is not sure.
    unsure: usize,
    /// Images that cannot be read.
    failed: usize,
}

/// Names the cards in each image; fails if an image cannot be read.
pub(super) fn run(args: &ClassifyArgs) -> anyhow::Result<ExitCode> {
    let settings = args.settings()?;
    let recognizer = Recognizer::open(&settings.models)?.with_threads(settings.threads)?;
    let policy = settings.decide.policy(recognizer.accept_threshold());
    let paths = files::list(&args.paths)?.report();
    let snapshots = args.annotate.as_deref().map(SnapshotFolder::unlimited);
    let mut classification = Classification {
        recognizer,
        policy,
        snapshots: snapshots.transpose()?,
        out: io::stdout().lock(),
        is_json: args.json,
        named: 0,
        unsure: 0,
        failed: 0,
    };
    let total = paths.len();
    for path in paths {
        classification.classify(path)?;
    }
    classification.finish(total)
}

impl Classification {
    fn classify(&mut self, path: PathBuf) -> anyhow::Result<()> {
        let file = path.display().to_string();
        let look = self.first_look();
        match FileSource::new(vec![path]).looking_at(look).next() {
            Ok(Next::Frame(frame)) => self.classify_frame(&file, &frame),
            Ok(Next::Nothing | Next::End) => Ok(()),
            Err(error) => self.report_failure(&file, error.into()),
        }
    }

    /// Returns what is decoded of each image: all of it if annotated copies are written.
    fn first_look(&self) -> FirstLook {
        if self.snapshots.is_some() { FirstLook::Full } else { self.recognizer.first_look() }
    }

    fn classify_frame(&mut self, file: &str, frame: &Frame) -> anyhow::Result<()> {
        let recognition = match self.recognizer.recognize(&frame.image) {
            Err(error) if !error.is_fatal() => {
                let error = anyhow::Error::from(error).context(format!("can't read {file}"));
                return self.report_failure(file, error);
            }
            outcome => outcome?,
        };
        let mode = self.recognizer.mode();
        let line = ImageLine::new(file, mode, &recognition, frame.decode, &self.policy);
        let is_named = !line.cards.is_empty();
        self.named += usize::from(is_named);
        self.unsure += usize::from(!is_named && !line.unsure.is_empty());
        if self.is_json {
            self.write_json(&line)?;
        } else {
            self.write_line(&line.to_text())?;
        }
        if let Some(snapshots) = &mut self.snapshots {
            let marks = marks(mode, &recognition, &self.policy);
            let annotation = Annotation { marks: &marks, text: &caption(&line), is_named };
            snapshots.add(&frame.name, &annotate(frame.image.full(), &annotation))?;
        }
        Ok(())
    }

    fn report_failure(&mut self, file: &str, error: anyhow::Error) -> anyhow::Result<()> {
        self.failed += 1;
        let error = format!("{error:#}");
        if self.is_json {
            self.write_json(&ErrorLine { file, error })?;
        } else {
            self.out.flush().map_err(OutputError::from)?;
            print_error(&format!("error: {error}"));
        }
        Ok(())
    }

    fn write_json(&mut self, line: &impl Serialize) -> anyhow::Result<()> {
        Ok(self.write_line(&serde_json::to_string(line)?)?)
    }

    fn write_line(&mut self, line: &str) -> Result<(), OutputError> {
        Ok(writeln!(self.out, "{line}")?)
    }

    fn finish(mut self, total: usize) -> anyhow::Result<ExitCode> {
        let Self { named, unsure, failed, .. } = self;
        if !self.is_json && total > 1 {
            let empty = total - named - unsure - failed;
            self.write_line(&format!(
                "{named} named, {unsure} unsure, {empty} without a card, {failed} not readable"
            ))?;
        }
        self.out.flush().map_err(OutputError::from)?;
        Ok(if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// Returns the mark of one observation, if it has one.
fn mark(mode: Mode, observation: &Observation, policy: &Policy) -> Option<Mark> {
    let &Observation { card, confidence, corners_in_frame } = observation;
    let is_named = confidence >= policy.enter;
    match mode {
        Mode::Full => Some(Mark::unlabeled(is_named, corners_in_frame)),
        Mode::Auto if is_named => Some(Mark::named(card, confidence, corners_in_frame)),
        Mode::Auto => {
            (confidence >= policy.leave).then(|| Mark::unlabeled(false, corners_in_frame))
        }
    }
}

/// Returns the marks as `cardsight run` draws them. Full-frame mode always marks the region
/// that it reads, and names the card in the caption only.
fn marks(mode: Mode, recognition: &Recognition, policy: &Policy) -> Vec<Mark> {
    let observations = recognition.observations.iter();
    observations.filter_map(|observation| mark(mode, observation, policy)).collect()
}

fn caption(line: &ImageLine<'_>) -> String {
    let millis = line.millis.recognition();
    match line.cards.as_slice() {
        [] => format!("no card  {millis:.1} ms"),
        [card] => format!("{}  {:.1} %  {millis:.1} ms", card.card, card.confidence * 100.0),
        cards => format!("{} cards  {millis:.1} ms", cards.len()),
    }
}
