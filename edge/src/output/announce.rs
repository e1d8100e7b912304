//! Telling each change once, in every way that was asked for.

use std::io::{self, Write};

use common::Card;
use image::RgbImage;
use serde::Serialize;

use crate::decide::Decision;
use crate::decide::State;
use crate::decide::tracker::CardChange;
use crate::output::annotate::{Label, SnapshotFolder, annotated};
use crate::output::events::{CardEvent, Event};
use crate::recognize::Recognition;
use crate::service::context::ServiceContext;
use crate::source::Frame;

/// What a frame showed.
pub type RecognizedFrame = (Frame, Recognition);

/// Log, events and annotated images.
pub struct Announcer<'a> {
    /// Where events go as JSON lines.
    pub events: Option<Box<dyn Write + 'a>>,
    pub snapshots: Option<SnapshotFolder>,
    /// How loud the log tells changes.
    pub log_level: log::Level,
}

impl Announcer<'_> {
    /// Tells the state, if it is another than before. Cards of an earlier judge are gone:
    /// a new one knows nothing of them, and will tell when it sees them.
    ///
    /// # Errors
    /// Events can't be written.
    pub fn begin(
        &mut self,
        decision: &Decision,
        context: &mut ServiceContext<'_>,
    ) -> io::Result<()> {
        let mut unknown = context.announced.clone();
        for card in &decision.cards {
            remove_one(&mut unknown, *card);
        }
        let changes = unknown.into_iter().map(CardChange::Gone).collect();
        self.tell(&Decision { changes, ..decision.clone() }, None, context)
    }

    /// Tells what has changed: cards first, then the state.
    ///
    /// # Errors
    /// Events can't be written.
    pub fn tell(
        &mut self,
        decision: &Decision,
        seen: Option<&RecognizedFrame>,
        context: &mut ServiceContext<'_>,
    ) -> io::Result<()> {
        for change in &decision.changes {
            self.tell_card(change, context)?;
        }
        let is_new = context.said.is_none_or(|said| !said.is_same_as(&decision.state));
        if is_new {
            self.tell_state(&decision.state, context)?;
        }
        if let (Some(snapshots), Some((frame, recognition))) = (&mut self.snapshots, seen)
            && (is_new || !decision.changes.is_empty())
        {
            snapshots.add_or_warn(&frame.name, || image_of(frame, recognition, decision));
        }
        Ok(())
    }

    fn tell_card(
        &mut self,
        change: &CardChange,
        context: &mut ServiceContext<'_>,
    ) -> io::Result<()> {
        match change {
            CardChange::Appeared(steady) => context.announced.push(steady.card),
            CardChange::Gone(card) => remove_one(&mut context.announced, *card),
        }
        let event = CardEvent::new(change, context.clock.timestamp());
        match event.confidence {
            Some(confidence) => {
                let percent = confidence * 100.0;
                log::log!(self.log_level, "{}: {} ({percent:.1} %)", event.event, event.card);
            }
            None => log::log!(self.log_level, "{}: {}", event.event, event.card),
        }
        self.write(&event)
    }

    fn tell_state(&mut self, state: &State, context: &mut ServiceContext<'_>) -> io::Result<()> {
        context.said = Some(*state);
        let event = Event::new(state, context.clock.timestamp());
        match (&event.card, event.confidence) {
            (Some(card), Some(confidence)) => {
                log::log!(self.log_level, "seen: {card} ({:.1} %)", confidence * 100.0);
            }
            _ => log::log!(self.log_level, "{}", state.name()),
        }
        self.write(&event)
    }

    fn write(&mut self, event: &impl Serialize) -> io::Result<()> {
        let Some(events) = &mut self.events else { return Ok(()) };
        writeln!(events, "{}", serde_json::to_string(event)?)?;
        events.flush()
    }
}

fn remove_one(cards: &mut Vec<Card>, card: Card) {
    if let Some(at) = cards.iter().position(|other| *other == card) {
        cards.remove(at);
    }
}

fn image_of(frame: &Frame, seen: &Recognition, decision: &Decision) -> RgbImage {
    let state = &decision.state;
    let millis = (frame.decode + seen.times.total()).as_secs_f64() * 1000.0;
    let text = match (state.card(), state.confidence()) {
        (Some(card), Some(confidence)) => {
            format!("{card}  {:.1} %  {millis:.1} ms", confidence * 100.0)
        }
        _ => format!("{}  {millis:.1} ms", state.name()),
    };
    let label = Label { marks: &decision.marks, text: &text, is_named: state.card().is_some() };
    annotated(&frame.image, &label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FakeClock;
    use crate::decide::tracker::TrackedCard;
    use crate::service::notify::RecordingSupervisor;

    fn decision(state: State, cards: &[Card], changes: Vec<CardChange>) -> Decision {
        Decision { state, cards: cards.to_vec(), changes, marks: Vec::new() }
    }

    #[test]
    fn cards_of_an_earlier_judge_are_told_to_be_gone() {
        let (clock, watcher) = (FakeClock::default(), RecordingSupervisor::default());
        let mut context = ServiceContext::new(&clock, &watcher, None);
        let mut written = Vec::new();
        let mut announcer = Announcer {
            events: Some(Box::new(&mut written)),
            snapshots: None,
            log_level: log::Level::Debug,
        };
        let card: Card = "ace of spades".parse().unwrap();
        let steady = TrackedCard { id: 0, card, confidence: 0.9, corners_in_frame: [[0.0; 2]; 4] };
        let seen = State::Seen { card, confidence: 0.9 };
        let appeared = decision(seen, &[card], vec![CardChange::Appeared(steady)]);
        announcer.begin(&decision(State::Searching, &[], vec![]), &mut context).unwrap();
        announcer.tell(&appeared, None, &mut context).unwrap();
        announcer.tell(&decision(seen, &[card], vec![]), None, &mut context).unwrap();
        announcer.begin(&decision(seen, &[card], vec![]), &mut context).unwrap();
        announcer.begin(&decision(State::Searching, &[], vec![]), &mut context).unwrap();
        drop(announcer);
        let said: Vec<String> = String::from_utf8(written)
            .unwrap()
            .lines()
            .map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                line["event"].as_str().or(line["state"].as_str()).unwrap().to_owned()
            })
            .collect();
        assert_eq!(said, ["searching", "appeared", "seen", "gone", "searching"]);
        assert!(context.announced.is_empty());
    }
}
