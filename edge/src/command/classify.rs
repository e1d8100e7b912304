//! `cardsight classify`: name the cards in each image.

use std::io::{self, Write};
use std::process::ExitCode;

use common::error::one_line;
use serde::Serialize;

use crate::cli::ClassifyArgs;
use crate::config::{DecisionSettings, Mode};
use crate::output::annotate::{Label, SnapshotFolder, annotated};
use crate::output::draw::Mark;
use crate::output::image_line::{ErrorLine, ImageLine};
use crate::recognize::{Recognition, Recognizer, Sighting};
use crate::source::files::{self, Files};
use crate::source::{Frame, FrameSource as _, Next};

/// Runs the command.
pub fn run(args: &ClassifyArgs) -> anyhow::Result<ExitCode> {
    let recognizer =
        Recognizer::load(args.model.as_deref())?.in_mode(args.mode, args.locator.as_deref())?;
    let threshold = args.threshold.unwrap_or(recognizer.accept_threshold());
    let paths = files::list(&args.paths)?;
    let mut snapshots = args
        .annotate
        .as_deref()
        .map(|folder| SnapshotFolder::open(folder, usize::MAX))
        .transpose()?;
    let mut out = io::stdout().lock();
    let (mut named, mut failed) = (0, 0);
    let total = paths.len();
    for path in paths {
        let file = path.display().to_string();
        match Files::new(vec![path]).next() {
            Ok(Next::Frame(frame)) => {
                let seen = recognizer.recognize(&frame.image)?;
                let line = ImageLine::new(&file, recognizer.mode(), &seen, frame.decode, threshold);
                named += usize::from(!line.cards.is_empty());
                if args.json {
                    write_json(&mut out, &line)?;
                } else {
                    writeln!(out, "{}", line.to_text())?;
                }
                if let Some(snapshots) = &mut snapshots {
                    let marks = marks(recognizer.mode(), &seen, threshold);
                    annotate(snapshots, &frame, &line, &marks)?;
                }
            }
            Ok(Next::Nothing | Next::End) => {}
            Err(error) => {
                failed += 1;
                if args.json {
                    write_json(&mut out, &ErrorLine { file: &file, error: one_line(&error) })?;
                } else {
                    out.flush()?;
                    eprintln!("error: {}", one_line(&error));
                }
            }
        }
    }
    if !args.json && total > 1 {
        let empty = total - named - failed;
        writeln!(out, "{named} named, {empty} without a card, {failed} not readable")?;
    }
    out.flush()?;
    Ok(if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn write_json(out: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    writeln!(out, "{}", serde_json::to_string(line)?)
}

/// As `cardsight run` shows them: in full-frame mode always where was looked, and the name in
/// the caption only.
fn marks(mode: Mode, seen: &Recognition, threshold: f32) -> Vec<Mark> {
    let is_named = |sighting: &Sighting| sighting.confidence >= threshold;
    let mark = |sighting: &Sighting| {
        let &Sighting { card, confidence, corners_in_frame } = sighting;
        match mode {
            Mode::Full => {
                let (text, is_named) = (String::new(), is_named(sighting));
                Some(Mark { corners_in_frame, text, is_named })
            }
            Mode::Auto if is_named(sighting) => {
                Some(Mark::named(card, confidence, corners_in_frame))
            }
            Mode::Auto if confidence >= DecisionSettings::LEAVE_SHARE * threshold => {
                Some(Mark::doubtful(corners_in_frame))
            }
            Mode::Auto => None,
        }
    };
    seen.sightings.iter().filter_map(mark).collect()
}

fn annotate(
    snapshots: &mut SnapshotFolder,
    frame: &Frame,
    line: &ImageLine<'_>,
    marks: &[Mark],
) -> anyhow::Result<()> {
    let millis = line.millis.locate + line.millis.prepare + line.millis.classify;
    let text = match line.cards.as_slice() {
        [] => format!("no card  {millis:.1} ms"),
        [card] => format!("{}  {:.1} %  {millis:.1} ms", card.card, card.confidence * 100.0),
        cards => format!("{} cards  {millis:.1} ms", cards.len()),
    };
    let label = Label { marks, text: &text, is_named: !line.cards.is_empty() };
    snapshots.add(&frame.name, &annotated(&frame.image, &label))?;
    Ok(())
}
